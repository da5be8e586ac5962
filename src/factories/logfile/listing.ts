/**
 * Finding the host's files by the two patterns (P3): each directory is read once, nothing is opened.
 *
 * Patterns are globs over absolute paths. Directories that a pattern names must be there; those that a wildcard matches are looked into.
 * Names are matched as text, but kept as bytes.
 */
import { Effect, Schema } from "effect"
import { compareKeys } from "../../store/key.ts"
import {
  beginGlob,
  enterGlob,
  type Glob,
  type GlobProgress,
  isAtMatch,
  isUnderway,
  wantedNames
} from "../../tinyfs/index.ts"
import { type HostFailed, HostFiles, type HostKind } from "../host/files.ts"
import { escapedName, textOfName } from "./names.ts"
import type { Role } from "./plan.ts"

/** A name in a directory of the host that matches a pattern. */
export interface Listed {
  /** The name as text; escaped where its bytes are not. */
  readonly name: string
  readonly isText: boolean
  readonly bytes: Uint8Array
  readonly directory: Uint8Array
  readonly role: Role
  readonly kind: HostKind
}

/** What the patterns lead to. */
export interface Listing {
  /** In ascending order of the bytes of their names. */
  readonly files: ReadonlyArray<Listed>
  /** Directories that could not be read, with the name of the error. */
  readonly failures: ReadonlyArray<{ readonly directory: string; readonly code: string }>
  /** The directories that were read. */
  readonly directories: ReadonlyArray<string>
}

/** Files of equal names in two directories match the patterns: the mirror has one directory. */
export class NamesCollide extends Schema.TaggedError<NamesCollide>()("NamesCollide", {
  fileName: Schema.String,
  directories: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const where = this.directories.map((directory) => JSON.stringify(directory)).join(" and ")
    return (
      `the patterns match ${JSON.stringify(this.fileName)} in ${where}, and a mirror has one place for each name. ` +
      `Use narrower patterns, or one factory for each directory`
    )
  }
}

/** How far the two patterns have come. */
interface Walk {
  readonly directory: Buffer
  readonly active: GlobProgress
  readonly archived: GlobProgress
}

const SLASH = Buffer.from("/")

const below = (directory: Buffer, name: Uint8Array): Buffer =>
  directory.equals(SLASH) ? Buffer.concat([SLASH, name]) : Buffer.concat([directory, SLASH, name])

const entered = ({ active, archived, directory }: Walk, name: string, bytes: Uint8Array): Walk => ({
  directory: below(directory, bytes),
  active: enterGlob(active, name),
  archived: enterGlob(archived, name)
})

const roleAt = ({ active, archived }: Walk): Role | undefined =>
  isAtMatch(active) ? "active" : isAtMatch(archived) ? "archived" : undefined

const goesOn = ({ active, archived }: Walk): boolean => isUnderway(active) || isUnderway(archived)

/** Names that a pattern spells out: directories of such names must be there, and may be links. */
const spelledOut = ({ active, archived }: Walk): ReadonlySet<string> =>
  new Set([...(wantedNames(active) ?? []), ...(wantedNames(archived) ?? [])])

/** Whether a pattern that spells a name out goes on below it: then it is a directory that must be there. */
const isRequired = (walk: Walk, name: string): boolean => {
  const next = entered(walk, name, Buffer.from(name))
  const bySpelling = (before: GlobProgress, after: GlobProgress): boolean =>
    wantedNames(before)?.has(name) === true && isUnderway(after)
  return bySpelling(walk.active, next.active) || bySpelling(walk.archived, next.archived)
}

/** Whether a walk can only go by names that are spelled out, none of them a match: there is nothing to list. */
const isPassing = (walk: Walk, names: ReadonlySet<string>): boolean =>
  wantedNames(walk.active) !== undefined &&
  wantedNames(walk.archived) !== undefined &&
  [...names].every((name) => roleAt(entered(walk, name, Buffer.from(name))) === undefined)

/** The directories that a pattern spells out, as far as it does: what changes under them may concern it. */
export const spelledDirectories = (pattern: Glob): ReadonlyArray<string> => {
  const found: Array<string> = []
  const nothing = beginGlob({ pattern: "", alternatives: [] })
  const pending: Array<Walk> = [{ directory: SLASH, active: beginGlob(pattern), archived: nothing }]
  for (let walk = pending.pop(); walk !== undefined; walk = pending.pop()) {
    const names = spelledOut(walk)
    if (!isPassing(walk, names)) found.push(walk.directory.toString())
    else for (const name of names) pending.push(entered(walk, name, Buffer.from(name)))
  }
  return found.toSorted(compareKeys)
}

/** Lists the files that match the patterns; fails with `NamesCollide` before anything is opened. */
export const listFiles = Effect.fn("logfile.list")(function* (patterns: {
  readonly active: Glob
  readonly archived: Glob
}): Effect.fn.Return<Listing, NamesCollide, HostFiles> {
  const host = yield* HostFiles
  const files: Array<Listed> = []
  const failures: Array<{ directory: string; code: string }> = []
  const directories: Array<string> = []
  const pending: Array<Walk> = [
    { directory: SLASH, active: beginGlob(patterns.active), archived: beginGlob(patterns.archived) }
  ]
  for (let walk = pending.pop(); walk !== undefined; walk = pending.pop()) {
    const names = spelledOut(walk)
    const required = new Set([...names].filter((name) => isRequired(walk, name)))
    for (const name of required) pending.push(entered(walk, name, Buffer.from(name)))
    if (isPassing(walk, names)) continue
    const { directory } = walk
    const entries = yield* host.list(directory).pipe(Effect.result)
    if (entries._tag === "Failure") {
      failures.push({ directory: directory.toString(), code: (entries.failure satisfies HostFailed).code })
      continue
    }
    directories.push(directory.toString())
    for (const { kind, name: bytes } of entries.success) {
      const text = textOfName(bytes)
      const next = entered(walk, text ?? new TextDecoder().decode(bytes), bytes)
      const role = roleAt(next)
      const name = text ?? escapedName(bytes)
      if (role !== undefined) files.push({ name, isText: text !== undefined, bytes, directory, role, kind })
      if (goesOn(next) && kind === "directory" && !required.has(name)) pending.push(next)
    }
  }
  files.sort((left, right) => Buffer.compare(left.bytes, right.bytes))
  yield* requireDistinct(files)
  return { files, failures, directories }
})

const requireDistinct = (files: ReadonlyArray<Listed>): Effect.Effect<void, NamesCollide> => {
  const clash = files.find((file, index) => index > 0 && Buffer.compare(file.bytes, files[index - 1]!.bytes) === 0)
  if (clash === undefined) return Effect.void
  const directories = files
    .filter(({ bytes }) => Buffer.compare(bytes, clash.bytes) === 0)
    .map(({ directory }) => Buffer.from(directory).toString())
    .toSorted(compareKeys)
  return Effect.fail(new NamesCollide({ fileName: clash.name, directories }))
}
