/**
 * Rules on what may refer to what: floors, packages, dead files.
 */
import { posix } from "node:path"
import type { Repository, Rule, Violation } from "./repository.ts"
import { sourcesIn } from "./repository.ts"
import { references } from "./source.ts"

/** The folders of `src`, from the ground up; `index.ts` stands above all of them. */
export const FLOORS = [
  "bao",
  "store",
  "delta",
  "tinyfs",
  "tlogfs",
  "formats",
  "query",
  "factories",
  "server",
  "cli",
  "index.ts"
] as const

/** The program of the command; `bin/pond` runs its bundle, which carries the version from package.json. */
const COMMAND = "src/cli/main.ts"

/** The one place that loads what somebody names: the packages of factories that a machine's configuration lists. */
const LOADER = "src/factories/packages.ts"

/** The height of a file of `src`: the index of its floor, -1 when it stands on none. */
const heightOf = (path: string): number => (FLOORS as ReadonlyArray<string>).indexOf(path.split("/")[1] ?? "")

/** A file imports from its own floor and from floors below it, by any kind of import. */
export const floors: Rule = {
  name: "floors",
  asks: "a file of src imports from its own floor and from floors below it",
  check: (repository) =>
    sourcesIn(repository, "src").flatMap((source): ReadonlyArray<Violation> => {
      const height = heightOf(source.path)
      if (height === -1) {
        const message = `stands on no floor; move it to one of src/{${FLOORS.slice(0, -1).join(",")}}`
        return [{ file: source.path, line: 1, message }]
      }
      return references(source).flatMap(({ specifier, file, line }) => {
        const at = (message: string): ReadonlyArray<Violation> => [{ file: source.path, line, message }]
        if (specifier === undefined && source.path === LOADER) return []
        if (specifier === undefined) return at("imports a computed name, which no rule can check; write the name out")
        if (file === undefined) return []
        if (file === "package.json" && source.path === COMMAND) return []
        if (!file.startsWith("src/"))
          return at(`imports ${file}, which lies outside src; what src needs belongs in src`)
        if (!repository.texts.has(file)) return at(`refers to ${file}, which does not exist; mend the path`)
        if (heightOf(file) <= height) return []
        return at(`imports ${file} from a floor above its own; move what is shared down, or pass it in`)
      })
    })
}

/** The name of the package that a specifier belongs to: `@scope/name` or `name`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** Development dependencies that the command's bundle carries, and the floors that may use them. */
const BUNDLED: Readonly<Record<string, ReadonlyArray<string>>> = { "@effect/platform-node": ["src/server", "src/cli"] }

/** The floor of the hash tree, free of Effect, so that it can be used and read by itself. */
const WITHOUT_EFFECT = "src/bao/"

/** `src` imports only what its users get: declared dependencies, and no package by a barrel that drags others in. */
export const packages: Rule = {
  name: "packages",
  asks: "src imports only node:… modules and declared runtime dependencies; src/bao does without Effect",
  check: (repository) => {
    const declared = dependencyNames(repository)
    return sourcesIn(repository, "src").flatMap((source) =>
      references(source).flatMap(({ specifier, line }) => {
        const message = packageProblem(source.path, specifier, declared)
        return message === undefined ? [] : [{ file: source.path, line, message }]
      })
    )
  }
}

const packageProblem = (path: string, specifier: string | undefined, declared: ReadonlySet<string>) => {
  if (specifier === undefined || /^(\.|node:)/.test(specifier)) return undefined
  const name = packageOf(specifier)
  if (path.startsWith(WITHOUT_EFFECT) && /^@?effect$/.test(name.split("/")[0]!)) {
    return `imports ${specifier}, but the hash tree is free of Effect; take what is needed as an argument`
  }
  const bundled = BUNDLED[name]
  if (bundled !== undefined) {
    if (specifier === name) return `imports the barrel of ${name}; import the module by path, as ${name}/NodeRuntime`
    if (bundled.some((floor) => path.startsWith(`${floor}/`))) return undefined
    return `imports ${specifier}, which only ${bundled.join(" and ")} may use: the library does not depend on it`
  }
  if (declared.has(name)) return undefined
  return `imports ${specifier}, which package.json does not list as a runtime dependency; add it with its decision`
}

/** Names of the runtime dependencies in package.json: plain, peer and optional ones. */
export const dependencyNames = (repository: Repository): ReadonlySet<string> => {
  const manifest = JSON.parse(repository.texts.get("package.json") ?? "{}") as Record<string, object | undefined>
  const groups = ["dependencies", "peerDependencies", "optionalDependencies"]
  return new Set(groups.flatMap((group) => Object.keys(manifest[group] ?? {})))
}

/** The sources behind the exports of package.json: `./dist/bao/index.js` is `src/bao/index.ts`. */
const exportedFiles = (repository: Repository): ReadonlyArray<string> => {
  const manifest = JSON.parse(repository.texts.get("package.json") ?? "{}") as { exports?: unknown }
  const targets = (value: unknown): ReadonlyArray<string> =>
    typeof value === "string" ? [value] : Object.values((value ?? {}) as object).flatMap(targets)
  return targets(manifest.exports).flatMap((target) => {
    const inside = /^\.\/dist\/(.*)\.(js|d\.ts)$/.exec(target)
    return inside === null ? [] : [`src/${inside[1]}.ts`]
  })
}

/** How a file that nothing reaches becomes part of what ships. */
const wayOut = (path: string): string => {
  const index = `src/${path.split("/")[1]}/index.ts`
  const exported = `export it from ${index}, or delete it`
  return path === index ? `add ./${posix.basename(posix.dirname(path))} to the exports of package.json` : exported
}

/** Every file of `src` can be reached from the public API, the command or a worker that one of them starts. */
export const reachable: Rule = {
  name: "dead files",
  asks: "every file of src is reached from an export of package.json, the command, or a worker they start",
  check: (repository) => {
    const entries = [...new Set([...exportedFiles(repository), COMMAND])]
    const byPath = new Map(sourcesIn(repository, "src").map((source) => [source.path, source]))
    const missing = entries.filter((entry) => !byPath.has(entry))
    const reached = new Set(entries)
    for (const path of reached) {
      const source = byPath.get(path)
      if (source !== undefined) for (const { file } of references(source)) if (file !== undefined) reached.add(file)
    }
    return [
      ...missing.map((entry) => ({ file: entry, line: 1, message: "does not exist, but package.json promises it" })),
      ...[...byPath.keys()]
        .filter((path) => !reached.has(path))
        .map((path) => ({ file: path, line: 1, message: `is used by nothing that ships; ${wayOut(path)}` }))
    ]
  }
}
