/**
 * A file of configuration: YAML within bounds (R11), every problem of it told at once.
 */
import { Option, Result } from "effect"
import { isMapping, parseMapping } from "../../factories/yaml.ts"
import { unknownKey } from "./errors.ts"
import { isSettingKey, NOT_OF_PROJECTS, SETTING_KEYS, type Settings, settingValue, shownText } from "./settings.ts"

/** The keys of a section; none: it is no section. */
const keysOf = (section: string): ReadonlyArray<string> => SETTING_KEYS.filter((key) => key.startsWith(`${section}.`))

/** Lays sections flat, `{ log: { limit: 5 } }` to `log.limit`. */
const flat = (mapping: Readonly<Record<string, unknown>>): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(mapping).flatMap(([name, value]) => {
    if (keysOf(name).length === 0 || (value !== null && !isMapping(value))) return [[name, value] as const]
    // A section that says nothing is an empty one.
    return Object.entries(value ?? {}).map(([inner, one]) => [`${name}.${inner}`, one] as const)
  })

const problemOf = (key: string, value: unknown, isProject: boolean): string | undefined => {
  const section = keysOf(key)
  if (section.length > 0) return `\`${key}\` is a section, of ${section.join(", ")}`
  if (!isSettingKey(key)) return unknownKey(key)
  if (isProject && NOT_OF_PROJECTS.has(key))
    return `\`${key}\` cannot be set for a project, only for a user or a system`
  if (value === null) return `\`${key}\` has no value: write one ("" is empty), or leave the key out`
  if (Option.isNone(settingValue(key, value)))
    return `\`${key}\` cannot be ${JSON.stringify(typeof value === "string" ? shownText(value) : value)?.slice(0, 80)}`
  return undefined
}

/** Reads the text of a file: its values by key, or everything that is wrong with it. */
export const parseSettings = (
  text: string,
  isProject: boolean
): Result.Result<Partial<Settings>, ReadonlyArray<string>> => {
  const document = parseMapping(text)
  if (Result.isFailure(document)) return Result.fail([document.failure])
  const entries = flat(document.success)
  const problems = entries.flatMap(([key, value]) => problemOf(key, value, isProject) ?? [])
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(Object.fromEntries(entries))
}

const isInside = (line: string): boolean => /^(?:\s|- |-$)/u.test(line)

/** Replaces the lines of a key, or adds them at `end`; what is deeper than the key belongs to it. */
const put = (
  lines: ReadonlyArray<string>,
  {
    end,
    indent,
    name,
    start
  }: { readonly start: number; readonly end: number; readonly indent: string; readonly name: string },
  written: string
): ReadonlyArray<string> => {
  const key = new RegExp(`^${indent}${name}\\s*:`, "u")
  const at = lines.findIndex((line, index) => index >= start && index < end && key.test(line))
  if (at === -1) return [...lines.slice(0, end), `${indent}${name}: ${written}`, ...lines.slice(end)]
  let after = at + 1
  while (after < end && lines[after]!.startsWith(indent) && isInside(lines[after]!.slice(indent.length))) after += 1
  return [...lines.slice(0, at), `${indent}${name}: ${written}`, ...lines.slice(after)]
}

/**
 * Returns the text of a file with one key changed, everything else as it was; `undefined` when that cannot be done without doubt. The
 * value must be one that the key takes.
 */
export const editSettings = (text: string, key: keyof Settings, value: unknown): string | undefined => {
  const lines = text === "" ? [] : text.replace(/\n$/u, "").split("\n")
  const written = JSON.stringify(value)
  const [first, inner] = key.split(".") as [string, string | undefined]
  const whole = { start: 0, end: lines.length, indent: "" }
  let edited: ReadonlyArray<string>
  if (inner === undefined) edited = put(lines, { ...whole, name: first }, written)
  else {
    const at = lines.findIndex((line) => new RegExp(`^${first}\\s*:\\s*(?:#.*)?$`, "u").test(line))
    if (at === -1) edited = [...lines, `${first}:`, `  ${inner}: ${written}`]
    else {
      let end = at + 1
      while (end < lines.length && /^\s+\S/u.test(lines[end]!)) end += 1
      const indent = /^\s+/u.exec(lines[at + 1] ?? "")?.[0] ?? "  "
      edited = put(lines, { start: at + 1, end, indent, name: inner }, written)
    }
  }
  const result = `${edited.join("\n")}\n`
  return isSameBut(text, result, key, value) ? result : undefined
}

const isSameBut = (before: string, after: string, key: keyof Settings, value: unknown): boolean => {
  const [old, now] = [parseSettings(before, false), parseSettings(after, false)]
  if (Result.isFailure(old) || Result.isFailure(now)) return false
  const text = (settings: Readonly<Record<string, unknown>>) =>
    JSON.stringify(Object.entries(settings).toSorted(([left], [right]) => (left < right ? -1 : 1)))
  return text({ ...old.success, [key]: value }) === text(now.success)
}
