/**
 * Copying from the host into the pond, in one transaction: what cannot be read is told and left out, everything else goes in.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { type HostFile, HostFiles } from "../../factories/host/files.ts"
import { Progress } from "../../factories/progress.ts"
import { formatPath, type OpenTransaction, parsePath, Transaction } from "../../tinyfs/index.ts"
import { standardInput } from "../standardInput.ts"
import { describeSystemError } from "../b3sum/systemError.ts"
import { nameForDisplay } from "../fileName.ts"
import type { Copied } from "./report.ts"
import { type Found, kindAt, splitSource, walk, walkInside, type WalkOptions } from "./walk.ts"

/** Bytes that are read at once. */
const READ_BYTES = 1024 * 1024

/** Bytes that are read at once of what a file has grown by. */
const GROWN_BYTES = 64 * 1024

/** Files that are read and stored at the same time. */
const CONCURRENCY = 4

/**
 * The bytes of an open file, to its end. A small file is read into no more than it needs: one byte above its size tells that it
 * ended.
 */
const bytesOf = (file: HostFile, sizeBytes: number) =>
  Stream.paginate(0, (at) => {
    const rest = sizeBytes - at
    const buffer = new Uint8Array(rest >= 0 ? Math.min(READ_BYTES, rest + 1) : GROWN_BYTES)
    return Effect.map(file.read(buffer, at), (count) => {
      const next = count < buffer.length ? Option.none<number>() : Option.some(at + count)
      return [[buffer.subarray(0, count)], next] as const
    })
  })

const failure = (found: Pick<Copied, "source" | "target">, detail: string): Copied => ({
  ...found,
  type: "file",
  outcome: "failed",
  size: null,
  hash: null,
  detail
})

/** What goes wrong with one file and says nothing about the others. */
const OF_ONE_FILE = [
  "HostFailed",
  "NotADirectory",
  "NotFound",
  "WrongType",
  "AlreadyExists",
  "InvalidPath",
  "SymlinkLoop",
  "SymlinkEscape",
  "WriterConflict",
  "Pruned"
] as const

/** Stores bytes at a path and tells what that changed. */
const storeFile = Effect.fnUntraced(function* <E, R>(
  tx: OpenTransaction,
  place: Pick<Copied, "source" | "target">,
  bytes: Stream.Stream<Uint8Array, E, R>
) {
  const before = Option.getOrUndefined(yield* tx.find(place.target))
  const node = yield* tx.write(place.target, bytes)
  const isSame = before !== undefined && before.content?.version === node.content?.version
  const copied: Copied = {
    ...place,
    type: "file",
    outcome: before === undefined ? "created" : isSame ? "unchanged" : "replaced",
    size: node.content?.sizeBytes ?? 0,
    hash: node.content?.hash ?? null,
    detail: null
  }
  return copied
})

const copyFile = Effect.fnUntraced(function* (tx: OpenTransaction, found: Found, target: string) {
  const progress = yield* Progress
  const files = yield* HostFiles
  const place = { source: found.shown, target }
  const file = yield* files.open(found.directory, found.name, { isFollowing: true })
  const { isRegular, sizeBytes } = yield* file.stat
  if (!isRegular) return failure(place, "it is not a regular file any more")
  const counted = Stream.tap(bytesOf(file, sizeBytes), ({ length }) =>
    Effect.sync(() => progress.done({ bytes: length }))
  )
  return yield* storeFile(tx, place, counted)
}, Effect.scoped)

const copyDirectory = Effect.fnUntraced(function* (tx: OpenTransaction, found: Found, target: string) {
  const isThere = yield* tx.exists(target)
  yield* tx.mkdir(target, { parents: true })
  const copied: Copied = {
    source: found.shown,
    target,
    type: "directory",
    outcome: isThere ? "unchanged" : "created",
    size: null,
    hash: null,
    detail: null
  }
  return copied
})

const copyOne = (tx: OpenTransaction, found: Found, target: string) => {
  const place = { source: found.shown, target }
  if (found.problem !== undefined) return Effect.succeed(failure(place, found.problem))
  if (found.kind === "symlink" || found.kind === "other") {
    const isLink = found.kind === "symlink"
    const detail = found.leftOut ?? (isLink ? "a symbolic link; --follow copies what it leads to" : "a special file")
    const skipped: Copied = { ...place, type: "other", outcome: "skipped", size: null, hash: null, detail }
    return Effect.succeed(skipped)
  }
  return (found.kind === "directory" ? copyDirectory(tx, found, target) : copyFile(tx, found, target)).pipe(
    Effect.catchTag(OF_ONE_FILE, (error) => Effect.succeed(failure(place, error.message)))
  )
}

/** Where the sources go: into the directory at the destination, or to the destination itself. */
const rootOf = Effect.fnUntraced(function* (tx: OpenTransaction, destination: string, sources: number) {
  const { isDirectory, names } = yield* Effect.fromResult(parsePath(destination))
  const there = Option.getOrUndefined(yield* tx.find(destination))
  const isInto = there?.type === "dir" || isDirectory || sources > 1
  return { names, isInto }
})

const MISSING = "it does not exist on this machine"

/** Finds everything that one source means. */
const findSource = Effect.fnUntraced(function* (
  source: string,
  { isInto, names }: { readonly isInto: boolean; readonly names: ReadonlyArray<string> },
  options: WalkOptions
) {
  const { directory, name } = splitSource(source)
  const shown = nameForDisplay(source)
  const unusable = (problem: string): ReadonlyArray<Found> => [
    { directory, name: name ?? Buffer.from("."), shown, kind: "other", names, problem }
  ]
  const look =
    name === undefined
      ? inDirectory({ directory, name: Buffer.from("."), shown, kind: "directory", names }, options)
      : atName({ directory, name, names: isInto ? [...names, lastOf(source)] : names }, options)
  return yield* Effect.catchTag(look, "HostFailed", (error) =>
    Effect.succeed(unusable(error.code === "ENOENT" ? MISSING : error.message))
  )
})

const lastOf = (source: string): string => source.slice(source.lastIndexOf("/") + 1)

const inDirectory = (own: Found, options: WalkOptions) =>
  Effect.map(walkInside(own.directory, own.names, options, new Set()), (inside) =>
    own.names.length === 0 ? inside : [own, ...inside]
  )

const atName = (entry: Pick<Found, "directory" | "name" | "names">, options: WalkOptions) =>
  Effect.flatMap(kindAt(entry.directory, entry.name, options.isFollowing), (kind) => walk({ ...entry, kind }, options))

/** Copies sources of the host to a place in the pond. Runs in a transaction. */
export const copyInto = Effect.fn("pond.copyInto")(function* (
  sources: ReadonlyArray<string>,
  destination: string,
  options: WalkOptions
) {
  const tx = yield* Transaction
  const progress = yield* Progress
  const root = yield* rootOf(tx, destination, sources.length)
  const found: Array<Found> = []
  for (const source of sources) for (const one of yield* findSource(source, root, options)) found.push(one)
  progress.expect({ files: found.filter(({ kind }) => kind === "file").length })
  if (root.isInto && root.names.length > 0) yield* tx.mkdir(formatPath(root.names), { parents: true })
  const taken = new Map<string, string>()
  const copied: Array<Copied | undefined> = found.map(() => undefined)
  const pending: Array<{ readonly at: number; readonly one: Found; readonly target: string }> = []
  for (const [at, one] of found.entries()) {
    const target = nameForDisplay(formatPath(one.names))
    const other = one.kind === "directory" ? undefined : taken.get(target)
    if (other !== undefined) {
      copied[at] = failure({ source: one.shown, target }, `${JSON.stringify(other)} goes to the same place`)
    } else if (one.kind === "file" && one.problem === undefined) {
      taken.set(target, one.shown)
      pending.push({ at, one, target })
    } else copied[at] = yield* copyOne(tx, one, target)
  }
  // Directories are there by now; files can come in any order.
  yield* Effect.forEach(
    pending,
    ({ at, one, target }) =>
      Effect.map(copyOne(tx, one, target), (outcome) => {
        copied[at] = outcome
        progress.done({ files: 1 })
      }),
    { concurrency: CONCURRENCY, discard: true }
  )
  return copied.flatMap((one) => one ?? [])
})

/** Standard input cannot be read; nothing was stored. */
export class InputFailed extends Schema.TaggedError<InputFailed>()("InputFailed", { detail: Schema.String }) {
  override get message(): string {
    return `standard input cannot be read: ${this.detail}. Nothing was stored`
  }
}

/** Copies standard input to a file in the pond. Runs in a transaction. */
export const copyStandardInput = Effect.fn("pond.copyStandardInput")(function* (destination: string) {
  const tx = yield* Transaction
  const { names } = yield* Effect.fromResult(parsePath(destination))
  const bytes = Stream.mapError(standardInput, (cause) => new InputFailed({ detail: describeSystemError(cause) }))
  return [yield* storeFile(tx, { source: "-", target: formatPath(names) }, bytes)]
})
