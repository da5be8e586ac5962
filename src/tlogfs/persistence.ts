/**
 * The persistence of a filesystem in a store: the engine for names and history, `content/` for bytes.
 */
import { Effect, Option, Stream } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import {
  type Change,
  type Committed,
  type Content,
  Damaged,
  type Draft,
  type Node,
  type NodeId,
  Persistence,
  type ReadError,
  TxnMissing,
  type View
} from "../tinyfs/index.ts"
import { makeBlobReader } from "./content/blob-reader.ts"
import { type ContentLimits, DEFAULT_LIMITS } from "./content/limits.ts"
import { regenerateBlob } from "./content/blob-writer.ts"
import { makeBatch } from "./content/packs.ts"
import { readContent } from "./content/read.ts"
import { contentOfRows } from "./content/rows.ts"
import { type AppendState, type Base, stageContent, type StagedContent } from "./content/writer.ts"
import { Engine } from "./engine.ts"
import { headerHash } from "../tinyfs/index.ts"
import { eventOf, headerOf } from "./event-row.ts"
import { inlineContents } from "./inline.ts"
import type { Physical, Row } from "./row.ts"
import type { EventValue } from "./slots.ts"
import { condemnedBlobs } from "./vacuum.ts"
import { PondView, readErrorOf } from "./view.ts"

/** Contents whose state is kept between commits, so that appending reads nothing: about 18 KiB each. */
const APPEND_STATES_KEPT = 256

/** A transaction as the rows of the log tell it. */
const committedOf = (pondId: string, rows: ReadonlyArray<Row>): Committed => {
  const header = headerOf(rows[0]!)
  const events = rows
    .filter(({ kind, op }) => op > 0 && kind !== "extent")
    .map((row) => eventOf(row, header.timeMicros))
  return { header, hash: headerHash(header, pondId), events }
}

const byTransaction = (pondId: string, rows: ReadonlyArray<Row>): ReadonlyArray<Committed> => {
  const all: Array<Committed> = []
  for (let at = 0; at < rows.length;) {
    let end = at + 1
    while (end < rows.length && rows[end]!.txn === rows[at]!.txn) end += 1
    all.push(committedOf(pondId, rows.slice(at, end)))
    at = end
  }
  return all
}

/** Transactions that are read from the log at once. */
const PAGE_TXNS = 256

/** Opens the persistence of the pond in a store. */
export const openPersistence = Effect.fn("tlogfs.openPersistence")(function* (
  store: Store,
  limits: ContentLimits = DEFAULT_LIMITS
) {
  const blobs = yield* makeBlobReader(store)
  const states = new Map<NodeId, AppendState>()
  const engine = yield* Engine.open(store)
  const inline = inlineContents(store, () => engine.state.files)
  const failed = (operation: string) => (cause: unknown) => readErrorOf(store.url, operation, cause)

  const contentOf = (rows: ReadonlyArray<EventValue>, version: number) => {
    const plain = rows.map(({ row }) => row)
    const named = plain.findLast(({ kind }) => kind !== "extent")
    const identity = { node: named?.node_id ?? "", path: named?.name ?? "", version }
    return contentOfRows(identity, plain, inline)
  }

  const reading = {
    url: store.url,
    content: (rows: ReadonlyArray<EventValue>, version: number, range: { start: number; end: number } | undefined) => {
      const stored = contentOf(rows, version)
      return stored instanceof Damaged ? Stream.fail(stored) : readContent(blobs, stored, range)
    }
  }
  const viewAt = (head: Engine["state"]["head"]) =>
    new PondView({ ...reading, namespace: engine.namespaceAt(head.txn) }, head)

  const storedOf = (view: PondView, node: NodeId, { version }: Content) =>
    Effect.flatMap(view.rows(node), (rows) => {
      const stored = contentOf(rows, version)
      return stored instanceof Damaged ? Effect.fail(stored) : Effect.succeed(stored)
    })

  const contents = Effect.gen(function* () {
    const condemned = condemnedBlobs(engine.state.table)
    const batch = yield* makeBatch({ store, isCondemned: (blob) => condemned.has(blob) }, limits)
    return {
      open: (mode: "replace" | "append" | "add-version", base?: Node) => {
        const view = viewAt(engine.state.head)
        const subject = { node: base?.id ?? "new", path: base?.name ?? "new" }
        const known: Base | undefined =
          base?.content === undefined
            ? undefined
            : { content: base.content, state: states.get(base.id), stored: storedOf(view, base.id, base.content) }
        return stageContent(blobs, batch, { mode, subject, base: known })
      }
    }
  })

  /** What vacuum condemned since it was staged is stored again under another name. */
  const regenerated = Effect.fnUntraced(function* (columns: Physical) {
    const condemned = condemnedBlobs(engine.state.table)
    const place = { store, isCondemned: (blob: string) => condemned.has(blob) }
    const again = (blob: string | null) =>
      blob === null || !condemned.has(blob)
        ? Effect.succeed(blob)
        : Effect.mapError(regenerateBlob(place, blobs, blob, limits.compressionLevel), failed("storing a blob again"))
    return { ...columns, blob: yield* again(columns.blob), outboard_blob: yield* again(columns.outboard_blob) }
  })

  const physicalOf = Effect.fnUntraced(function* (changes: ReadonlyArray<Change>) {
    return yield* Effect.forEach(changes, ({ staged }) =>
      staged === undefined
        ? Effect.succeed([])
        : Effect.flatMap((staged as StagedContent).physical, (rows) => Effect.forEach(rows, regenerated))
    )
  })

  const keepStates = ({ changes }: Draft): void => {
    for (const { event, staged } of changes) {
      if (event.node.type !== "series" || staged === undefined) continue
      states.delete(event.node.id)
      states.set(event.node.id, (staged as StagedContent).state)
      if (states.size > APPEND_STATES_KEPT) states.delete(states.keys().next().value!)
    }
  }

  const headAt = Effect.fnUntraced(function* (txn: number) {
    const { head } = engine.state
    if (txn === head.txn) return head
    const found = yield* Effect.tryPromise({ try: () => engine.headAt(txn), catch: failed("looking up a transaction") })
    if (found !== undefined) return found
    return yield* new TxnMissing({ url: store.url, requested: `txn ${txn}`, newest: head.txn })
  })

  const refreshed = Effect.mapError(engine.refresh, failed("looking for newer transactions"))

  const page = (first: number, last: number) =>
    Effect.map(Effect.mapError(engine.rowsBetween(first, last), failed("reading the log")), (rows) =>
      byTransaction(engine.state.pondId, rows)
    )

  return Persistence.of({
    url: store.url,
    pondId: engine.state.pondId,
    head: Effect.map(refreshed, (state): View => viewAt(state.head)),
    at: (txn) => Effect.map(Effect.andThen(refreshed, headAt(txn)), viewAt),
    atTime: Effect.fnUntraced(function* (timeMicros) {
      let { head } = yield* refreshed
      let low = 0
      let high = head.txn
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if ((yield* headAt(middle)).timeMicros <= timeMicros) low = middle
        else high = middle - 1
      }
      if (low === 0) {
        return yield* new TxnMissing({ url: store.url, requested: "transaction as old as that", newest: head.txn })
      }
      head = yield* headAt(low)
      return viewAt(head)
    }),
    contents,
    commit: (draft) =>
      Effect.tap(
        Effect.mapError(engine.commit(draft, physicalOf), (error) =>
          error._tag === "TransactionConflict" ? error : failed("committing")(error)
        ),
        () => Effect.sync(() => keepStates(draft))
      ),
    transactions: (fromTxn) =>
      Stream.unwrap(
        Effect.map(refreshed, ({ head }) =>
          Stream.paginate(Math.max(1, fromTxn), (first) =>
            Effect.map(page(first, Math.min(head.txn, first + PAGE_TXNS - 1)), (all) => {
              const next = first + PAGE_TXNS
              return [all, next <= head.txn ? Option.some(next) : Option.none<number>()] as const
            })
          )
        )
      ),
    transactionsBackwards: (toTxn) =>
      Stream.unwrap(
        Effect.map(refreshed, ({ head }) =>
          Stream.paginate(Math.min(toTxn ?? head.txn, head.txn), (last) => {
            const first = Math.max(1, last - PAGE_TXNS + 1)
            return Effect.map(page(first, last), (all) => {
              return [all.toReversed(), first > 1 ? Option.some(first - 1) : Option.none<number>()] as const
            })
          })
        )
      )
  })
})

/** What opening a pond can fail with beyond reading it. */
export type PersistenceError = ReadError
