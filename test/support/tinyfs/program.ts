/**
 * Short ways to work with a persistence in tests.
 */
import { Effect, Option, Stream } from "effect"
import {
  type Committed,
  type OpenTransaction,
  Persistence,
  Reader,
  runTransaction,
  Transaction,
  type TransactionOptions
} from "../../../src/tinyfs/index.ts"

/** The UTF-8 bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Runs a program in a transaction; gives its value and the commit. */
export const within = <A, E, R>(
  program: (open: OpenTransaction) => Effect.Effect<A, E, R>,
  options?: TransactionOptions
) => Persistence.use((persistence) => runTransaction(persistence, Effect.flatMap(Transaction, program), options))

/** Runs a program in a transaction that must change something; gives the commit. */
export const committing = <A, E, R>(
  program: (open: OpenTransaction) => Effect.Effect<A, E, R>,
  options?: TransactionOptions
) => Effect.map(within(program, options), ({ committed }): Committed => Option.getOrThrow(committed))

/** A reader of the newest state. */
export const newest = Persistence.use(({ head }) => Effect.map(head, (view) => new Reader(view)))

/** All bytes of a stream. */
export const all = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Stream.mkUint8Array(stream)

/** Bytes that look like nothing, always the same. */
export const noise = (sizeBytes: number, seed = 1): Uint8Array => {
  const made = new Uint8Array(sizeBytes)
  let state = seed
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    made[at] = state >>> 16
  }
  return made
}
