/**
 * Looking at what the instances of a pond read on this machine: whether they can be used, whether the files can be read, how they are
 * rotated, and whether the patterns of a mirror match what rotation makes.
 */
import { Effect, Result } from "effect"
import { accessSync, constants } from "node:fs"
import { readConfig } from "../../factories/config.ts"
import { HostFiles } from "../../factories/host/files.ts"
import type { FoundInstance } from "../../factories/instance.ts"
import type { LogfileConfig } from "../../factories/logfile/config.ts"
import { families } from "../../factories/logfile/families.ts"
import { logfile } from "../../factories/logfile/factory.ts"
import { type Listed, listFiles } from "../../factories/logfile/listing.ts"
import { mirrorOf } from "../../factories/logfile/settings.ts"
import { Factories } from "../../factories/registry.ts"
import { shellWord } from "../advice.ts"
import { nameForDisplay, nameFromBytes } from "../fileName.ts"
import { formatCount } from "../text/units.ts"
import { attention, type Check, ok } from "./check.ts"

/** How many are named one by one. */
const NAMED_MAX = 5

const READ_ADVICE = "let the user who runs pond read it: by its group (adm on Debian), or setfacl -m u:USER:rX"

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "make the directory, or correct the patterns: `pond mknod` with --overwrite writes the configuration anew",
  EACCES: READ_ADVICE,
  ENOTDIR: "correct the patterns: files are looked for in a file"
}

const unreadable = (instance: string, directory: string, code: string): Check =>
  attention(instance, `${directory} cannot be read (${code})`, ADVICE[code] ?? "look at the file system that it is on")

const someOf = (names: ReadonlyArray<string>): string =>
  [...names.slice(0, NAMED_MAX), ...(names.length > NAMED_MAX ? [`${names.length - NAMED_MAX} more`] : [])].join(", ")

const isReadable = ({ bytes, directory }: Listed): boolean => {
  try {
    accessSync(Buffer.concat([directory, Buffer.from("/"), bytes]), constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** Whether the patterns match what rotation makes of the active files of one directory, told by the names that are there. */
const rotationChecks = (
  instance: string,
  directory: string,
  files: ReadonlyArray<Listed>,
  all: ReadonlyArray<string>
) => {
  const matched = new Set(files.map(({ name }) => name))
  const active = new Set(files.filter(({ role }) => role === "active").map(({ name }) => name))
  const found = families(all).filter((family) => active.has(family.active))
  const rotations = found.map(({ active: name, archives, styles }) => {
    return `${name}: ${formatCount(archives.length, "archive")}, ${styles.join(" and ")}`
  })
  const text = rotations.length === 0 ? "none rotated by its name" : someOf(rotations)
  const checks: Array<Check> = [ok(instance, `${directory}: ${formatCount(files.length, "file")}; ${text}`)]
  for (const { active: name, archives, patterns } of found) {
    const left = archives.filter((archive) => !matched.has(archive))
    if (left.length === 0) continue
    const wider = patterns.length === 1 ? patterns[0]! : `{${patterns.join(",")}}`
    checks.push(
      attention(
        instance,
        `${directory}: the patterns do not match what ${name} is rotated to: ${someOf(left)}`,
        `let archived_pattern match them, as ${directory}/${wider} does: \`pond mknod\` with --overwrite writes it anew`
      )
    )
  }
  return checks
}

/** Looks at what a mirror reads. */
const mirrorChecks = Effect.fnUntraced(function* (instance: string, config: LogfileConfig) {
  const host = yield* HostFiles
  const mirror = mirrorOf(config)
  const listing = yield* Effect.result(listFiles(mirror))
  if (Result.isFailure(listing)) {
    return [attention(instance, listing.failure.message, "let the patterns match one of them, or make two instances")]
  }
  const { directories, failures, files } = listing.success
  const regular = files.filter(({ kind }) => kind === "file" || (kind === "symlink" && mirror.isFollowing))
  const checks = failures.map(({ code, directory }) => unreadable(instance, directory, code))
  for (const directory of directories) {
    const here = regular.filter((file) => Buffer.from(file.directory).toString() === directory)
    const entries = yield* Effect.orElseSucceed(host.list(directory), () => [])
    const names = entries.flatMap(({ kind, name }) => (kind === "file" ? [nameForDisplay(nameFromBytes(name))] : []))
    if (here.length > 0) checks.push(...rotationChecks(instance, directory, here, names))
  }
  const closed = regular.filter((file) => !isReadable(file)).map(({ name }) => name)
  if (closed.length > 0) {
    checks.push(
      attention(instance, `${formatCount(closed.length, "file")} cannot be read: ${someOf(closed)}`, READ_ADVICE)
    )
  }
  if (regular.length === 0 && failures.length === 0) {
    const where = directories[0] ?? "/var/log"
    const suggest = `\`pond add logfile --suggest ${shellWord(where)}\` looks at what is there`
    checks.push(attention(instance, "no file matches the patterns", `wait for the first, or correct them: ${suggest}`))
  }
  return checks
})

/** Looks at one instance of a factory. */
const instanceChecks = Effect.fnUntraced(function* ({ node, path }: FoundInstance) {
  const factory = yield* Effect.result((yield* Factories).find(node.factory))
  if (Result.isFailure(factory)) {
    const advice = "name the package that has it under `factories` in the configuration of this machine"
    return [attention(path, factory.failure.message, advice)]
  }
  const config = yield* Effect.result(readConfig(factory.success, path, node.config, process.env))
  if (Result.isFailure(config)) {
    return [attention(path, config.failure.message, "it cannot run like this, neither by hand nor by a timer")]
  }
  if (factory.success.type === logfile.type) return yield* mirrorChecks(path, config.success as LogfileConfig)
  const { bare, commands } = factory.success
  const host = yield* HostFiles
  return yield* Effect.forEach(commands[bare]?.watches?.(config.success) ?? [], (directory) =>
    Effect.match(host.list(directory), {
      onFailure: ({ code }) => unreadable(path, directory, code),
      onSuccess: (entries) => ok(path, `${directory}: ${formatCount(entries.length, "entry", "entries")}`)
    })
  )
})

/** Looks at everything on the host that instances read, and whether they can be used here. */
export const logChecks = (instances: ReadonlyArray<FoundInstance>) =>
  Effect.map(Effect.forEach(instances, instanceChecks), (checks) => checks.flat())
