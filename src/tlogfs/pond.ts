/**
 * A pond: the service that programs use. Reading at any transaction, changing it in transactions, following what changes.
 */
import { Context, Effect, Layer, Schedule, type Scope, Stream } from "effect"
import { join } from "node:path"
import type { Store } from "../store/ObjectStore.ts"
import { localStore } from "../store/local/store.ts"
import { memoryStore } from "../store/memory/store.ts"
import {
  type Committed,
  type LeaveOut,
  type Persistence,
  Reader,
  type ReadError,
  readTransaction,
  runTransaction,
  type Transaction,
  type TransactionConflict,
  type TransactionOptions,
  type TransactionOutcome,
  type TxnMissing,
  type View,
  type WriterConflict
} from "../tinyfs/index.ts"
import { createPond } from "./create.ts"
import type { ImportPlaces } from "./imports/places.ts"
import { Imports } from "./imports/imports.ts"
import { type LockFailed, type PondLocked, writerLock } from "./lock.ts"
import { openPersistence } from "./persistence.ts"

/** A filesystem as it was after one transaction. */
export class Snapshot extends Reader {
  readonly view: View

  constructor(view: View, leaveOut?: LeaveOut) {
    super(view, leaveOut)
    this.view = view
  }
}

/** What a commit can fail with, beyond what its program can. */
export type CommitFailure = TransactionConflict | WriterConflict | PondLocked | LockFailed | ReadError

/** How long a writer waits for another one on this machine. */
const LOCK_WAIT_MS = 30_000

/** How often `changes` looks for new transactions. */
const FOLLOW_EVERY = "200 millis"

/** An open pond. */
export interface PondInterface {
  readonly url: string
  readonly id: string
  /** The newest state. */
  readonly head: Effect.Effect<Snapshot, ReadError>
  /** The state after a transaction. */
  at(txn: number): Effect.Effect<Snapshot, ReadError | TxnMissing>
  /** The newest state that is not younger than a time, in microseconds since 1970 UTC. */
  atTime(timeMicros: number): Effect.Effect<Snapshot, ReadError | TxnMissing>
  /** Runs a program inside a transaction, which is committed when the program succeeds; otherwise nothing remains of it (R2). */
  transaction<A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: TransactionOptions
  ): Effect.Effect<TransactionOutcome<A>, E | CommitFailure, Exclude<R, Transaction>>
  /** Runs a program that only reads inside a transaction: nothing is committed, and nothing locked. */
  reading<A, E, R>(
    program: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | ReadError | WriterConflict, Exclude<R, Transaction>>
  /** Runs a program while no other writer of this machine changes the pond: for what changes it past transactions, as pulling does. */
  exclusively<A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E | PondLocked | LockFailed, R>
  /** Transactions from a number on, oldest first; goes on with those that are yet to come. */
  changes(fromTxn: number): Stream.Stream<Committed, ReadError>
  /** Transactions up to a number, newest first. */
  log(toTxn?: number): Stream.Stream<Committed, ReadError>
}

/** The pond that a program works with. */
export class Pond extends Context.Service<Pond, PondInterface>()("pond/tlogfs/Pond") {
  /** Opens the pond in a directory, `<directory>/data`; with `create` it is made if there is none. */
  static readonly layer = (options: { readonly url: string; readonly create?: boolean }) =>
    Layer.effect(
      Pond,
      openAt(localStore(join(options.url, "data")), options.create === true, join(options.url, "control"), undefined, {
        control: localStore(join(options.url, "control")),
        reach: {}
      })
    )

  /** A new, empty pond in memory. */
  static readonly layerMemory = Layer.effect(
    Pond,
    Effect.suspend(() => openAt(memoryStore(), true, undefined))
  )
}

/**
 * Opens the pond in a store; `control` is the directory of its lock, where it has one, which writers wait for `lockWaitMs`. What is read
 * of its imports is kept in `importing`, otherwise in memory.
 */
export const openAt = Effect.fn("Pond.open")(function* (
  store: Store,
  isCreating: boolean,
  control: string | undefined,
  lockWaitMs?: number,
  importing: Omit<ImportPlaces, "data"> = { control: memoryStore(), reach: {} }
) {
  if (isCreating) yield* createPond(store).pipe(Effect.catchTag("PondExists", () => Effect.void))
  const persistence = yield* openPersistence(store)
  // Who serves a pond that cannot be written wrote it, and need not be whoever reads it.
  const { readOnly, remote } = store.capabilities
  const through = readOnly && remote ? { url: store.url } : undefined
  const imports = new Imports({ data: store, ...importing }, persistence.pondId, undefined, through)
  return pondOf(persistence, control, lockWaitMs, imports)
})

/** The pond over a persistence; without `imports` its mounts are nodes like others. */
export const pondOf = (
  persistence: Persistence["Service"],
  control: string | undefined,
  lockWaitMs = LOCK_WAIT_MS,
  imports?: Imports
): PondInterface => {
  const snapshot = (view: View): Snapshot =>
    imports === undefined ? new Snapshot(view) : new Snapshot(imports.over(view), imports.leaveOut)
  const lock: Effect.Effect<void, PondLocked | LockFailed, Scope.Scope> =
    control === undefined ? Effect.void : writerLock(control, lockWaitMs)

  const transaction = <A, E, R>(program: Effect.Effect<A, E, R>, options?: TransactionOptions) =>
    Effect.scoped(Effect.andThen(lock, runTransaction(persistence, program, options)))

  return Pond.of({
    url: persistence.url,
    id: persistence.pondId,
    head: Effect.map(persistence.head, snapshot),
    at: (txn) => Effect.map(persistence.at(txn), snapshot),
    atTime: (timeMicros) => Effect.map(persistence.atTime(timeMicros), snapshot),
    transaction,
    reading: <A, E, R>(program: Effect.Effect<A, E, R>) =>
      readTransaction(persistence, program) as Effect.Effect<
        A,
        E | ReadError | WriterConflict,
        Exclude<R, Transaction>
      >,
    exclusively: (program) => Effect.scoped(Effect.andThen(lock, program)),
    log: (toTxn) => persistence.transactionsBackwards(toTxn),
    changes: (fromTxn) =>
      Stream.suspend(() => {
        let next = fromTxn
        const known = Stream.suspend(() => persistence.transactions(next)).pipe(
          Stream.filter(({ header }) => header.txn >= next),
          Stream.tap(({ header }) => Effect.sync(() => (next = header.txn + 1)))
        )
        return Stream.repeat(known, Schedule.spaced(FOLLOW_EVERY))
      })
  })
}
