/**
 * Writing one content: replace, append or add a version.
 *
 * Bytes are cut into frames; each is hashed into the content's tree and goes into extents. Memory stays at some MiB whatever the size. The
 * root is what `b3sum` prints however the bytes arrive (R5): an append goes on with the tree that is stored, of which it reads the
 * frontier pairs and the last 32 KiB at most, or nothing when the caller kept the state of the version before (R9). Blobs are
 * published here, before the commit: a transaction that is given up leaves at most unreferenced blobs to vacuum.
 */
import { Effect, Scope } from "effect"
import {
  fromHex,
  GROUP_BYTES,
  OutboardBuilder,
  resume,
  stablePairs,
  StateMismatch,
  tailStart,
  toHex
} from "../../bao/index.ts"
import type { ContentWriter, Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import { makeExtentsWriter } from "./extents-writer.ts"
import { damageOf, storingFailureOf } from "./failure.ts"
import { fetchSpan } from "./fetch.ts"
import { FrameBuffer } from "./frames.ts"
import { makeOutboardWriter } from "./outboard-writer.ts"
import { looseOf, subtreeTops } from "./outboard.ts"
import type { Batch } from "./packs.ts"
import { StagedContent, type StageRequest } from "./staged.ts"
import type { ReadFailure, StoredContent } from "./stored.ts"
import { treeOf } from "./tree.ts"

/** A writer whose end is a `StagedContent`. */
export interface StagingWriter extends ContentWriter {
  readonly finish: Effect.Effect<StagedContent, ReadFailure>
}

/** Reads what going on with a stored content needs, and checks that it gives the hash. */
const resumed = Effect.fnUntraced(function* (
  reader: BlobReader,
  stored: StoredContent
): Effect.fn.Return<OutboardBuilder, ReadFailure | Pruned> {
  const { hash, identity, sizeBytes } = stored
  const tail = { start: tailStart(sizeBytes), end: sizeBytes }
  const bytes = yield* fetchSpan(reader, stored, tail)
  const frontier = yield* treeOf(reader, stored).stablePairs(subtreeTops(tail.start / GROUP_BYTES))
  const outboard = (position: number): Uint8Array => frontier.get(position)!
  return yield* Effect.try({
    try: () => resume({ root: fromHex(hash), sizeBytes, outboard }, bytes),
    catch: (cause) => {
      if (cause instanceof StateMismatch) return damageOf(identity, tail, cause.message)
      throw cause
    }
  })
})

/** The tree to go on with, and how many bytes it holds. */
const begin = Effect.fnUntraced(function* (
  reader: BlobReader,
  { base, mode }: StageRequest
): Effect.fn.Return<OutboardBuilder, ReadFailure | Pruned> {
  if (mode !== "append" || base === undefined) return new OutboardBuilder()
  const { content, state } = base
  if (state?.sizeBytes === content.sizeBytes && state.hash === content.hash) return state.builder.clone()
  return yield* resumed(reader, yield* base.stored)
})

/** Begins to write a content into a batch. Closing the scope before `finish` leaves nothing behind. */
export const stageContent = Effect.fnUntraced(function* (
  reader: BlobReader,
  batch: Batch,
  request: StageRequest
): Effect.fn.Return<StagingWriter, ReadFailure | Pruned, Scope.Scope> {
  const scope = yield* Effect.scope
  const builder = yield* begin(reader, request)
  const offset = builder.sizeBytes
  const frames = new FrameBuffer(batch.frames)
  const pairs = makeOutboardWriter(batch.place, { ...batch.tools, release: () => undefined })
  const extents = makeExtentsWriter(batch, { offset, prefixHash: () => builder.root() })
  const version = (request.base?.content.version ?? 0) + 1
  const failure = storingFailureOf(batch.place.store.url, { ...request.subject, version })
  // A write that failed or was interrupted has taken a part of its bytes: such a content is never finished.
  let isWhole = true

  const take = Effect.fnUntraced(function* (frame: Uint8Array) {
    yield* pairs.write(builder.update(frame))
    yield* extents.write(frame)
  })

  const within = <A, E>(effect: () => Effect.Effect<A, E, Scope.Scope>) =>
    Effect.suspend(() => {
      if (!isWhole)
        return Effect.die(new Error("a content was used after it was finished, or after a write had failed"))
      isWhole = false
      return effect()
    }).pipe(Scope.provide(scope))

  const write = Effect.fnUntraced(function* (bytes: Uint8Array) {
    for (const frame of frames.push(bytes)) yield* take(frame)
    isWhole = true
  })

  const finish = Effect.fnUntraced(function* () {
    const rest = frames.rest()
    if (rest.length > 0) yield* take(rest)
    const added = yield* extents.finish
    const run = yield* pairs.finish(stablePairs(offset))
    const { sizeBytes } = builder
    const state = { sizeBytes, hash: toHex(builder.root()), builder }
    return new StagedContent(reader, request, {
      state,
      addedBytes: sizeBytes - offset,
      extents: added,
      runs: run === undefined ? [] : [run],
      loose: looseOf(sizeBytes, builder.edge())
    })
  })

  return {
    write: (bytes) =>
      Effect.mapError(
        within(() => write(bytes)),
        failure
      ),
    finish: Effect.mapError(within(finish), failure)
  }
})
