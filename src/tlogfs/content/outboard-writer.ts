/**
 * Collecting the stable pairs that one version adds: in memory up to 64 KiB, which a row takes; beyond, in a blob, so that the tree of a
 * large content needs no memory.
 */
import { Effect, type Scope } from "effect"
import { Hasher, PAIR_BYTES, toHex } from "../../bao/index.ts"
import type { StoreError } from "../../store/errors.ts"
import type { BlobError } from "./blob-reader.ts"
import { join } from "./bytes.ts"
import { type BlobPlace, type BlobTools, type BlobWriter, makeBlobWriter } from "./blob-writer.ts"
import { ROW_PAIRS_BYTES_MAX } from "./limits.ts"
import type { PairRun } from "./outboard.ts"

/** Stable pairs on their way to a row or a blob. */
export interface OutboardWriter {
  /** Adds pairs that follow those before; they must not change afterwards. */
  readonly write: (pairs: Uint8Array) => Effect.Effect<void, StoreError, Scope.Scope>
  /** Ends the collection: the run of pairs, the first of which is at position `first`, or nothing when there are none. */
  readonly finish: (first: number) => Effect.Effect<PairRun | undefined, BlobError>
}

/** Begins to collect. */
export const makeOutboardWriter = (place: BlobPlace, tools: BlobTools): OutboardWriter => {
  let held: Array<Uint8Array> = []
  let sizeBytes = 0
  let spill: { readonly blob: BlobWriter; readonly hasher: Hasher } | undefined

  const spilled = Effect.fnUntraced(function* (to: NonNullable<typeof spill>, pairs: Uint8Array) {
    to.hasher.update(pairs)
    yield* to.blob.write(pairs)
  })

  return {
    write: (pairs) => {
      sizeBytes += pairs.length
      if (spill !== undefined) return spilled(spill, pairs)
      if (pairs.length > 0) held.push(pairs)
      if (sizeBytes <= ROW_PAIRS_BYTES_MAX) return Effect.void
      return Effect.flatMap(makeBlobWriter(place, "obao", tools), (blob) => {
        spill = { blob, hasher: new Hasher() }
        const pairsSoFar = join(held)
        held = []
        return spilled(spill, pairsSoFar)
      })
    },
    finish: (first) => {
      const count = sizeBytes / PAIR_BYTES
      if (spill === undefined) return Effect.succeed(count === 0 ? undefined : { first, count, pairs: join(held) })
      return Effect.map(spill.blob.publish(toHex(spill.hasher.root())), (blob) => ({ first, count, blob }))
    }
  }
}
