/**
 * Ponds for programs that are not written with Effect, or with another version of it: promises and async iterables.
 */
import { Effect, Exit, Cause, Option, Schema, Stream } from "effect"
import type {
  Committed,
  GlobMatch,
  Located,
  Node,
  OpenTransaction,
  ReadOptions,
  TransactionOptions
} from "../tinyfs/index.ts"
import { Transaction } from "../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "./pond.ts"

/** A filesystem to read from, with promises. */
export interface PromiseReader {
  stat(path: string): Promise<Node>
  exists(path: string): Promise<boolean>
  list(path: string): Promise<ReadonlyArray<Located>>
  glob(pattern: string): Promise<ReadonlyArray<GlobMatch>>
  read(path: string, options?: ReadOptions): AsyncIterable<Uint8Array>
  readBytes(path: string, options?: ReadOptions): Promise<Uint8Array>
  readText(path: string, options?: ReadOptions): Promise<string>
}

/** A transaction, with promises. */
export interface PromiseTransaction extends PromiseReader {
  write(path: string, bytes: Uint8Array | string): Promise<Node>
  append(path: string, bytes: Uint8Array | string): Promise<Node>
  mkdir(path: string): Promise<Node>
  move(from: string, to: string): Promise<Node>
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<number>
  symlink(target: string, path: string): Promise<Node>
}

/** An open pond, with promises. `close` it when done, or declare it with `await using`. */
export interface PromisePond extends AsyncDisposable {
  readonly url: string
  readonly id: string
  /** The newest state. */
  head(): Promise<PromiseReader & { readonly txn: number; readonly root: string }>
  /** The state after a transaction. */
  at(txn: number): Promise<PromiseReader & { readonly txn: number; readonly root: string }>
  /** Runs a function inside a transaction; when its promise rejects, nothing remains of it. Gives the number of the transaction, if one was made. */
  transaction<A>(
    program: (transaction: PromiseTransaction) => Promise<A>,
    options?: TransactionOptions
  ): Promise<{ readonly value: A; readonly txn: number | undefined }>
  /** Transactions from a number on, and those yet to come. */
  changes(fromTxn: number): AsyncIterable<Committed>
  close(): Promise<void>
}

/** What the program inside a transaction rejected with. Never leaves this module. */
class Rejected extends Schema.TaggedError<Rejected>()("Rejected", { cause: Schema.Unknown }) {}

/** Runs an effect; its typed error is what the promise rejects with. */
export const promise = async <A, E>(effect: Effect.Effect<A, E>): Promise<A> => {
  const exit = await Effect.runPromiseExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

const readerOf = (
  reader: Pick<Snapshot, "stat" | "exists" | "list" | "glob" | "read" | "readBytes" | "readText">
): PromiseReader => ({
  stat: (path) => promise(reader.stat(path)),
  exists: (path) => promise(reader.exists(path)),
  list: (path) => promise(reader.list(path)),
  glob: (pattern) => promise(reader.glob(pattern)),
  read: (path, options) => Stream.toAsyncIterable(reader.read(path, options)),
  readBytes: (path, options) => promise(reader.readBytes(path, options)),
  readText: (path, options) => promise(reader.readText(path, options))
})

const bytesOf = (bytes: Uint8Array | string): Uint8Array =>
  typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes

const transactionOf = (open: OpenTransaction): PromiseTransaction => ({
  ...readerOf(open),
  write: (path, bytes) => promise(open.write(path, bytesOf(bytes))),
  append: (path, bytes) => promise(open.append(path, bytesOf(bytes))),
  mkdir: (path) => promise(open.mkdir(path, { parents: true })),
  move: (from, to) => promise(open.move(from, to)),
  remove: (path, options) => promise(open.remove(path, options)),
  symlink: (target, path) => promise(open.symlink(target, path))
})

/** A pond with promises; `close` ends it. */
export const promisesOf = (pond: PondInterface, close: () => Promise<void>): PromisePond => {
  const snapshotOf = (snapshot: Snapshot) => ({
    ...readerOf(snapshot),
    txn: snapshot.view.txn,
    root: snapshot.view.root
  })
  return {
    url: pond.url,
    id: pond.id,
    head: async () => snapshotOf(await promise(pond.head)),
    at: async (txn) => snapshotOf(await promise(pond.at(txn))),
    transaction: async (program, options) => {
      // Whatever the program rejects with is what the caller's promise rejects with.
      const inside = Effect.flatMap(Transaction, (open) =>
        Effect.tryPromise({ try: () => program(transactionOf(open)), catch: (cause) => new Rejected({ cause }) })
      )
      const { committed, value } = await promise(pond.transaction(inside, options)).catch((error: unknown) => {
        throw error instanceof Rejected ? error.cause : error
      })
      return { value, txn: Option.getOrUndefined(committed)?.header.txn }
    },
    changes: (fromTxn) => Stream.toAsyncIterable(pond.changes(fromTxn)),
    close,
    [Symbol.asyncDispose]: close
  }
}
