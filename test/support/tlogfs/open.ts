/**
 * Ponds in memory for tests that look at one thing.
 */
import { Effect } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { type OpenTransaction, Transaction } from "../../../src/tinyfs/index.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"

/** A new, empty pond in memory. */
export const emptyPond = Effect.suspend(() => openAt(memoryStore(), true, undefined))

/** Runs a function of the open transaction inside one. */
export const within = <A, E, R>(pond: PondInterface, program: (open: OpenTransaction) => Effect.Effect<A, E, R>) =>
  pond.transaction(Effect.flatMap(Transaction, program))

/** What an effect fails with: tag and message. */
export const failureOf = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<string, A, R> => Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

/** The bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
