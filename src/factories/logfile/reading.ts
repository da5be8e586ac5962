/**
 * Reading one file of the host (P4): it is opened once, looked at through that descriptor alone, and closed before the next.
 *
 * When it is read it is not known yet whose bytes it holds: that depends on files that come later. So it is compared with every entry that
 * may turn out to be its own, and what follows the largest one that it starts with is stored right then. Everything before is in the
 * pond already, hash for hash: whatever the policy decides, no byte must be read from the host again.
 */
import { Effect, type Scope, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { Node, OpenTransaction, Pruned, ReadError, StagedSeries } from "../../tinyfs/index.ts"
import { type HostFailed, HostFiles, type HostStat } from "../host/files.ts"
import { type Bytes, ChangedWhileRead, hashBeginnings, type ReadFailure, readRange, streamRange } from "./bytes.ts"
import type { Entry } from "./entry.ts"
import { type Fact, isSameFile, isUntouched } from "./facts.ts"
import type { Listed } from "./listing.ts"
import type { Code, FileOut, FileRead, Layer, ListedFile, Shape } from "./plan.ts"

/** An entry and the node that it is. */
export interface Known {
  readonly entry: Entry
  readonly node: Node
}

/** What a file holds in one layer, while the transaction is open: an entry's bytes, and what was stored behind them. */
export interface Held {
  readonly shape: Shape
  readonly base: Known | undefined
  /** None when the file is just its base. */
  readonly staged: StagedSeries | undefined
}

/** A file as it was read. */
export interface ReadFile {
  readonly file: ListedFile
  readonly stat?: HostStat
  readonly held: ReadonlyMap<Layer, Held>
}

/** What reading files needs to know. */
export interface ReadingPlace {
  readonly transaction: OpenTransaction
  readonly isFollowing: boolean
  /** Whether the beginnings of large active files are compared whole, too. */
  readonly isFull: boolean
}

/** What is known of a file before it is opened. */
export interface Expected {
  readonly listed: Listed
  /** The entry whose file it is by name. */
  readonly own: Known | undefined
  /** Entries that may be found in it: those that may have lost their file. */
  readonly seekers: ReadonlyArray<Known>
  readonly fact: Fact | undefined
}

/** An active file that grew is compared at the first and last so many bytes only, when its tracked bytes are more than both. */
const EDGE_BYTES = 1024 * 1024

const NOTHING: ReadonlyMap<Layer, Held> = new Map()

const out = ({ name }: Listed, code: Code, detail?: string): ReadFile => ({
  file: { status: "out", name, code, ...(detail === undefined ? {} : { detail }) } satisfies FileOut,
  held: NOTHING
})

/** Reads a listed file, or says why it takes no part. Fails only with what goes wrong in the pond. */
export const readFile = (
  place: ReadingPlace,
  expected: Expected
): Effect.Effect<ReadFile, ReadError | Pruned, HostFiles> => {
  const { listed } = expected
  if (!listed.isText) return Effect.succeed(out(listed, "error:name", "its name is not UTF-8"))
  if (listed.kind === "symlink" && !place.isFollowing) return Effect.succeed(out(listed, "skipped:symlink"))
  if (listed.kind !== "file" && listed.kind !== "symlink") return Effect.succeed(out(listed, "skipped:not-a-file"))
  return Effect.scoped(openAndRead(place, expected)).pipe(
    Effect.catchTag("HostFailed", ({ code, message, operation }: HostFailed) =>
      Effect.succeed(out(listed, operation === "open" && code === "ENOENT" ? "vanished" : `error:${code}`, message))
    ),
    Effect.catchTag("ChangedWhileRead", ({ message }) =>
      Effect.succeed(out(listed, "error:changed-while-read", message))
    )
  )
}

const openAndRead = Effect.fnUntraced(function* (
  place: ReadingPlace,
  expected: Expected
): Effect.fn.Return<ReadFile, ReadError | Pruned | ReadFailure, HostFiles | Scope.Scope> {
  const { fact, listed, own } = expected
  const host = yield* HostFiles
  const isFollowing = listed.kind === "symlink"
  const file = yield* host.open(listed.directory, listed.bytes, { isFollowing })
  const stat = yield* file.stat
  if (!stat.isRegular) return out(listed, "skipped:not-a-file")
  const { name, role } = listed
  const known = knownByFact(place, expected, stat)
  if (known !== undefined) return { file: { status: "read", name, role, ...known }, stat, held: NOTHING }
  const bytes: Bytes = { path: `${Buffer.from(listed.directory).toString()}/${name}`, file, sizeBytes: stat.sizeBytes }
  const isGrown =
    fact !== undefined &&
    own?.entry.kind === "active" &&
    isSameFile(fact.stat, stat) &&
    fact.raw.hash === own.entry.hash
  const { held, starts } =
    isGrown && !place.isFull && (yield* hasSameEdges(place, bytes, own))
      ? { held: yield* holdAfter(place, bytes, own), starts: new Map([[own.entry.name, "raw"] as const]) }
      : yield* compareAndHold(place, bytes, expected)
  const read: FileRead = { status: "read", name, role, raw: held.shape, starts }
  return { file: read, stat, held: new Map([["raw", held]]) }
})

/** What is known of a file without reading it: it is as it was when it was last read, and is held by its own entry (P6). */
const knownByFact = (
  { isFull }: ReadingPlace,
  { fact, own }: Expected,
  stat: HostStat
): Pick<FileRead, "raw" | "decoded" | "starts"> | undefined => {
  if (isFull || fact === undefined || own === undefined || own.entry.isEdited || !isUntouched(fact, stat))
    return undefined
  const { decoded, raw } = fact
  const layer = raw.hash === own.entry.hash ? "raw" : decoded?.hash === own.entry.hash ? "decoded" : undefined
  if (layer === undefined) return undefined
  const starts = new Map<string, Layer>([[own.entry.name, layer]])
  return { raw, starts, ...(decoded === undefined ? {} : { decoded }) }
}

/** The shortcut of P6: whether the first and the last MiB of the tracked bytes are on the host as they are in the pond. */
const hasSameEdges = Effect.fnUntraced(function* (
  { transaction }: ReadingPlace,
  bytes: Bytes,
  { entry, node }: Known
): Effect.fn.Return<boolean, ReadError | Pruned | ReadFailure> {
  const { hash, isEdited, sizeBytes } = entry
  if (isEdited || sizeBytes <= 2 * EDGE_BYTES || bytes.sizeBytes <= sizeBytes || node.content?.hash !== hash)
    return false
  const buffer = new Uint8Array(EDGE_BYTES)
  for (const start of [0, sizeBytes - EDGE_BYTES]) {
    yield* readRange(bytes, buffer, start)
    let at = 0
    let isSame = true
    yield* Stream.runForEach(readNode(transaction, node, start, start + EDGE_BYTES), (chunk) =>
      Effect.sync(() => {
        isSame &&= Buffer.compare(chunk, buffer.subarray(at, at + chunk.length)) === 0
        at += chunk.length
      })
    )
    if (!isSame) return false
  }
  return true
})

/** Bytes of a node as it was when the transaction found it. */
export const readNode = (transaction: OpenTransaction, node: Node, start: number, end: number) =>
  Stream.catchTag(
    transaction.source.read(node.id, node.content?.version ?? 0, { start, end }),
    ["VersionMissing", "WriterConflict"],
    (error) => Stream.die(error)
  )

/** Compares a file with the entries that it may start with, and stores what follows the one that it goes on from. */
const compareAndHold = Effect.fnUntraced(function* (
  place: ReadingPlace,
  bytes: Bytes,
  expected: Expected
): Effect.fn.Return<
  { readonly held: Held; readonly starts: ReadonlyMap<string, Layer> },
  ReadError | Pruned | ReadFailure
> {
  const { own, seekers } = expected
  // Every file starts with an empty entry: there is nothing to compare.
  let base: Known | undefined = own?.entry.sizeBytes === 0 ? own : undefined
  const compared = (base === undefined ? [...(own === undefined ? [] : [own]), ...seekers] : []).filter(
    ({ entry }) => entry.sizeBytes > 0 && entry.sizeBytes <= bytes.sizeBytes
  )
  const starts = new Map<string, Layer>()
  let prefix: Shape = { sizeBytes: 0, hash: "" }
  const sizes = [...new Set(compared.map(({ entry }) => entry.sizeBytes))].toSorted((left, right) => left - right)
  if (sizes.length > 0) {
    yield* hashBeginnings(streamRange(bytes, 0, sizes.at(-1)!), sizes, (sizeBytes, hash) => {
      prefix = { sizeBytes, hash }
      for (const known of compared) {
        if (known.entry.sizeBytes !== sizeBytes || known.entry.hash !== hash) continue
        starts.set(known.entry.name, "raw")
        if (base !== own || base === undefined) base = known
      }
      return base !== undefined && base === own
    })
  }
  const held =
    base === undefined || base.entry.isEdited
      ? yield* holdWhole(place, bytes, prefix)
      : yield* holdAfter(place, bytes, base)
  return { held, starts }
})

/** Stores what follows an entry's bytes, if anything does. */
const holdAfter = Effect.fnUntraced(function* (
  { transaction }: ReadingPlace,
  bytes: Bytes,
  base: Known
): Effect.fn.Return<Held, ReadError | Pruned | ReadFailure> {
  const { hash, sizeBytes } = base.entry
  if (bytes.sizeBytes === sizeBytes) return { shape: { sizeBytes, hash }, base, staged: undefined }
  const staged = yield* transaction.stage(streamRange(bytes, sizeBytes, bytes.sizeBytes), base.node)
  return { shape: shapeOf(staged), base, staged }
})

/** Stores all bytes; those that were hashed before must be the same again. */
const holdWhole = Effect.fnUntraced(function* (
  { transaction }: ReadingPlace,
  bytes: Bytes,
  prefix: Shape
): Effect.fn.Return<Held, ReadError | Pruned | ReadFailure> {
  const hasher = new Hasher()
  const checked = Stream.mapEffect(streamRange(bytes, 0, bytes.sizeBytes), (chunk) => {
    const missing = prefix.sizeBytes - hasher.sizeBytes
    if (missing <= 0) return Effect.succeed(chunk)
    hasher.update(chunk.subarray(0, missing))
    const isSound = hasher.sizeBytes < prefix.sizeBytes || toHex(hasher.root()) === prefix.hash
    return isSound ? Effect.succeed(chunk) : Effect.fail(new ChangedWhileRead({ path: bytes.path }))
  })
  const staged = yield* transaction.stage(checked)
  return { shape: shapeOf(staged), base: undefined, staged }
})

const shapeOf = ({ staged: { content } }: StagedSeries): Shape => ({ sizeBytes: content.sizeBytes, hash: content.hash })
