/**
 * Configurations of instances: YAML kept in the pond as it was given, read within bounds (R11), checked completely.
 *
 * `${env:NAME}` and `${env:NAME:-default}` stand for the environment, `$$` for a dollar sign. They are expanded when the configuration is
 * used, and never stored or shown expanded. Fields that a Schema marks secret take exactly one such reference and nothing else.
 */
import { Effect, Result, SchemaAST } from "effect"
import { type Factory, innerFields } from "./contract.ts"
import { ConfigInvalid, type Problem, VariableUnset } from "./errors.ts"
import { isMapping, parseMapping } from "./yaml.ts"

type Value = unknown

const REFERENCE = /\$(?:\$|\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})/gu
const ONE_REFERENCE = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/u

/** The environment that configurations may take from. */
export type Environment = Readonly<Record<string, string | undefined>>

class Unset {
  readonly variable: string

  constructor(variable: string) {
    this.variable = variable
  }
}

/** What a text stands for. Throws `Unset`. */
const expandedText = (text: string, environment: Environment): string =>
  text.replace(REFERENCE, (whole, variable: string | undefined, fallback: string | undefined) => {
    if (variable === undefined) return whole === "$$" ? "$" : whole
    const value = environment[variable] ?? fallback
    if (value === undefined) throw new Unset(variable)
    return value
  })

/** Replaces what stands for the environment. */
const expanded = (value: Value, environment: Environment): Value => {
  if (typeof value === "string") return expandedText(value, environment)
  if (Array.isArray(value)) return value.map((item) => expanded(item, environment))
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item, environment)]))
}

/** The keys of fields that are marked secret, those of structs within the struct included. */
const secretPaths = (
  fields: Factory["config"]["fields"],
  path: ReadonlyArray<string> = []
): ReadonlyArray<ReadonlyArray<string>> =>
  Object.entries(fields).flatMap(([name, field]) => {
    const here = [...path, name]
    if (SchemaAST.resolveAt<boolean>("secret")(field.ast) === true) return [here]
    const inner = innerFields(field)
    return inner === undefined ? [] : secretPaths(inner, here)
  })

const openSecrets = (factory: Factory, given: Value): ReadonlyArray<Problem> =>
  secretPaths(factory.config.fields).flatMap((path) => {
    const value = valueAt(given, path)
    if (value === undefined || (typeof value === "string" && ONE_REFERENCE.test(value))) return []
    const problem = `a secret is never written down: give a reference to the environment, as in \${env:NAME}`
    return [{ at: path.join("."), problem }]
  })

/** What begins like a reference and is none would be taken as it is, which nobody means. */
const brokenReferences = (value: Value, path: ReadonlyArray<string> = []): ReadonlyArray<Problem> => {
  if (typeof value === "string") {
    if (!value.replace(REFERENCE, "").includes("${")) return []
    return [
      { at: path.join("."), problem: `a reference is \${env:NAME} or \${env:NAME:-default}; $$ is a dollar sign` }
    ]
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => brokenReferences(item, [...path, String(index)]))
  return isMapping(value) ? Object.entries(value).flatMap(([key, item]) => brokenReferences(item, [...path, key])) : []
}

/** What is wrong with a configuration as it is written, whatever its Schema says. */
const writtenProblems = (factory: Factory, given: Value): ReadonlyArray<Problem> => [
  ...brokenReferences(given),
  ...openSecrets(factory, given)
]

/** Whether anything of a value comes from the environment: it is as good as that, and must not be shown. */
const hasReference = (value: Value): boolean => {
  if (typeof value === "string") return value.includes("${env:")
  if (Array.isArray(value)) return value.some(hasReference)
  return isMapping(value) && Object.values(value).some(hasReference)
}

const valueAt = (value: Value, path: ReadonlyArray<PropertyKey>): Value =>
  path.reduce<Value>(
    (at, key) => (isMapping(at) || Array.isArray(at) ? (at as Record<PropertyKey, Value>)[key] : undefined),
    value
  )

/** What a text of the environment is where its field wants no text. */
const scalarOf = (text: Value): Value => {
  if (text === "true" || text === "false") return text === "true"
  return typeof text === "string" && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text
}

const replacedAt = (value: Value, [key, ...rest]: ReadonlyArray<PropertyKey>, by: (value: Value) => Value): Value => {
  if (key === undefined) return by(value)
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replacedAt(item, rest, by) : item))
  return isMapping(value) ? { ...value, [key]: replacedAt(value[String(key)], rest, by) } : value
}

/** Decodes an expanded configuration; where a reference alone does not fit as a text, it may as a number or a truth. */
const decodeExpanded = (factory: Factory, given: Value, value: Value) => {
  const asText = factory.decodeConfig(value)
  if ("value" in asText) return asText
  const paths = asText.problems
    .map(({ path }) => path)
    .filter((path) => typeof valueAt(given, path) === "string" && hasReference(valueAt(given, path)))
  return factory.decodeConfig(paths.reduce((retyped, path) => replacedAt(retyped, path, scalarOf), value))
}

/** Reads the configuration of an instance for use. */
export const readConfig = (
  factory: Factory,
  subject: string,
  bytes: Uint8Array,
  environment: Environment
): Effect.Effect<unknown, ConfigInvalid | VariableUnset> =>
  Effect.gen(function* () {
    const invalid = (problems: ReadonlyArray<Problem>) => new ConfigInvalid({ subject, problems })
    const given = parseMapping(new TextDecoder().decode(bytes))
    if (Result.isFailure(given)) return yield* invalid([{ at: "", problem: given.failure }])
    const written = writtenProblems(factory, given.success)
    if (written.length > 0) return yield* invalid(written)
    const value = yield* Effect.try({
      try: () => expanded(given.success, environment),
      catch: (cause) =>
        new VariableUnset({ subject, variable: cause instanceof Unset ? cause.variable : String(cause) })
    })
    const decoded = decodeExpanded(factory, given.success, value)
    if ("value" in decoded) return decoded.value
    // The values are what the environment holds: problems tell of keys alone where they come from there.
    return yield* invalid(
      decoded.problems.map(({ at, isAboutKey, path, problem }) => ({
        at,
        problem:
          !isAboutKey && hasReference(valueAt(given.success, path))
            ? "what the environment holds for it does not fit"
            : problem
      }))
    )
  })

/**
 * Checks a configuration that is about to be written: everything but what the environment will hold. Gives what it would be used as, with
 * references as they are; `undefined` where that cannot be known.
 */
export const checkConfig = (
  factory: Factory,
  subject: string,
  bytes: Uint8Array
): Effect.Effect<unknown, ConfigInvalid> =>
  Effect.suspend(() => {
    const given = parseMapping(new TextDecoder().decode(bytes))
    if (Result.isFailure(given))
      return Effect.fail(new ConfigInvalid({ subject, problems: [{ at: "", problem: given.failure }] }))
    const decoded = factory.decodeConfig(given.success)
    const wrong =
      "value" in decoded
        ? []
        : decoded.problems
            .filter(({ isAboutKey, path }) => isAboutKey || !hasReference(valueAt(given.success, path)))
            .map(({ at, problem }) => ({ at, problem }))
    const problems = [...writtenProblems(factory, given.success), ...wrong]
    if (problems.length > 0) return Effect.fail(new ConfigInvalid({ subject, problems }))
    return Effect.succeed("value" in decoded ? decoded.value : undefined)
  })
