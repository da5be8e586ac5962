/**
 * The reading side of a persistence: views at any txn, contents by rows, transactions page by page.
 */
import { Effect, Option, Stream } from "effect"
import {
  type ByteRange,
  type Committed,
  type Content,
  Damaged,
  headerHash,
  type NodeId,
  Pruned,
  prunedSpans,
  prunedWithin,
  type StorageError,
  TxnMissing,
  versionsOf
} from "../tinyfs/index.ts"
import type { BlobReader } from "./content/blob-reader.ts"
import { readContent } from "./content/read.ts"
import { contentOfRows } from "./content/rows.ts"
import type { StoredContent } from "./content/stored.ts"
import type { Engine } from "./engine.ts"
import { byTransaction, eventOf, eventsOf, headerOf, nodeOf } from "./event-row.ts"
import { inlineContents } from "./inline.ts"
import type { Row } from "./row.ts"
import type { EventValue } from "./slots.ts"
import type { Head } from "./state.ts"
import { PondView, readErrorOf } from "./view.ts"

/** Transactions that are read from the log at once. */
const PAGE_TXNS = 256

/** The transactions that whole rows of the log make. */
const committedIn = (pondId: string, rows: ReadonlyArray<Row>): ReadonlyArray<Committed> =>
  [...byTransaction(rows)].map((own) => {
    const header = headerOf(own[0]!)
    return { header, hash: headerHash(header, pondId), events: eventsOf(own, header.timeMicros) }
  })

/** The reading side of one open pond. */
export class Reading {
  readonly #engine: Engine
  readonly #blobs: BlobReader
  readonly #inline

  constructor(engine: Engine, blobs: BlobReader) {
    this.#engine = engine
    this.#blobs = blobs
    this.#inline = inlineContents(engine.store, () => engine.state.files)
  }

  readonly #failed = (operation: string) => (cause: unknown) => readErrorOf(this.#engine.store.url, operation, cause)

  /** The newest head, after a look for what others committed. */
  readonly newest = Effect.suspend(() =>
    Effect.mapBoth(this.#engine.refresh, {
      onFailure: this.#failed("looking for newer transactions"),
      onSuccess: ({ head }) => head
    })
  )

  /** The view after the transaction of a head. */
  viewAt(head: Head): PondView {
    const content = (rows: ReadonlyArray<EventValue>, version: number, range: ByteRange | undefined) => {
      const stored = this.contentOf(rows, version)
      if (stored instanceof Damaged) return Stream.fail(stored)
      const bytes = readContent(this.#blobs, stored, range)
      // The newest view knows by itself what was pruned; older ones forget it as well, whether maintenance has erased it or not.
      if (head.txn === this.#engine.state.head.txn) return bytes
      return Stream.unwrap(
        Effect.as(this.#requireKept(rows, version, range ?? { start: 0, end: stored.sizeBytes }), bytes)
      )
    }
    return new PondView({ url: this.#engine.store.url, namespace: this.#engine.namespaceAt(head.txn), content }, head)
  }

  /** Fails when some of the bytes that an older view asks for were pruned since. */
  #requireKept(rows: ReadonlyArray<EventValue>, version: number, range: ByteRange) {
    return Effect.gen({ self: this }, function* () {
      const node = rows[0]!.row.node_id as NodeId
      const newest = (yield* this.viewAt(this.#engine.state.head).rows(node)).findLast(
        ({ row }) => row.kind !== "extent"
      )
      const { attributes, name, type } = nodeOf(newest!.row, newest!.timeMicros)
      if (prunedSpans(attributes).length === 0) return
      const events = rows
        .filter(({ row }) => row.kind !== "extent")
        .map(({ row, timeMicros }) => eventOf(row, timeMicros))
      const gone = prunedWithin(versionsOf(events, attributes), type, version, range)
      if (gone !== undefined) return yield* new Pruned({ node, path: name, version: gone.version })
    })
  }

  /** The content of a version, from all rows of its node; or what is wrong with them. */
  contentOf(rows: ReadonlyArray<EventValue>, version: number): StoredContent | Damaged {
    const plain = rows.map(({ row }) => row)
    const named = plain.findLast(({ kind }) => kind !== "extent")
    return contentOfRows({ node: named?.node_id ?? "", path: named?.name ?? "", version }, plain, this.#inline)
  }

  /** The content that a node has at the head. */
  storedOf(node: NodeId, { version }: Content): Effect.Effect<StoredContent, StorageError> {
    return Effect.flatMap(this.viewAt(this.#engine.state.head).rows(node), (rows) => {
      const stored = this.contentOf(rows, version)
      return stored instanceof Damaged ? Effect.fail(stored) : Effect.succeed(stored)
    })
  }

  /** The head as it was after a txn. */
  headAt(txn: number): Effect.Effect<Head, StorageError | TxnMissing> {
    const { head } = this.#engine.state
    if (txn === head.txn) return Effect.succeed(head)
    const { url } = this.#engine.store
    return this.#engine.headAt(txn).pipe(
      Effect.mapError(this.#failed("looking up a transaction")),
      Effect.filterOrFail(
        (found) => found !== undefined,
        () => new TxnMissing({ url, requested: `txn ${txn}`, newest: head.txn })
      )
    )
  }

  /** The newest head that is not younger than a time. */
  headAtTime(timeMicros: number): Effect.Effect<Head, StorageError | TxnMissing> {
    return Effect.gen({ self: this }, function* () {
      const { txn: newest } = yield* this.newest
      let low = 0
      let high = newest
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if ((yield* this.headAt(middle)).timeMicros <= timeMicros) low = middle
        else high = middle - 1
      }
      if (low > 0) return yield* this.headAt(low)
      const requested = "transaction as old as that"
      return yield* new TxnMissing({ url: this.#engine.store.url, requested, newest })
    })
  }

  #page(first: number, last: number) {
    return Effect.map(Effect.mapError(this.#engine.rowsBetween(first, last), this.#failed("reading the log")), (rows) =>
      committedIn(this.#engine.state.pondId, rows)
    )
  }

  /** Transactions from a number up to the newest, oldest first. */
  forwards(fromTxn: number): Stream.Stream<Committed, StorageError> {
    const pages = (newest: number) =>
      Stream.paginate(Math.max(1, fromTxn), (first) =>
        Effect.map(this.#page(first, Math.min(newest, first + PAGE_TXNS - 1)), (all) => {
          const next = first + PAGE_TXNS
          return [all, next <= newest ? Option.some(next) : Option.none<number>()] as const
        })
      )
    return Stream.unwrap(Effect.map(this.newest, ({ txn }) => pages(txn)))
  }

  /** Transactions from a number, or the newest, down to the first. */
  backwards(toTxn = Number.MAX_SAFE_INTEGER): Stream.Stream<Committed, StorageError> {
    const pages = (newest: number) =>
      Stream.paginate(Math.min(toTxn, newest), (last) => {
        const first = Math.max(1, last - PAGE_TXNS + 1)
        return Effect.map(this.#page(first, last), (all) => {
          return [all.toReversed(), first > 1 ? Option.some(first - 1) : Option.none<number>()] as const
        })
      })
    return Stream.unwrap(Effect.map(this.newest, ({ txn }) => pages(txn)))
  }
}
