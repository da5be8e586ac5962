/**
 * Contents in memory: pieces of at most 1 MiB, each with its hash, which is checked whenever bytes of it are given out
 * (R4).
 *
 * A content that an append made shares the pieces of the one before. What is pruned loses its bytes in every content
 * that holds them.
 */
import { Effect, Stream } from "effect"
import { hash, Hasher, sameHash, toHex } from "../bao/index.ts"
import { listHash } from "./digest.ts"
import { Damaged, PersistenceFailed, Pruned } from "./errors.ts"
import { type Chain, elements } from "./journal.ts"
import type { Content, Node } from "./node.ts"
import type { ByteRange, ContentWriter, ReadError, Staged, StageMode } from "./persistence.ts"

/** Most bytes of a piece. */
const PIECE_BYTES = 1024 * 1024

/** Where persistences in memory are, for messages. */
export const MEMORY_URL = "memory:"

/** Some of the bytes of a content; none when they were pruned. */
export interface Piece {
  /** The version that they came with. */
  readonly version: number
  readonly start: number
  readonly end: number
  readonly hash: Uint8Array
  bytes: Uint8Array | undefined
}

/** A content with its bytes. */
export interface MemoryContent {
  readonly content: Content
  readonly pieces: Chain<Piece> | undefined
  /** The state after an append, to go on from; given up when a later content took it over. */
  hasher: Hasher | undefined
}

/** A content in memory that waits for its commit. */
export interface StagedInMemory extends Staged {
  readonly stored: MemoryContent
}

/** Which content is read, for messages. */
interface Subject {
  readonly node: string
  readonly path: string
}

const verified = ({ node, path }: Subject, piece: Piece): Effect.Effect<Uint8Array, Damaged | Pruned> => {
  const { bytes, end, start, version } = piece
  if (bytes === undefined) return Effect.fail(new Pruned({ node, path, version }))
  if (sameHash(hash(bytes), piece.hash)) return Effect.succeed(bytes)
  const subject = `${JSON.stringify(path)} (node ${node})`
  return Effect.fail(new Damaged({ subject, version, start, end, why: "its bytes do not have their hash" }))
}

/** Streams bytes of a content, checked; those given out are copies. */
export const readInMemory = (
  subject: Subject,
  { content, pieces }: MemoryContent,
  range: ByteRange = { start: 0, end: content.sizeBytes }
): Stream.Stream<Uint8Array, Damaged | Pruned> =>
  Stream.fromIterable(elements(pieces).filter(({ end, start }) => start < range.end && range.start < end)).pipe(
    Stream.mapEffect((piece) =>
      Effect.map(verified(subject, piece), (bytes) =>
        bytes.slice(Math.max(0, range.start - piece.start), Math.min(range.end, piece.end) - piece.start)
      )
    )
  )

/** The state after all bytes of a content, for going on. */
const hasherAfter = (subject: Subject, { hasher, pieces }: MemoryContent): Effect.Effect<Hasher, Damaged | Pruned> =>
  hasher !== undefined
    ? Effect.succeed(hasher.clone())
    : Effect.reduce(
        elements(pieces),
        () => new Hasher(),
        (state, piece) => Effect.map(verified(subject, piece), (bytes) => state.update(bytes))
      )

/** Begins a content; `base` is what it goes on from, where there is something. */
export const stageInMemory = Effect.fnUntraced(function* (
  mode: StageMode,
  node: Node | undefined,
  base: MemoryContent | undefined
): Effect.fn.Return<ContentWriter, ReadError | Pruned> {
  const subject = { node: node?.id ?? "new", path: node?.name ?? "new" }
  const before = mode === "append" ? base : undefined
  const hasher = before === undefined ? undefined : yield* hasherAfter(subject, before)
  const version = (node?.content?.version ?? 0) + 1
  const written: Array<Uint8Array> = []

  const finish = Effect.sync((): StagedInMemory => {
    const bytes = new Uint8Array(Buffer.concat(written))
    const offset = before?.content.sizeBytes ?? 0
    let pieces = before?.pieces
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const part = bytes.subarray(at, at + PIECE_BYTES)
      const start = offset + at
      pieces = { last: { version, start, end: start + part.length, hash: hash(part), bytes: part }, before: pieces }
    }
    const sizeBytes = offset + bytes.length
    const contentHash = toHex(hasher === undefined ? hash(bytes) : hasher.update(bytes).root())
    const list = mode === "add-version" ? { listHash: listHash(node?.content?.listHash, sizeBytes, contentHash) } : {}
    const content: Content = { version, sizeBytes, hash: contentHash, ...list }
    const stored: MemoryContent = { content, pieces, hasher }
    return {
      content,
      stored,
      read: (range) =>
        Stream.mapError(readInMemory(subject, stored, range), (error) =>
          error._tag === "Pruned"
            ? new PersistenceFailed({ operation: "reading back", url: MEMORY_URL, cause: error })
            : error
        )
    }
  })

  return { write: (bytes) => Effect.sync(() => void written.push(bytes.slice())), finish }
})
