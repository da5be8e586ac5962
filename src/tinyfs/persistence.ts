/**
 * What the filesystem needs from below: snapshots to read, staged contents, one atomic commit.
 *
 * `memory.ts` implements it in memory, `tlogfs` over a Delta table. Everything above sees the same answers from both
 * (one conformance suite). Keeps R2 (atomic, ordered), R4 (checked reads) and R7 (root and chain from content alone).
 */
import { Context, type Effect, type Option, type Scope, type Stream } from "effect"
import type {
  Damaged,
  ImportUnavailable,
  TransactionConflict,
  Pruned,
  PersistenceFailed,
  VersionMissing,
  TxnMissing
} from "./errors.ts"
import type { Event, Header } from "./event.ts"
import type { Content, Node, NodeId } from "./node.ts"

/** What reading what a pond itself holds can fail with: damage that was detected, or the storage below. */
export type StorageError = Damaged | PersistenceFailed

/** What any read can fail with: also another pond, whose tree is imported. */
export type ReadError = StorageError | ImportUnavailable

/** A half-open range of bytes, [start, end). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** The namespace and contents after one transaction: immutable, cheap to hold. */
export interface View {
  readonly txn: number
  /** Header hash of that transaction (the genesis at txn 0), hex. */
  readonly chain: string
  /** Root hash of the namespace, hex. */
  readonly root: string
  readonly timeMicros: number
  /** The live node with this id. */
  node(id: NodeId): Effect.Effect<Option.Option<Node>, ReadError>
  /** The live node in this slot. */
  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, ReadError>
  /** All live nodes of a directory, sorted by the UTF-8 bytes of their names. */
  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError>
  /** Every event of a node up to this view, oldest first; also of a node that was removed. */
  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError>
  /**
   * The bytes of a node's content at a version, each checked before it is given out (R4). Of a table series: of that
   * one version. `range` must lie in the content.
   */
  read(id: NodeId, version: number, range?: ByteRange): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing>
}

/** Content that was handed over and waits for a commit: where its bytes are is the persistence's own business. */
export interface Staged {
  /** The node's content after the event. */
  readonly content: Content
  /** Reads the staged bytes back (of an append: the whole content), for reads inside the same transaction. */
  read(range?: ByteRange): Stream.Stream<Uint8Array, ReadError>
}

/**
 * Takes the bytes of one content. Closing its scope without `finish` leaves nothing behind; what was finished outlives
 * it.
 */
export interface ContentWriter {
  /** Adds bytes at the end. The caller may use them again afterwards. */
  write(bytes: Uint8Array): Effect.Effect<void, ReadError>
  /** Ends the content. No `write` may follow. */
  readonly finish: Effect.Effect<Staged, ReadError>
}

/** The contents of one transaction. */
export interface Contents {
  /**
   * Starts the next content of a node; without `base` the first one. `append` and `add-version` go on from what the
   * node holds: from `staged` where the transaction staged something for it already, whose content `base` then has.
   */
  open(mode: StageMode, base?: Node, staged?: Staged): Effect.Effect<ContentWriter, ReadError | Pruned, Scope.Scope>
}

/** How the bytes of a writer relate to what the node holds already. */
export type StageMode = "replace" | "append" | "add-version"

/** A slot of a directory: a name in it. */
export interface Slot {
  readonly parentId: NodeId
  readonly name: string
}

/**
 * What a transaction looked at: if somebody else changed any of it meanwhile, it must not commit. What was found in a
 * slot or a listing is among the nodes as well, so that the new states in others' events tell whether they left a slot
 * or listing (`collision`).
 */
export interface Reads {
  /** Nodes whose state or content influenced the transaction. */
  readonly nodes: ReadonlySet<NodeId>
  /** Slots that were looked up, found or not, as `slotKey`. */
  readonly slots: ReadonlySet<string>
  /** Directories that were listed. */
  readonly listings: ReadonlySet<NodeId>
}

/** The key of a slot in `Reads.slots`. */
export const slotKey = (parentId: NodeId, name: string): string => `${parentId}/${name}`

/** One event with, where it has content, what was staged. `event.node.txn`/`timeMicros` are set by the commit. */
export interface Change {
  readonly event: Event
  readonly staged?: Staged
}

/** A transaction that is ready to be committed on top of `base`. */
export interface Draft {
  readonly base: View
  readonly changes: ReadonlyArray<Change>
  readonly reads: Reads
  readonly author: string
  /** Canonical JSON of what was asked for: command and validated paths, nothing secret. */
  readonly request: string
}

/** A committed transaction with its events. */
export interface Committed {
  readonly header: Header
  readonly hash: string
  readonly events: ReadonlyArray<Event>
}

/** Storage of a filesystem's history and contents. */
export class Persistence extends Context.Service<
  Persistence,
  {
    /** Where it is, for messages; without secrets. */
    readonly url: string
    /** Identity of the pond, a UUID. */
    readonly pondId: string
    /** The newest view; looks for what others committed. */
    readonly head: Effect.Effect<View, ReadError>
    /** The view after a transaction. */
    at(txn: number): Effect.Effect<View, ReadError | TxnMissing>
    /** The newest view whose time is not after this one. */
    atTime(timeMicros: number): Effect.Effect<View, ReadError | TxnMissing>
    /** Begins the contents of one transaction: what they share lives in the scope. */
    readonly contents: Effect.Effect<Contents, ReadError, Scope.Scope>
    /** Makes the draft the next transaction, rebasing it over others' that do not concern it (R2, R3). */
    commit(draft: Draft): Effect.Effect<Committed, TransactionConflict | ReadError>
    /** Transactions from a number on, oldest first, up to the newest at the time of the call. */
    transactions(fromTxn: number): Stream.Stream<Committed, ReadError>
    /** Transactions up to a number, newest first: what `pond log` shows. */
    transactionsBackwards(toTxn?: number): Stream.Stream<Committed, ReadError>
  }
>()("pond/tinyfs/Persistence") {}
