/**
 * Turning a stream of frames into extents: in the row, in a pack, or in a blob of their own, by size alone.
 *
 * Also how maintenance makes few large extents of many small ones. At most `memberBytes` are held before a blob is begun, whatever the
 * size; a new extent begins whenever one is full.
 */
import { Effect, Exit, Scope } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { BlobError } from "./blob-reader.ts"
import { type BlobWriter, makeBlobWriter } from "./blob-writer.ts"
import { join } from "./bytes.ts"
import { isCompressible } from "./compressible.ts"
import type { Extent } from "./extent.ts"
import type { Batch, Member } from "./packs.ts"

/** Extents in the making. Used by one fiber at a time. */
export interface ExtentsWriter {
  /** Adds a frame, which must not change afterwards: 1 MiB, only the last one less. */
  readonly write: (frame: Uint8Array) => Effect.Effect<void, BlobError, Scope.Scope>
  /** Ends the last extent, and gives all of them, in order. Whoever asks for them publishes the packs in which they are, and waits for their blobs. No `write` may follow. */
  readonly finish: Effect.Effect<Effect.Effect<ReadonlyArray<Extent>, BlobError>, BlobError, Scope.Scope>
}

/** Where extents begin, and what is known of their hashes. */
export interface ExtentsStart {
  /** Where in the content the first byte belongs. */
  readonly offset: number
  /** Hashes the content from byte 0 up to what was given here last: the hash of the extent that begins at 0 need not be computed twice. */
  readonly prefixHash?: () => Uint8Array
}

/** A blob that holds one extent. It lives with the writer, until it is handed over to be published. */
interface OwnBlob {
  readonly writer: BlobWriter
  readonly scope: Scope.Closeable
  isHandedOver: boolean
}

/** An extent that still grows. */
interface Growing {
  readonly offset: number
  readonly hasher: Hasher | undefined
  held: Array<Uint8Array>
  blob: OwnBlob | undefined
  length: number
}

/** An extent in a blob whose name is not known yet. Not made within a writer, all of which it would keep until the commit. */
const extentOf = (run: Pick<Extent, "hash" | "length" | "offset">, { blob, blobOffset }: Member) =>
  Effect.map(blob, (name): Extent => ({ ...run, kind: "blob", blob: name, blobOffset }))

/** Begins extents of a batch. */
export const makeExtentsWriter = (batch: Batch, { offset, prefixHash }: ExtentsStart): ExtentsWriter => {
  const { limits, place, tools } = batch
  const done: Array<Effect.Effect<Extent, BlobError>> = []
  const begin = (at: number): Growing => ({
    offset: at,
    hasher: at === 0 && prefixHash !== undefined ? undefined : new Hasher(),
    held: [],
    blob: undefined,
    length: 0
  })
  let growing = begin(offset)

  /** Begins a blob with what was held back. */
  const spill = Effect.fnUntraced(function* () {
    const { held } = growing
    const kind = isCompressible(held[0]!) ? "zst" : "raw"
    const blob: OwnBlob = yield* Effect.acquireRelease(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const made = makeBlobWriter(place, kind, tools).pipe(Scope.provide(scope))
        const writer = yield* Effect.onError(made, (cause) => Scope.close(scope, Exit.failCause(cause)))
        return { writer, scope, isHandedOver: false }
      }),
      (own, exit) => (own.isHandedOver ? Effect.void : Scope.close(own.scope, exit))
    )
    growing.blob = blob
    growing.held = []
    for (const frame of held) yield* blob.writer.write(frame)
  })

  const close = Effect.fnUntraced(function* () {
    const { blob, hasher, held, length, offset } = growing
    const hash = toHex(hasher?.root() ?? prefixHash!())
    const run = { offset, length, hash }
    growing = begin(offset + length)
    if (blob !== undefined) {
      const publishing = Effect.onExit(blob.writer.publish(hash), (exit) => Scope.close(blob.scope, exit))
      const name = yield* batch.publishBeside(publishing, () => (blob.isHandedOver = true))
      done.push(extentOf(run, { blob: name, blobOffset: 0 }))
    } else if (batch.takeInline(length)) {
      done.push(Effect.succeed({ ...run, kind: "inline", content: join(held) }))
    } else {
      done.push(extentOf(run, yield* batch.add(join(held), hash)))
    }
  })

  return {
    write: Effect.fnUntraced(function* (frame) {
      growing.hasher?.update(frame)
      growing.length += frame.length
      if (growing.blob === undefined) growing.held.push(frame)
      else yield* growing.blob.writer.write(frame)
      if (growing.blob === undefined && growing.length > limits.memberBytes) yield* spill()
      if (growing.length === limits.extentBytes) yield* close()
    }),
    finish: Effect.suspend(() => Effect.map(growing.length > 0 ? close() : Effect.void, () => Effect.all(done)))
  }
}
