/**
 * Comparing the stored pairs of a content's tree with those that its bytes make.
 */
import { Effect } from "effect"
import { Hasher, PAIR_BYTES, sameHash, toHex } from "../../../bao/index.ts"
import type { Damaged, PersistenceFailed } from "../../../tinyfs/index.ts"
import { parseBlobName } from "../blob.ts"
import { damageOf } from "../failure.ts"
import type { ContentIdentity } from "../stored.ts"
import type { ContentTree, FetchedPairs } from "../tree.ts"

/** Takes the pairs that bytes make, in order, and notes where the stored ones differ. */
export class PairCheck {
  /** What is wrong with the stored tree. */
  readonly damages: Array<Damaged> = []
  readonly #tree: ContentTree
  readonly #identity: ContentIdentity
  #position = 0
  /** Positions [start, end) of the stretch of wrong pairs that may go on. */
  #wrong: { readonly start: number; end: number } | undefined
  #blob: { readonly name: string; readonly hasher: Hasher } | undefined

  constructor(tree: ContentTree, identity: ContentIdentity) {
    this.#tree = tree
    this.#identity = identity
  }

  /** Compares the next pairs. Damage is noted; only a store that fails is a failure. */
  check(expected: Uint8Array): Effect.Effect<void, PersistenceFailed> {
    const start = this.#position
    const end = start + expected.length / PAIR_BYTES
    this.#position = end
    if (start === end) return Effect.void
    return this.#tree.stableRuns({ start, end }).pipe(
      Effect.map((fetched) => this.#compare(expected, start, fetched)),
      Effect.catchTag("Damaged", (damaged) => Effect.sync(() => void this.damages.push(damaged)))
    )
  }

  /** Ends the comparison with the values of the loose groups. */
  finish(expected: Uint8Array, stored: Uint8Array): void {
    this.#endStretch()
    if (!sameHash(expected, stored)) {
      const why = `the chaining values of its last groups are ${toHex(stored)} in its row, and ${toHex(expected)} by its bytes`
      this.damages.push(damageOf(this.#identity, null, why))
    }
  }

  #compare(expected: Uint8Array, start: number, fetched: ReadonlyArray<FetchedPairs>): void {
    let at = 0
    for (const { bytes, first, run } of fetched) {
      this.#note(start + at / PAIR_BYTES, first)
      at = (first - start) * PAIR_BYTES
      this.#compareRun(expected.subarray(at, at + bytes.length), first, bytes)
      at += bytes.length
      if ("blob" in run) this.#hashBlob(run.blob, bytes, first + bytes.length / PAIR_BYTES === run.first + run.count)
    }
    this.#note(start + at / PAIR_BYTES, start + expected.length / PAIR_BYTES)
  }

  #compareRun(expected: Uint8Array, first: number, bytes: Uint8Array): void {
    if (sameHash(expected, bytes)) return
    for (let at = 0; at < bytes.length; at += PAIR_BYTES) {
      const position = first + at / PAIR_BYTES
      const isRight = sameHash(expected.subarray(at, at + PAIR_BYTES), bytes.subarray(at, at + PAIR_BYTES))
      if (!isRight) this.#note(position, position + 1)
    }
  }

  /** Notes pairs [start, end) as missing or wrong; neighbouring stretches are one damage. */
  #note(start: number, end: number): void {
    if (start >= end) return
    if (this.#wrong !== undefined && this.#wrong.end === start) {
      this.#wrong.end = end
      return
    }
    this.#endStretch()
    this.#wrong = { start, end }
  }

  #endStretch(): void {
    if (this.#wrong === undefined) return
    const { end, start } = this.#wrong
    this.#wrong = undefined
    const why = `pairs ${start} to ${end} of its hash tree are not those of its bytes, which are sound`
    this.damages.push(damageOf(this.#identity, null, why))
  }

  /** The name of a blob with pairs is their hash. */
  #hashBlob(name: string, bytes: Uint8Array, isLast: boolean): void {
    if (this.#blob?.name !== name) this.#blob = { name, hasher: new Hasher() }
    this.#blob.hasher.update(bytes)
    if (!isLast) return
    const hash = toHex(this.#blob.hasher.root())
    this.#blob = undefined
    if (hash === parseBlobName(name)?.hash) return
    this.damages.push(damageOf(this.#identity, null, `the blob ${name} with its hash tree hashes to ${hash}`))
  }
}
