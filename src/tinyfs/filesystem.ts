/**
 * Running a program in a transaction over a persistence (R2): it sees the newest state and its own changes, and they
 * are committed together when it succeeds. When it fails or is interrupted, nothing remains.
 */
import { Effect, Option } from "effect"
import { Overlay } from "./overlay.ts"
import type { Committed, Persistence } from "./persistence.ts"
import { OpenTransaction, Transaction } from "./transaction.ts"

/** Who commits, and what was asked for: both are kept in the history, so nothing secret belongs into them. */
export interface TransactionOptions {
  readonly author?: string
  /** The command and its validated paths, as text or plain data. */
  readonly request?: string
}

/** What came of a transaction: its value, and the commit unless nothing was changed. */
export interface TransactionOutcome<A> {
  readonly value: A
  readonly committed: Option.Option<Committed>
}

/**
 * Runs a program in a transaction. A program that changes nothing makes none. Fails with `TransactionConflict` when
 * somebody else changed what it rests on: it may then be run again, as often as the caller likes.
 */
export const runTransaction = Effect.fnUntraced(
  function* <A, E, R>(
    persistence: Persistence["Service"],
    program: Effect.Effect<A, E, R>,
    { author = "", request = "" }: TransactionOptions = {}
  ) {
    const overlay = new Overlay(yield* persistence.head)
    const open = new OpenTransaction(overlay, yield* persistence.contents)
    const value = yield* Effect.provideService(program, Transaction, open)
    yield* overlay.end
    const { base, changes, reads } = overlay
    if (changes.length === 0) return { value, committed: Option.none() } satisfies TransactionOutcome<A>
    const committed = Option.some(yield* persistence.commit({ base, changes, reads, author, request }))
    return { value, committed } satisfies TransactionOutcome<A>
  },
  Effect.scoped,
  // Making a stack trace would cost a twentieth of a small commit.
  Effect.withSpan("tinyfs.runTransaction", undefined, { captureStackTrace: false })
)

/** Runs a program that reads, inside a transaction that nobody commits: one that changes something is a bug of its caller. */
export const readTransaction = Effect.fn("tinyfs.readTransaction")(function* <A, E, R>(
  persistence: Persistence["Service"],
  program: Effect.Effect<A, E, R>
) {
  const overlay = new Overlay(yield* persistence.head)
  const open = new OpenTransaction(overlay, yield* persistence.contents)
  const value = yield* Effect.provideService(program, Transaction, open)
  yield* overlay.end
  return overlay.changes.length === 0
    ? value
    : yield* Effect.die(new Error("a program that only reads changed the pond"))
}, Effect.scoped)
