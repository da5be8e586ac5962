/**
 * Checking the hashes that a content had when it was shorter, while its bytes pass.
 */
import { type OutboardBuilder, toHex } from "../../../bao/index.ts"
import type { Span } from "../seekable.ts"

/** The beginning of a content that was all of it once. */
export interface Prefix {
  readonly version: number
  readonly sizeBytes: number
  /** BLAKE3, hex. */
  readonly hash: string
}

/** Compares prefixes, the shortest first, with what a builder has hashed. */
export class PrefixCheck {
  /** Prefixes that have another hash. */
  readonly wrong: Array<Prefix> = []
  readonly #prefixes: ReadonlyArray<Prefix>
  readonly #builder: OutboardBuilder
  #next = 0

  constructor(prefixes: ReadonlyArray<Prefix>, builder: OutboardBuilder) {
    this.#prefixes = prefixes
    this.#builder = builder
  }

  /** Whether a prefix ends in a span, or with it: then its bytes are needed. */
  endIn({ end, start }: Span): boolean {
    let low = 0
    let high = this.#prefixes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#prefixes[middle]!.sizeBytes <= start) low = middle + 1
      else high = middle
    }
    return low < this.#prefixes.length && this.#prefixes[low]!.sizeBytes <= end
  }

  /** Cuts the next bytes where prefixes end. */
  *cut(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length;) {
      const { sizeBytes } = this.#builder
      const next = this.#prefixes[this.#next]?.sizeBytes ?? Number.POSITIVE_INFINITY
      const part =
        next > sizeBytes ? bytes.subarray(at, at + Math.min(bytes.length - at, next - sizeBytes)) : bytes.subarray(at)
      at += part.length
      yield part
    }
  }

  /** Compares the prefixes that end where the builder is. */
  settle(): void {
    const { sizeBytes } = this.#builder
    for (; this.#prefixes[this.#next]?.sizeBytes === sizeBytes; this.#next++) {
      const prefix = this.#prefixes[this.#next]!
      if (toHex(this.#builder.root()) !== prefix.hash) this.wrong.push(prefix)
    }
  }

  /** All bytes have passed: prefixes that ended nowhere are wrong. */
  finish(): void {
    this.wrong.push(...this.#prefixes.slice(this.#next))
    this.#next = this.#prefixes.length
  }
}
