/**
 * Publishing: the tail becomes a piece of the index, small files become larger ones, and one Delta commit says so.
 *
 * Maintenance after the acknowledgement: whatever fails here fails no commit (R3), and whatever of it is lost changes no answer (R6). Costs are
 * amortised: every entry and row is rewritten O(log n) times (`tiers.ts`).
 */
import { Clock, Effect, type Scope, Stream } from "effect"
import { hash, OutboardBuilder, toHex } from "../bao/index.ts"
import { concatenate } from "../bao/outboard.ts"
import type { Action } from "../delta/actions.ts"
import { type CommitContent, commitLog } from "../delta/commit.ts"
import type { LogEntry } from "../delta/entry.ts"
import type { Snapshot } from "../delta/snapshot.ts"
import { randomUuid } from "../delta/uuid.ts"
import type { StoreError } from "../store/errors.ts"
import type { NewObject, StagedObject, Store } from "../store/ObjectStore.ts"
import { DataFileEncoder, encodeDataFile } from "./datafile.ts"
import { allKeys, type Entry, keyBytes } from "./index/keys.ts"
import { entriesOfPiece, merge } from "./index/merge.ts"
import { PieceEncoder } from "./index/piece.ts"
import type { Pieces } from "./index/pieces.ts"
import { indexEntries } from "./index-entries.ts"
import { addAction, dataFileName, dataFileOf, HEAD_HINT, outboardName, pieceName, removeAction } from "./names.ts"
import { type DataFileInfo, encodePublication, INDEX_DOMAIN, type PieceInfo, type Publication } from "./publication.ts"
import type { Row } from "./row.ts"
import { damageOf, rowGroupsOfFile, type State } from "./state.ts"
import { FORMAT, otherDomains, OWN_FEATURE, pondLog } from "./table.ts"
import { mergeDue, steepMergeDue } from "./tiers.ts"
import type { Tries } from "./tries.ts"
import { WHOLE_BYTES_MAX } from "./verified.ts"

/** Data files of at least this size are not merged any more. */
const FULL_BYTES = 64 * 1024 * 1024

/** What a written Parquet object is known by. */
interface WrittenObject {
  readonly sizeBytes: number
  readonly hash: string
  readonly outboard?: string
}

const knownBy = (bytes: Uint8Array): WrittenObject => ({ sizeBytes: bytes.length, hash: toHex(hash(bytes)) })

const putWhole = (store: Store, key: string, bytes: Uint8Array): Effect.Effect<WrittenObject, StoreError> =>
  Effect.as(store.putIfAbsent(key, bytes), knownBy(bytes))

/** Writes a Parquet object under a unique name, and its outboard when it is large. Of its bytes at most 1 MiB are kept in memory. */
const putParquet = Effect.fnUntraced(function* <E>(
  store: Store,
  key: string,
  parts: Stream.Stream<Uint8Array, E>
): Effect.fn.Return<WrittenObject, StoreError | E, Scope.Scope> {
  const builder = new OutboardBuilder()
  const pairs: Array<Uint8Array> = []
  let kept: Array<Uint8Array> = []
  let staged: StagedObject | undefined
  yield* Stream.runForEach(
    parts,
    Effect.fnUntraced(function* (part) {
      pairs.push(builder.update(part))
      kept.push(part)
      if (builder.sizeBytes <= WHOLE_BYTES_MAX) return
      staged ??= yield* store.stage
      for (const bytes of kept) yield* staged.write(bytes)
      kept = []
    })
  )
  if (staged === undefined) return yield* putWhole(store, key, concatenate(kept))
  const tree = concatenate([...pairs, builder.edge()])
  const outboard = toHex(hash(tree))
  yield* store.putIfAbsent(outboardName(outboard), tree)
  yield* staged.publish(key)
  return { sizeBytes: builder.sizeBytes, hash: toHex(builder.root()), outboard }
}, Effect.scoped)

/** Writes rows, batch by batch, as one data file; there must be some. */
const putRows = Effect.fnUntraced(function* <E>(
  store: Store,
  batches: Stream.Stream<ReadonlyArray<Row>, E>,
  about: { readonly firstTxn: number; readonly level: number }
) {
  const { firstTxn, level } = about
  const file = dataFileName(firstTxn, yield* randomUuid)
  const encoder = new DataFileEncoder()
  let rows = 0
  let lastTxn = firstTxn
  const parts = batches.pipe(
    Stream.flatMap((batch) => {
      rows += batch.length
      lastTxn = batch.at(-1)?.txn ?? lastTxn
      return Stream.fromIterable(encoded(batch, (one) => encoder.add(one)))
    }),
    Stream.concat(Stream.suspend(() => Stream.make(encoder.finish())))
  )
  const written = yield* putParquet(store, file, parts)
  const info: DataFileInfo = { file, level, firstTxn, lastTxn, rows, ...written }
  return info
})

/** The bytes that an encoder gives out for items, one after the other. */
function* encoded<A>(items: Iterable<A>, add: (item: A) => Uint8Array | undefined): Generator<Uint8Array> {
  for (const item of items) {
    const bytes = add(item)
    if (bytes !== undefined) yield bytes
  }
}

/** Makes rows one data file. A small one is given back to be written with the log entry that names it (`CommitContent.files`); a large one is written. */
export const makeDataFile = Effect.fnUntraced(function* (store: Store, rows: ReadonlyArray<Row>, level: number) {
  const firstTxn = rows[0]!.txn
  const file = dataFileName(firstTxn, yield* randomUuid)
  const bytes = encodeDataFile(rows)
  const isLarge = bytes.length > WHOLE_BYTES_MAX
  const written = isLarge ? yield* putParquet(store, file, Stream.make(bytes)) : knownBy(bytes)
  const lastTxn = rows[rows.length - 1]!.txn
  const info: DataFileInfo = { file, level, firstTxn, lastTxn, rows: rows.length, ...written }
  const files: ReadonlyArray<NewObject> = isLarge ? [] : [{ key: file, bytes }]
  return { info, files }
})

/** Writes rows as one data file. */
export const putDataFile = Effect.fnUntraced(function* (store: Store, rows: ReadonlyArray<Row>, level: number) {
  const { files, info } = yield* makeDataFile(store, rows, level)
  for (const { bytes, key } of files) yield* store.putIfAbsent(key, bytes)
  return info
})

/** Writes sorted entries as one piece of the index. */
export const putPiece = Effect.fnUntraced(function* (
  store: Store,
  txn: number,
  level: number,
  batches: AsyncIterable<ReadonlyArray<Entry>>
) {
  const file = pieceName(txn, yield* randomUuid)
  const encoder = new PieceEncoder()
  const parts = Stream.fromAsyncIterable(batches, (cause) => damageOf("_index", cause)).pipe(
    Stream.flatMap((batch) => Stream.fromIterable(encoded(batch, (entry) => encoder.add(entry)))),
    Stream.concat(Stream.suspend(() => Stream.make(encoder.finish())))
  )
  const written = yield* putParquet(store, file, parts)
  const base64 = (key: string): string => Buffer.from(keyBytes(key)).toString("base64")
  const { entries, first, last } = encoder
  const info: PieceInfo = { file, level, entries, first: base64(first), last: base64(last), ...written }
  return info
})

/** Entries that are all in memory. */
export async function* oneBatch(entries: ReadonlyArray<Entry>): AsyncGenerator<ReadonlyArray<Entry>> {
  yield entries
}

async function* live(batches: AsyncIterable<ReadonlyArray<Entry>>): AsyncGenerator<ReadonlyArray<Entry>> {
  for await (const batch of batches) yield batch.filter(({ value }) => value !== null)
}

/** Merges pieces as long as the tiers ask for it; `isThorough` leaves as few as a store with slow requests would have. */
export const mergePieces = Effect.fnUntraced(function* (
  store: Store,
  pieces: Pieces,
  txn: number,
  all: ReadonlyArray<PieceInfo>,
  isThorough = false
) {
  let infos = all
  const next = isThorough || store.capabilities.remote ? steepMergeDue : mergeDue
  for (let due = next(infos); due !== undefined; due = next(infos)) {
    const { end, first, level } = due
    const opened = yield* Effect.tryPromise({
      try: () => Promise.all(infos.slice(first, end).map((info) => pieces.open(info))),
      catch: (cause) => damageOf("_index", cause)
    })
    const merged = merge(opened.toReversed().map((piece) => entriesOfPiece(piece, allKeys)))
    // Below the oldest piece there is nothing that a tombstone could hide.
    const one = yield* putPiece(store, txn, level, first === 0 ? live(merged) : merged)
    infos = [...infos.slice(0, first), one, ...infos.slice(end)]
  }
  return infos
})

/** Rows of data files by name, contents included: what was written a moment ago is not read back. */
export type WrittenRows = ReadonlyMap<string, ReadonlyArray<Row>>

/** Merges data files as long as the tiers ask for it; those of the tail always become one. */
const mergeFiles = Effect.fnUntraced(function* (store: Store, state: State, written: WrittenRows) {
  const published = state.publication?.txn ?? 0
  const fresh = state.files.filter(({ firstTxn }) => firstTxn > published)
  let files: ReadonlyArray<DataFileInfo> = state.files
  const combine = Effect.fnUntraced(function* (first: number, end: number, level: number) {
    const merged = files.slice(first, end)
    const batches = Stream.flatMap(Stream.fromIterable(merged), (info) => {
      const rows = written.get(info.file)
      return rows === undefined ? rowGroupsOfFile(store, info) : Stream.make(rows)
    })
    const one = yield* putRows(store, batches, { firstTxn: merged[0]!.firstTxn, level })
    files = [...files.slice(0, first), one, ...files.slice(end)]
  })
  const freshBytes = fresh.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (fresh.length > 1 && freshBytes < FULL_BYTES) yield* combine(files.length - fresh.length, files.length, 1)
  for (let due = mergeDue(files, FULL_BYTES); due !== undefined; due = mergeDue(files, FULL_BYTES)) {
    yield* combine(due.first, due.end, due.level)
  }
  return files
})

/**
 * Publishes the state at its head. Gives the publication; the state takes it over from the log like everybody else. Transactions that come first
 * are not in its index, but their data files are named by it: whoever opens the pond by it misses none (R2).
 */
export const publish = Effect.fn("tlogfs.publish")(function* (
  store: Store,
  pieces: Pieces,
  state: State,
  tries: Tries,
  written: WrittenRows = new Map()
) {
  const { head } = state
  const entries = yield* Effect.tryPromise({
    try: () => indexEntries(state, tries),
    catch: (cause) => damageOf("_index", cause)
  })
  const fresh = yield* putPiece(store, head.txn, 0, oneBatch(entries))
  const infos = yield* mergePieces(store, pieces, head.txn, [...(state.publication?.pieces ?? []), fresh])
  const files = yield* mergeFiles(store, state, written)
  const nowMs = yield* Clock.currentTimeMillis
  const kept = new Set(files.map(({ file }) => file))
  const before = new Set(state.files.map(({ file }) => file))
  const moved: ReadonlyArray<Action> = [
    ...state.files.filter(({ file }) => !kept.has(file)).map((info) => removeAction(info, nowMs)),
    ...files.filter(({ file }) => !before.has(file)).map((info) => addAction(info, [], nowMs, true))
  ]
  const domains = otherDomains(state.table)
  let publication: Publication = { format: FORMAT, pond: state.pondId, ...head, pieces: infos, files, domains }
  const content = (): CommitContent => ({
    actions: [
      ...moved,
      { domainMetadata: { domain: INDEX_DOMAIN, configuration: encodePublication(publication), removed: false } }
    ]
  })
  const rebase = (winners: ReadonlyArray<LogEntry>, table: Snapshot) =>
    Effect.try({
      try: () => {
        const all = [...publication.files, ...winners.flatMap(filesAddedBy)]
        publication = { ...publication, files: all, domains: otherDomains(table) }
        return content()
      },
      catch: (cause) => damageOf("_delta_log", cause)
    })
  const committed = yield* commitLog(pondLog(store), state.table, {
    operation: "OPTIMIZE",
    ownFeatures: [OWN_FEATURE],
    ...content(),
    rebase
  })
  yield* store.put(HEAD_HINT, new TextEncoder().encode(String(committed.entry.version)))
  return { publication, committed }
})

const filesAddedBy = ({ actions }: LogEntry): ReadonlyArray<DataFileInfo> =>
  actions.flatMap((action) => ("add" in action ? [dataFileOf(action.add)] : []))
