/**
 * A view of a pond after one transaction: names and histories from the index and the tail, contents from data files and blobs.
 */
import { type Context, Effect, Option, Stream } from "effect"
import {
  type ByteRange,
  Damaged,
  type Event,
  type Node,
  type NodeId,
  PersistenceFailed,
  type StorageError,
  ROOT,
  ROOT_ID,
  type View,
  VersionMissing,
  type Pruned
} from "../tinyfs/index.ts"
import { eventOf } from "./event-row.ts"
import type { AskNamespace, Namespace } from "./namespace.ts"
import type { EventValue } from "./slots.ts"
import type { Head } from "./state.ts"

/** What a view needs of its pond. */
export interface Reading {
  readonly url: string
  /** The namespace of the view. */
  readonly namespace: AskNamespace
  /** Streams the verified bytes of one version of a node, given its rows. */
  content(
    rows: ReadonlyArray<EventValue>,
    version: number,
    range: ByteRange | undefined
  ): Stream.Stream<Uint8Array, StorageError | Pruned>
}

/** Failures of derived objects: the index is not believed then, and made anew from the data files (R6). */
const DERIVED: ReadonlySet<string> = new Set(["ObjectDamaged", "ObjectMissing"])

const isDerivedDamage = (cause: unknown): boolean =>
  cause instanceof Error && (!("_tag" in cause) || DERIVED.has(String(cause._tag)))

/** What a failure of something below means for a reader of the filesystem. */
export const readErrorOf = (url: string, operation: string, cause: unknown): StorageError => {
  if (cause instanceof Damaged || cause instanceof PersistenceFailed) return cause
  if (cause instanceof Error && "_tag" in cause && (cause._tag === "ObjectDamaged" || cause._tag === "ObjectMissing")) {
    return new Damaged({ subject: url, version: null, start: null, end: null, why: cause.message })
  }
  return new PersistenceFailed({ operation, url, cause })
}

/** The view of a pond after the transaction of `head`. */
export class PondView implements View {
  readonly txn: number
  readonly chain: string
  readonly root: string
  readonly timeMicros: number
  readonly #reading: Reading

  constructor(reading: Reading, head: Head) {
    this.#reading = reading
    this.txn = head.txn
    this.chain = head.chain
    this.root = head.root
    this.timeMicros = head.timeMicros
  }

  node(id: NodeId): Effect.Effect<Option.Option<Node>, StorageError> {
    return this.#ask("looking up a node", async (namespace) => {
      const node = await namespace.node(id)
      return Option.fromUndefinedOr(node ?? (id === ROOT_ID ? ROOT : undefined))
    })
  }

  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, StorageError> {
    return this.#ask("looking up a name", async (namespace) =>
      Option.fromUndefinedOr(await namespace.child(parentId, name))
    )
  }

  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, StorageError> {
    return this.#ask("listing a directory", (namespace) => namespace.children(parentId))
  }

  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, StorageError> {
    return Effect.map(this.rows(id), (rows) =>
      rows.filter(({ row }) => row.kind !== "extent").map(({ row, timeMicros }) => eventOf(row, timeMicros))
    )
  }

  /** All rows of a node up to this view, further extents included, oldest first. */
  rows(id: NodeId): Effect.Effect<ReadonlyArray<EventValue>, StorageError> {
    return this.#ask("reading a node's history", (namespace) => namespace.rows(id))
  }

  read(
    id: NodeId,
    version: number,
    range?: ByteRange
  ): Stream.Stream<Uint8Array, StorageError | Pruned | VersionMissing> {
    return Stream.unwrap(
      Effect.flatMap(this.rows(id), (rows) =>
        rows.some(({ row }) => row.version === version)
          ? Effect.succeed(this.#reading.content(rows, version, range))
          : Effect.fail(new VersionMissing({ node: id, path: rows[rows.length - 1]?.row.name ?? id, version }))
      )
    )
  }

  #ask<A>(operation: string, question: (namespace: Namespace) => Promise<A>): Effect.Effect<A, StorageError> {
    return Effect.contextWith((context: Context.Context<never>) =>
      Effect.tryPromise({
        try: async () => {
          try {
            return await question(await this.#reading.namespace(false, context))
          } catch (cause) {
            if (!isDerivedDamage(cause)) throw cause
            return await question(await this.#reading.namespace(true, context))
          }
        },
        catch: (cause) => readErrorOf(this.#reading.url, operation, cause)
      })
    )
  }
}
