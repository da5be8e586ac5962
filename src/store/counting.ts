/**
 * Counting what a store is asked for: the evidence for claims about requests and bytes (R9).
 */
import { Effect, Predicate, Stream } from "effect"
import type { Operation } from "./errors.ts"
import { intercept } from "./intercept.ts"
import type { Store } from "./ObjectStore.ts"

/** Requests of one operation, failed ones included, and the bytes they moved either way. */
export interface OperationCount {
  readonly requests: number
  readonly bytes: number
}

/** The counters of one store; operations that were never asked for are absent. */
export type Counts = Partial<Record<Operation, OperationCount>>

/** A store that counts, and its counters. */
export interface CountedStore {
  readonly store: Store
  /** The counters now. */
  readonly counts: () => Counts
  /** All requests so far. */
  readonly requests: () => number
  /** Begins again from nothing. */
  readonly reset: () => void
}

const sizeOf = (answer: unknown): number => (Predicate.isUint8Array(answer) ? answer.length : 0)

/** Wraps a store with counters. A stream or a list is one request; its bytes are counted as they arrive. */
export const countingStore = (store: Store): CountedStore => {
  let counts: Counts = {}
  const add = (operation: Operation, requests: number, bytes: number): void => {
    const before = counts[operation] ?? { requests: 0, bytes: 0 }
    counts = { ...counts, [operation]: { requests: before.requests + requests, bytes: before.bytes + bytes } }
  }
  const received =
    (operation: Operation) =>
    (answer: unknown): Effect.Effect<void> =>
      Effect.sync(() => add(operation, 0, sizeOf(answer)))
  return {
    counts: () => counts,
    requests: () => Object.values(counts).reduce((sum, { requests }) => sum + requests, 0),
    reset: () => {
      counts = {}
    },
    store: intercept(store, {
      one: ({ operation, sentBytes }, run) =>
        Effect.suspend(() => {
          add(operation, 1, sentBytes)
          return Effect.tap(run, received(operation))
        }),
      many: ({ operation }, run) =>
        Stream.suspend(() => {
          add(operation, 1, 0)
          return Stream.tap(run, received(operation))
        })
    })
  }
}
