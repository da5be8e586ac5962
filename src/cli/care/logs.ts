/**
 * Looking at the logs that the factories of a pond read: whether they can be read, and how they are rotated.
 */
import { Effect, Option } from "effect"
import { checkConfig } from "../../factories/config.ts"
import { HostFiles } from "../../factories/host/files.ts"
import type { FoundInstance } from "../../factories/instance.ts"
import { families } from "../../factories/logfile/families.ts"
import { Factories } from "../../factories/registry.ts"
import { nameForDisplay, nameFromBytes } from "../fileName.ts"
import { formatCount } from "../text/units.ts"
import { attention, type Check, ok } from "./check.ts"

/** How many families are named one by one. */
const NAMED_MAX = 5

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "make the directory, or correct the patterns: `pond mknod` with --overwrite writes the configuration anew",
  EACCES: "let the user who runs pond read it: by its group (adm on Debian), or setfacl -m u:USER:rx",
  ENOTDIR: "correct the patterns: files are looked for in a file"
}

/** Says how the files of a directory are rotated, as far as their names tell. */
const rotationText = (names: ReadonlyArray<string>): string => {
  const found = families(names)
  if (found.length === 0) return `${formatCount(names.length, "file")}, none rotated by its name`
  const shown = found.slice(0, NAMED_MAX).map(({ active, archives, styles }) => {
    return `${active}: ${formatCount(archives.length, "archive")}, ${styles.join(" and ")}`
  })
  return [...shown, ...(found.length > NAMED_MAX ? [`${found.length - NAMED_MAX} more`] : [])].join("; ")
}

/** Looks at one directory of the host. */
const directoryCheck = (instance: string, directory: string): Effect.Effect<Check, never, HostFiles> =>
  Effect.gen(function* () {
    const entries = yield* (yield* HostFiles).list(directory)
    const names = entries.flatMap(({ kind, name }) => (kind === "file" ? [nameFromBytes(name)] : []))
    return ok(instance, `${directory}: ${rotationText(names.map(nameForDisplay))}`)
  }).pipe(
    Effect.catchTag("HostFailed", ({ code }) =>
      Effect.succeed(
        attention(
          instance,
          `${directory} cannot be read (${code})`,
          ADVICE[code] ?? "look at the file system that it is on"
        )
      )
    )
  )

/** The directories that the bare command of an instance reads. */
const directoriesOf = Effect.fnUntraced(function* ({ node, path }: FoundInstance) {
  const factory = yield* Effect.option((yield* Factories).find(node.factory))
  if (Option.isNone(factory)) return []
  const config = yield* Effect.option(checkConfig(factory.value, path, node.config))
  const watches = factory.value.commands[factory.value.bare]?.watches
  return Option.isNone(config) || config.value === undefined ? [] : (watches?.(config.value) ?? [])
})

/** Looks at everything on the host that instances read. */
export const logChecks = Effect.fnUntraced(function* (instances: ReadonlyArray<FoundInstance>) {
  const checks: Array<Check> = []
  for (const instance of instances) {
    for (const directory of yield* directoriesOf(instance)) checks.push(yield* directoryCheck(instance.path, directory))
  }
  return checks
})
