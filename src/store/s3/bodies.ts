/**
 * Memory for large bodies of requests: a few buffers that are used again and again, so that what waits to be sent stays within bounds whatever
 * is sent at once (64 MiB for each store).
 */
import { Effect, Semaphore } from "effect"

/** An object that is not larger is sent by one request; a larger one in parts of so many bytes, or more where it would have too many. */
export const BODY_BYTES = 16 * 1024 * 1024
/** Large bodies on their way at the same time, of all objects of a store together. */
export const BODIES_AT_ONCE = 4

/** The buffers of one store. */
export class Bodies {
  readonly #gate = Semaphore.makeUnsafe(BODIES_AT_ONCE)
  readonly #free: Array<Uint8Array> = []

  /** Lends a buffer of exactly a size, with any bytes in it, while `use` runs; waits until one is free. */
  lend<A, E>(sizeBytes: number, use: (buffer: Uint8Array) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    const lent = Effect.acquireUseRelease(
      Effect.sync(() => {
        const free = this.#free.pop()
        return free !== undefined && free.length >= sizeBytes ? free : new Uint8Array(Math.max(sizeBytes, BODY_BYTES))
      }),
      (buffer) => use(buffer.subarray(0, sizeBytes)),
      (buffer) => Effect.sync(() => this.#free.push(buffer))
    )
    return this.#gate.withPermit(lent)
  }
}
