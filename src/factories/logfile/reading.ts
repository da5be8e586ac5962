/**
 * Reading one file of the host (P4): it is opened once, looked at through that descriptor alone, and closed before the next.
 */
import { Effect, type Scope, Stream } from "effect"
import type { Decode } from "../../formats/decoders.ts"
import type { Pruned, ReadError } from "../../tinyfs/index.ts"
import { type HostFailed, HostFiles, type HostStat } from "../host/files.ts"
import { type Again, againFrom, skipping } from "./again.ts"
import { type Bytes, ChangedWhileRead, type ReadFailure, readRange, streamRange } from "./bytes.ts"
import { type Fact, isSameFile, isUntouched } from "./facts.ts"
import { compare, type Claimants, type Held, holdAfter, type HoldingPlace, holdWhole, type Source } from "./holding.ts"
import { type Known, readNode } from "./known.ts"
import type { Listed } from "./listing.ts"
import { uncompressedName } from "./names.ts"
import type { Code, FileOut, FileRead, Layer, ListedFile, Shape } from "./plan.ts"

/** A file as it was read. */
export interface ReadFile {
  readonly file: ListedFile
  readonly stat?: HostStat
  /** What was known of it, where it was not read for that reason. */
  readonly fact?: Fact
  /** Whether a part of it was taken for what it was: what is known of it then never stands for its bytes (P6). */
  readonly isPartlyRead?: boolean
  readonly held: ReadonlyMap<Layer, Held>
  /** Whether it was taken for granted, from the record, that no other file begins with the bytes of its entry. */
  readonly isKeptAsRecorded?: boolean
  /** Of an archive that differs from its entry: the hash of the entry. */
  readonly differsFrom?: string
  /** Reads again what was held; where nothing was, there is nothing to read. */
  readonly again?: Again
}

/** What reading files needs to know. */
export interface ReadingPlace extends HoldingPlace {
  readonly isFollowing: boolean
  /** Whether the beginnings of large active files are compared whole, too. */
  readonly isFull: boolean
  /** How a file of a name is decompressed; `undefined` when it is not. */
  readonly decoderOf: (name: string) => Decode | undefined
}

/** What is known of a file before it is opened. */
export interface Expected extends Claimants {
  readonly listed: Listed
  readonly fact: Fact | undefined
  /** Whether the name without the suffix of a compression is that of an entry or of another listed file. */
  readonly isNamed: boolean
  /** Whether it is an archive whose entry keeps its name whatever it holds: no other file begins with its bytes. */
  readonly isKept: boolean
  /** Whether that is so if it is as it was when it was recorded that it differs from its entry. */
  readonly isKeptAsRecorded: boolean
}

/** An active file that grew is compared at the first and last so many bytes only, when its tracked bytes are more than both. */
const EDGE_BYTES = 1024 * 1024

const NOTHING: ReadonlyMap<Layer, Held> = new Map()

/** A file that takes no part. */
export const leftOut = ({ name }: Listed, code: Code, detail?: string): ReadFile => ({
  file: { status: "out", name, code, ...(detail === undefined ? {} : { detail }) } satisfies FileOut,
  held: NOTHING
})

/** Reads a listed file, or says why it takes no part. Fails only with what goes wrong in the pond. */
export const readFile = (
  place: ReadingPlace,
  expected: Expected
): Effect.Effect<ReadFile, ReadError | Pruned, HostFiles> => {
  const { listed } = expected
  if (!listed.isText) return Effect.succeed(leftOut(listed, "error:name", "its name is not UTF-8"))
  if (listed.kind === "symlink" && !place.isFollowing) return Effect.succeed(leftOut(listed, "skipped:symlink"))
  if (listed.kind !== "file" && listed.kind !== "symlink") return Effect.succeed(leftOut(listed, "skipped:not-a-file"))
  return Effect.scoped(openAndRead(place, expected)).pipe(
    Effect.catchTags({
      HostFailed: ({ code, message, operation }: HostFailed) =>
        Effect.succeed(
          leftOut(listed, operation === "open" && code === "ENOENT" ? "vanished" : `error:${code}`, message)
        ),
      ChangedWhileRead: ({ message }: ChangedWhileRead) =>
        Effect.succeed(leftOut(listed, "error:changed-while-read", message))
    })
  )
}

const openAndRead = Effect.fnUntraced(function* (
  place: ReadingPlace,
  expected: Expected
): Effect.fn.Return<ReadFile, ReadError | Pruned | ReadFailure, HostFiles | Scope.Scope> {
  const { listed } = expected
  const host = yield* HostFiles
  const file = yield* host.open(listed.directory, listed.bytes, { isFollowing: listed.kind === "symlink" })
  const stat = yield* file.stat
  if (!stat.isRegular) return leftOut(listed, "skipped:not-a-file")
  const { name, role } = listed
  const known = knownByFact(place, expected, stat)
  if (known !== undefined) {
    return { file: { status: "read", name, role, ...known }, stat, fact: expected.fact!, held: NOTHING }
  }
  const bytes: Bytes = { path: `${Buffer.from(listed.directory).toString()}/${name}`, file, sizeBytes: stat.sizeBytes }
  const isKeptAsRecorded = expected.isKeptAsRecorded && !place.isFull && isUntouched(expected.fact!, stat)
  const isKept = expected.isKept || isKeptAsRecorded
  const { held, isPartlyRead = false, ...found } = yield* look(place, bytes, { ...expected, isKept }, stat)
  const again = againFrom(listed, bytes, place.decoderOf(name))
  return { file: { status: "read", name, role, ...found }, stat, isPartlyRead, isKeptAsRecorded, held, again }
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

/** What was found in a file. */
interface Found extends Pick<FileRead, "raw" | "decoded" | "starts">, Pick<ReadFile, "isPartlyRead"> {
  readonly held: ReadonlyMap<Layer, Held>
}

const rawSource = (bytes: Bytes): Source<ReadFailure> => ({
  path: bytes.path,
  sizeBytes: bytes.sizeBytes,
  from: (start, end = bytes.sizeBytes) => streamRange(bytes, start, end)
})

/** Reads a file that may have changed. */
const look = Effect.fnUntraced(function* (
  place: ReadingPlace,
  bytes: Bytes,
  expected: Expected,
  stat: HostStat
): Effect.fn.Return<Found, ReadError | Pruned | ReadFailure> {
  const { fact, listed, own } = expected
  const decode = listed.role === "archived" ? place.decoderOf(listed.name) : undefined
  if (decode !== undefined) return yield* lookCompressed(place, bytes, expected, decode)
  const source = rawSource(bytes)
  const isGrown =
    fact !== undefined &&
    own?.entry.kind === "active" &&
    isSameFile(fact.stat, stat) &&
    fact.raw.hash === own.entry.hash
  const isPartlyRead = isGrown && !place.isFull && (yield* hasSameEdges(place, bytes, own))
  const { base, hashed, starts } = isPartlyRead
    ? { base: own, hashed: undefined, starts: [own] }
    : yield* compare(source, expected, expected.isKept)
  // Nothing of it is stored, then: it is another file than the mirror's, and the mirror's is kept.
  if (expected.isKept && base === undefined) return { raw: hashed!, starts: new Map(), held: NOTHING }
  const held = yield* hold(place, source, { base, hashed })
  return { raw: held.shape, starts: namesIn("raw", starts), isPartlyRead, held: new Map([["raw", held]]) }
})

const namesIn = (layer: Layer, starts: ReadonlyArray<Known>): ReadonlyMap<string, Layer> =>
  new Map(starts.map(({ entry }) => [entry.name, layer] as const))

/** Stores what follows the base, or everything where there is none that the pond holds as it was. */
const hold = (
  place: ReadingPlace,
  source: Source<ReadFailure> & { readonly sizeBytes?: number },
  { base, hashed }: { readonly base: Known | undefined; readonly hashed: Shape | undefined }
): Effect.Effect<Held, ReadError | Pruned | ReadFailure> =>
  base === undefined || base.entry.isEdited
    ? holdWhole(place, source, hashed ?? { sizeBytes: 0, hash: "" }, base)
    : holdAfter(place, source, base, source.sizeBytes!)

/** The shortcut of P6: whether the first and the last MiB of the tracked bytes are on the host as they are in the pond. */
const hasSameEdges = Effect.fnUntraced(function* (
  { transaction }: ReadingPlace,
  bytes: Bytes,
  { entry, node }: Known
): Effect.fn.Return<boolean, ReadError | Pruned | ReadFailure> {
  const { isEdited, sizeBytes } = entry
  if (isEdited || sizeBytes <= 2 * EDGE_BYTES || bytes.sizeBytes <= sizeBytes) return false
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

/** Which of those that may claim a file are compared with its own bytes: entries that were stored compressed. */
const claimantsIn = (layer: Layer, { isOwnLikely, own, seekers }: Claimants): Claimants => {
  const isIn = ({ entry: { host, kind, name } }: Known): boolean =>
    (uncompressedName(kind === "orphan" ? host : name) !== undefined) === (layer === "raw")
  return {
    own: own !== undefined && isIn(own) ? own : undefined,
    isOwnLikely,
    seekers: new Set([...seekers].filter(isIn))
  }
}

/** Reads a compressed archive: its own bytes, and those that it decompresses to (P12a). */
const lookCompressed = Effect.fnUntraced(function* (
  place: ReadingPlace,
  bytes: Bytes,
  expected: Expected,
  decode: Decode
): Effect.fn.Return<Found, ReadError | Pruned | ReadFailure> {
  const source = rawSource(bytes)
  // What is compressed has no lines to look at.
  const packed = { ...place, eventTime: undefined }
  const raw = yield* compare(source, claimantsIn("raw", expected), expected.isKept)
  const starts = new Map(namesIn("raw", raw.starts))
  const claimants = claimantsIn("decoded", expected)
  const isOwn = raw.base !== undefined && raw.base === expected.own
  const isWanted = !isOwn && (expected.isNamed || claimants.own !== undefined || claimants.seekers.size > 0)
  const plain = isWanted ? yield* lookDecoded(place, bytes, claimants, decode) : undefined
  const isFound = raw.base !== undefined || (typeof plain === "object" && plain.starts.length > 0)
  if (expected.isKept && !isFound) {
    const decoded = plain === undefined ? {} : { decoded: typeof plain === "object" ? plain.decoded : plain }
    return { raw: raw.hashed, ...decoded, starts, held: NOTHING }
  }
  if (plain === undefined || typeof plain === "string") {
    const held = yield* hold(packed, source, raw)
    const decoded = plain === undefined ? {} : { decoded: plain }
    return { raw: held.shape, ...decoded, starts, held: new Map([["raw", held]]) }
  }
  for (const { entry } of plain.starts) starts.set(entry.name, "decoded")
  const held = new Map<Layer, Held>()
  if (plain.held !== undefined) held.set("decoded", plain.held)
  const own = plain.held?.base
  // It may yet turn out that no entry is completed by it, an empty one never is: then it is stored as it is.
  const whole =
    own !== undefined && own === expected.own && own.entry.sizeBytes > 0
      ? { shape: { sizeBytes: bytes.sizeBytes, hash: raw.hashed.hash } }
      : yield* hold(packed, source, raw)
  if ("base" in whole) held.set("raw", whole)
  return { raw: whole.shape, decoded: plain.decoded, starts, held }
})

/** What a compressed file holds; `incomplete`, or nothing when it cannot be read for another reason. */
const lookDecoded = Effect.fnUntraced(
  function* (place: ReadingPlace, bytes: Bytes, claimants: Claimants, decode: Decode) {
    const from = (start: number) => skipping(decode(streamRange(bytes, 0, bytes.sizeBytes)), start)
    const source = { path: bytes.path, from }
    const { base, hashed: decoded, starts } = yield* compare(source, claimants, true)
    if (base === undefined || base.entry.isEdited) {
      const whole = base === undefined ? undefined : yield* holdWhole(place, source, decoded, base)
      return { starts, decoded, held: whole }
    }
    const held = yield* holdAfter(place, source, base, decoded.sizeBytes)
    if (held.shape.hash !== decoded.hash) return yield* new ChangedWhileRead({ path: bytes.path })
    return { starts, decoded, held }
  },
  (self) =>
    Effect.catchTag(self, "Undecodable", ({ isIncomplete }) =>
      Effect.succeed(isIncomplete ? ("incomplete" as const) : undefined)
    )
)
