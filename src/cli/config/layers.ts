/**
 * Where configuration comes from, lowest first: built in, the system's file, the user's, the project's, the environment, flags.
 *
 * A value of a higher layer wins, also when it is 0, false or empty; sections are merged key by key. Files of other users are not used:
 * what lies in a shared directory must not decide where somebody's data goes.
 */
import { Effect, Option, Result } from "effect"
import { existsSync, readFileSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, isAbsolute, join } from "node:path"
import { SettingsInvalid } from "./errors.ts"
import {
  builtIn,
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  settingFromText,
  shownText,
  variableOf
} from "./settings.ts"

/** One place that values come from. */
export interface ConfigLayer {
  /** As `config show --origin` names it: a file, or a word. */
  readonly origin: string
  /** The directory that relative paths are meant from. */
  readonly directory: string
  readonly values: Partial<Settings>
}

/** A value that holds, and the layer that it comes from. */
export interface Configured {
  readonly key: SettingKey
  readonly value: Settings[SettingKey]
  readonly origin: string
  readonly directory: string
}

/** What the process is given that decides which files there are. */
export interface Surroundings {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const PROJECT_FILE = ".pond.yaml"

/** The nearest of a name from a directory upwards. */
export const nearestUpwards = (from: string, name: string): string | undefined => {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, name))) return join(at, name)
    if (dirname(at) === at) return undefined
  }
}

/** The files of configuration, whether they exist or not. */
export const configFiles = ({ directory, environment }: Surroundings) => {
  const given = environment["XDG_CONFIG_HOME"]
  const home = given !== undefined && isAbsolute(given) ? given : join(environment["HOME"] || homedir(), ".config")
  return {
    system: "/etc/pond/config.yaml",
    user: join(home, "pond/config.yaml"),
    project: nearestUpwards(directory, PROJECT_FILE) ?? join(directory, PROJECT_FILE)
  }
}

/** Whether a file belongs to somebody whose word does not count: neither root nor the user that runs this; where there are users. */
export const isForeign = (ownerUid: number, ownUid = process.geteuid?.()): boolean =>
  ownUid !== undefined && ownerUid !== 0 && ownerUid !== ownUid

type Text = { readonly text: string } | { readonly warning: string } | undefined

/** The text of a file; none where there is none, or where it is somebody else's. */
const textOf = (path: string): Effect.Effect<Text, SettingsInvalid> =>
  Effect.try({
    try: (): Text => {
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) return undefined
      if (isForeign(stats.uid)) return { warning: `${path} is not used: it belongs to another user` }
      if (!stats.isFile()) throw new Error("it is not a file")
      return { text: readFileSync(path, "utf8") }
    },
    catch: (cause) =>
      new SettingsInvalid({ place: path, problems: [cause instanceof Error ? cause.message : String(cause)] })
  })

const fileLayer = Effect.fnUntraced(function* (path: string, isProject: boolean) {
  const found = yield* textOf(path)
  if (found === undefined) return { layers: [], warnings: [] }
  if ("warning" in found) return { layers: [], warnings: [found.warning] }
  // The parser is loaded where there is something to parse.
  const { parseSettings } = yield* Effect.promise(() => import("./file.ts"))
  const parsed = parseSettings(found.text, isProject)
  if (Result.isFailure(parsed)) return yield* new SettingsInvalid({ place: path, problems: parsed.failure })
  const layer: ConfigLayer = { origin: path, directory: dirname(path), values: parsed.success }
  return { layers: [layer], warnings: [] }
})

const environmentLayers = ({ directory, environment }: Surroundings) => {
  const layers: Array<ConfigLayer> = []
  const problems: Array<string> = []
  for (const key of SETTING_KEYS) {
    const variable = variableOf(key)
    const text = environment[variable]
    if (text === undefined) continue
    const value = settingFromText(key, text)
    if (Option.isNone(value)) problems.push(`${variable} cannot be ${JSON.stringify(shownText(text))}`)
    else layers.push({ origin: variable, directory, values: { [key]: value.value } })
  }
  return problems.length > 0
    ? Effect.fail(new SettingsInvalid({ place: "the environment", problems }))
    : Effect.succeed(layers)
}

/** Gives all layers but flags, lowest first, and what is to be said about files that are not used. */
export const configLayers = Effect.fnUntraced(function* (
  surroundings: Surroundings,
  { project, system, user } = configFiles(surroundings)
) {
  const base: ConfigLayer = { origin: "built-in", directory: surroundings.directory, values: builtIn() }
  const files = [yield* fileLayer(system, false), yield* fileLayer(user, false), yield* fileLayer(project, true)]
  return {
    layers: [base, ...files.flatMap(({ layers }) => layers), ...(yield* environmentLayers(surroundings))],
    warnings: files.flatMap(({ warnings }) => warnings)
  }
})

/** Gives the value of every key, from the highest layer that has one. */
export const configured = (layers: ReadonlyArray<ConfigLayer>): ReadonlyArray<Configured> =>
  SETTING_KEYS.map((key) => {
    const layer = layers.findLast(({ values }) => Object.hasOwn(values, key))!
    return { key, value: layer.values[key]!, origin: layer.origin, directory: layer.directory }
  })
