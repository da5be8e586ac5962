/**
 * What the contents of one transaction share: room in its rows, and blobs for extents too small for one of their own.
 *
 * An extent is kept in its row while there is room for it; otherwise, up to some MiB, it joins a pack, a blob of at most 64 MiB in which
 * extents lie one after the other. A pack streams into a staged object as it grows, and is published when it is full, or when somebody
 * asks for its name: at the latest by the commit. An extent that occurs twice in a pack is kept once. When the scope closes, packs
 * that nobody asked for leave nothing behind.
 */
import { Deferred, Effect, Exit, Scope, Semaphore } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { BlobError } from "./blob-reader.ts"
import { type BlobPlace, type BlobTools, type BlobWriter, makeBlobTools, makeBlobWriter } from "./blob-writer.ts"
import { isCompressible } from "./compressible.ts"
import { FrameBuffer, FramePool } from "./frames.ts"
import type { ContentLimits } from "./limits.ts"

/** Where an extent lies in a pack. Asking for the blob's name publishes the pack. */
export interface Member {
  readonly blobOffset: number
  readonly blob: Effect.Effect<string, BlobError>
}

/** The shared room of one transaction. Several writers may use it at once. */
export interface Batch {
  readonly place: BlobPlace
  readonly limits: ContentLimits
  /** Frames for the contents of the transaction, one after the other. */
  readonly frames: FramePool
  /** What its blobs are written with. */
  readonly tools: BlobTools
  /** Takes room in the rows for an extent; `false`: there is none left, or the extent is too large for a row. */
  readonly takeInline: (sizeBytes: number) => boolean
  /** Puts the bytes of an extent, whose hash is known, into a pack. */
  readonly add: (bytes: Uint8Array, hash: string) => Effect.Effect<Member, BlobError>
  /**
   * Publishes a blob beside the contents that follow: the disk takes its time, and they need not wait. One at a time, so that memory stays
   * bounded. `handOver` is called when it begins: from then on `publishing` runs to its end, or is interrupted with the transaction. Gives
   * what waits for the blob's name, and fails as publishing it does.
   */
  readonly publishBeside: (
    publishing: Effect.Effect<string, BlobError>,
    handOver: () => void
  ) => Effect.Effect<Effect.Effect<string, BlobError>>
}

type PackKind = "raw" | "zst"

/** A pack that is not published yet. */
interface OpenPack {
  readonly writer: BlobWriter
  readonly scope: Scope.Closeable
  readonly hasher: Hasher
  readonly frames: FrameBuffer
  /** Where its extents begin, by their hashes. */
  readonly offsets: Map<string, number>
  sizeBytes: number
  /** Why it cannot be published: a part of it was not written. */
  failure: BlobError | undefined
}

const openPack = Effect.fnUntraced(function* (
  { frames: pool, place, tools }: Pick<Batch, "frames" | "place" | "tools">,
  kind: PackKind
): Effect.fn.Return<OpenPack, BlobError, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const writer = yield* makeBlobWriter(place, kind, tools).pipe(
    Scope.provide(scope),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  const frames = new FrameBuffer(pool)
  return { writer, scope, hasher: new Hasher(), frames, offsets: new Map(), sizeBytes: 0, failure: undefined }
})

const append = Effect.fnUntraced(
  function* (pack: OpenPack, bytes: Uint8Array) {
    pack.hasher.update(bytes)
    pack.sizeBytes += bytes.length
    for (const frame of pack.frames.push(bytes)) yield* pack.writer.write(frame)
  },
  (self, pack) => Effect.tapError(self, (failure) => Effect.sync(() => (pack.failure = failure)))
)

const publish = Effect.fnUntraced(
  function* (pack: OpenPack): Effect.fn.Return<string, BlobError> {
    if (pack.failure !== undefined) return yield* pack.failure
    const rest = pack.frames.rest()
    if (rest.length > 0) yield* pack.writer.write(rest)
    return yield* pack.writer.publish(toHex(pack.hasher.root()))
  },
  (self, pack) => Effect.onExit(self, (exit) => Scope.close(pack.scope, exit))
)

/** Begins a batch; its packs live in the scope until they are published. */
export const makeBatch = Effect.fnUntraced(function* (
  place: BlobPlace,
  limits: ContentLimits
): Effect.fn.Return<Batch, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const gate = yield* Semaphore.make(1)
  /** One step at a time, and each step whole: half an extent in a pack would spoil what others put there. */
  const step = <A, E>(effect: Effect.Effect<A, E>) => gate.withPermit(Effect.uninterruptible(effect))
  const growing = new Map<PackKind, { readonly pack: OpenPack; readonly blob: Effect.Effect<string, BlobError> }>()
  const frames = new FramePool()
  const tools = yield* makeBlobTools(limits.compressionLevel, frames.release)
  const press = yield* Semaphore.make(1)
  let inlineBytes = 0

  const publishBeside: Batch["publishBeside"] = (publishing, handOver) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        yield* restore(press.take(1))
        handOver()
        const blob = yield* Deferred.make<string, BlobError>()
        const whole = Effect.ensuring(Deferred.into(publishing, blob), press.release(1))
        yield* Effect.forkIn(whole, scope, { startImmediately: true })
        return blob
      })
    ).pipe(Effect.map(Deferred.await))

  const begin = (kind: PackKind) =>
    Effect.gen(function* () {
      const pack = yield* Scope.provide(openPack({ frames, place, tools }, kind), scope)
      const retired = Effect.sync(() => growing.get(kind)?.pack === pack && growing.delete(kind))
      const blob = yield* Effect.cached(step(Effect.andThen(retired, publish(pack))))
      const begun = { pack, blob }
      growing.set(kind, begun)
      return begun
    })

  const add = (bytes: Uint8Array, hash: string) =>
    Effect.gen(function* () {
      const kind = isCompressible(bytes) ? "zst" : "raw"
      const last = growing.get(kind)
      const known = last?.pack.offsets.get(hash)
      if (last !== undefined && known !== undefined) return { blobOffset: known, blob: last.blob }
      const fits =
        last !== undefined && last.pack.failure === undefined && last.pack.sizeBytes + bytes.length <= limits.packBytes
      const { blob, pack } = fits ? last : yield* begin(kind)
      const blobOffset = pack.sizeBytes
      yield* append(pack, bytes)
      pack.offsets.set(hash, blobOffset)
      return { blobOffset, blob }
    })

  return {
    place,
    limits,
    frames,
    tools,
    takeInline: (sizeBytes) => {
      if (sizeBytes > limits.inlineBytes || inlineBytes + sizeBytes > limits.inlineTotalBytes) return false
      inlineBytes += sizeBytes
      return true
    },
    add: (bytes, hash) => step(add(bytes, hash)),
    publishBeside
  }
})
