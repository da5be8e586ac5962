/**
 * Walking the host for `pond copy host:SRC… DST`: everything below the sources, each with the place it is to have.
 */
import { Effect } from "effect"
import { HostFailed, HostFiles, type HostKind } from "../../factories/host/files.ts"
import { nameProblem } from "../../tinyfs/index.ts"
import { nameForDisplay, nameFromBytes, nameToBytes } from "../fileName.ts"

/** Something on the host, and the names that it has below the destination. */
export interface Found {
  readonly directory: Uint8Array
  readonly name: Uint8Array
  /** As people read it. */
  readonly shown: string
  readonly kind: HostKind
  readonly names: ReadonlyArray<string>
  /** Why it cannot be copied. */
  readonly problem?: string
  /** Why it is left out. */
  readonly leftOut?: string
}

/** How a walk goes about. */
export interface WalkOptions {
  /** Whether symbolic links lead to what they point to; otherwise they are told of and left out. */
  readonly isFollowing: boolean
  /** The identity of the directory that the pond itself lies in, where it is one of this machine: it is left out. */
  readonly own?: string | undefined
}

const SLASH = Buffer.from("/")

/** As people read a path: what lies in the current directory has its name alone. */
const shownPath = (path: Uint8Array): string => nameForDisplay(nameFromBytes(path)).replace(/^\.\//, "")

const below = (directory: Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat(directory.at(-1) === SLASH[0] ? [directory, name] : [directory, SLASH, name])

/** Splits the path of a source into its directory and name; a path that ends in a slash or dot has no name: its contents are meant. */
export const splitSource = (source: string): { readonly directory: Buffer; readonly name: Buffer | undefined } => {
  const trimmed = source.replace(/\/+$/, "")
  const at = trimmed.lastIndexOf("/")
  const last = trimmed.slice(at + 1)
  if (source !== trimmed || last === "." || last === "..") {
    return { directory: nameToBytes(trimmed === "" ? "/" : trimmed), name: undefined }
  }
  const directory = at === -1 ? "." : at === 0 ? "/" : trimmed.slice(0, at)
  return { directory: nameToBytes(directory), name: nameToBytes(last) }
}

/** What a link leads to: a file, a directory, or nothing that can be copied. */
const followed = Effect.fnUntraced(function* (directory: Uint8Array, name: Uint8Array) {
  const files = yield* HostFiles
  const { isRegular } = yield* Effect.flatMap(files.open(directory, name, { isFollowing: true }), ({ stat }) => stat)
  if (isRegular) return "file" as const
  return yield* files.list(below(directory, name)).pipe(
    Effect.as("directory" as const),
    Effect.orElseSucceed(() => "other" as const)
  )
}, Effect.scoped)

/** The identity of a directory, to recognise one that holds itself by a link, and the pond itself. */
export const identity = Effect.fnUntraced(function* (directory: Uint8Array) {
  const files = yield* HostFiles
  const { dev, ino } = yield* Effect.flatMap(
    files.open(directory, Buffer.from("."), { isFollowing: true }),
    ({ stat }) => stat
  )
  return `${dev}:${ino}`
}, Effect.scoped)

/** Tells everything at and below a name, directories before what they hold, sorted by the bytes of their names. */
export const walk = (
  entry: Pick<Found, "directory" | "name" | "kind" | "names">,
  options: WalkOptions,
  ancestors: ReadonlySet<string> = new Set()
): Effect.Effect<ReadonlyArray<Found>, never, HostFiles> =>
  Effect.gen(function* () {
    const path = below(entry.directory, entry.name)
    const found: Found = { ...entry, shown: shownPath(path) }
    const name = entry.names.at(-1)
    const problem = name === undefined ? undefined : nameIssue(name)
    if (problem !== undefined) return [{ ...found, problem }]
    const { isFollowing } = options
    const kind = entry.kind === "symlink" && isFollowing ? yield* followed(entry.directory, entry.name) : entry.kind
    if (kind !== "directory") return [{ ...found, kind }]
    const isOwn = options.own !== undefined && (yield* identity(path)) === options.own
    if (isOwn) return [{ ...found, kind: "other" as const, leftOut: "it is the pond itself" }]
    const inside = yield* walkInside(path, entry.names, options, ancestors)
    return [{ ...found, kind }, ...inside]
  }).pipe(
    Effect.catchTag("HostFailed", (error) => {
      const shown = shownPath(below(entry.directory, entry.name))
      return Effect.succeed([{ ...entry, shown, problem: error.message }])
    })
  )

/** Tells everything inside a directory. Fails when it cannot be listed. */
export const walkInside = Effect.fnUntraced(function* (
  directory: Uint8Array,
  names: ReadonlyArray<string>,
  options: WalkOptions,
  ancestors: ReadonlySet<string>
) {
  const files = yield* HostFiles
  const here = options.isFollowing ? yield* identity(directory) : ""
  if (ancestors.has(here)) return []
  const entries = yield* files.list(directory)
  const found: Array<Found> = []
  for (const { kind, name } of entries.toSorted((left, right) => Buffer.compare(left.name, right.name))) {
    const entry = { directory, name, kind, names: [...names, nameFromBytes(name)] }
    const inside = yield* walk(entry, options, options.isFollowing ? new Set([...ancestors, here]) : ancestors)
    for (const one of inside) found.push(one)
  }
  return found
})

const nameIssue = (name: string): string | undefined =>
  name.isWellFormed() ? nameProblem(name) : "its name is not UTF-8, and names in a pond are; rename it first"

/** What lies under a name that somebody typed: there a link is followed to a file, and to a directory if links are. Fails when nothing does. */
export const kindAt = Effect.fnUntraced(function* (directory: Uint8Array, name: Uint8Array, isFollowing: boolean) {
  const files = yield* HostFiles
  const entry = (yield* files.list(directory)).find((one) => Buffer.compare(one.name, name) === 0)
  if (entry === undefined) {
    return yield* new HostFailed({ operation: "open", path: below(directory, name).toString(), code: "ENOENT" })
  }
  if (entry.kind !== "symlink") return entry.kind
  const kind = yield* followed(directory, name)
  return kind === "directory" && !isFollowing ? "symlink" : kind
})
