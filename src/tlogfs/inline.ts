/**
 * Bytes that are kept in rows: looked up in the data files, a row group at a time, the last few kept. Each is decoded once for all who read
 * next to each other, however many rows they ask for.
 */
import { Effect, Semaphore } from "effect"
import type { AsyncBuffer } from "hyparquet"
import type { Store } from "../store/ObjectStore.ts"
import { Damaged } from "../tinyfs/index.ts"
import type { InlineContents } from "./content/rows.ts"
import { contentsOfGroup, type RowGroup, rowGroupsIn } from "./datafile.ts"
import type { DataFileInfo } from "./publication.ts"
import type { Row } from "./row.ts"
import { damageOf, fileOf, openDataFile } from "./state.ts"
import { readErrorOf } from "./view.ts"

/** Bytes of contents that are kept: some row groups, since a content is read in windows at the same time, each smaller than a group. */
const KEPT_BYTES_MAX = 24 * 1024 * 1024
/** Row groups that are kept, however small. */
const GROUPS_KEPT = 128
/** Data files of which the row groups are known. */
const FILES_KNOWN = 256

/** Contents by their places in the log. */
type Contents = ReadonlyMap<string, Uint8Array>

const placeOf = ({ extent_offset, op, txn }: Row): string => `${txn}/${op}/${extent_offset}`

const sizeOf = (contents: Contents): number => {
  let bytes = 0
  for (const { length } of contents.values()) bytes += length
  return bytes
}

/** What was looked up, the oldest forgotten first; whoever asks for the same at the same time waits for the first to have it. */
class Kept<A> {
  readonly #values = new Map<string, A>()
  readonly #loading = new Map<string, Semaphore.Semaphore>()
  readonly #isFull: (values: ReadonlyMap<string, A>) => boolean

  constructor(isFull: (values: ReadonlyMap<string, A>) => boolean) {
    this.#isFull = isFull
  }

  /** The value of a key, loaded unless it is known. A failure is nobody's but that of who asked. */
  get<E>(key: string, load: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const known = this.#values.get(key)
      if (known !== undefined) return Effect.succeed(known)
      const turn = this.#loading.get(key) ?? Semaphore.makeUnsafe(1)
      this.#loading.set(key, turn)
      const once = Effect.suspend(() => {
        const loaded = this.#values.get(key)
        return loaded !== undefined
          ? Effect.succeed(loaded)
          : Effect.tap(load, (value) => Effect.sync(() => this.#keep(key, value)))
      })
      return Effect.ensuring(
        turn.withPermit(once),
        Effect.sync(() => this.#loading.delete(key))
      )
    })
  }

  #keep(key: string, value: A): void {
    this.#values.set(key, value)
    while (this.#values.size > 1 && this.#isFull(this.#values)) this.#values.delete(this.#values.keys().next().value!)
  }
}

const isFull = (kept: ReadonlyMap<string, Contents>): boolean => {
  let bytes = 0
  for (const contents of kept.values()) bytes += sizeOf(contents)
  return bytes > KEPT_BYTES_MAX || kept.size > GROUPS_KEPT
}

/** Makes the look-up over the data files that are live when it is asked. */
export const inlineContents = (store: Store, files: () => ReadonlyArray<DataFileInfo>): InlineContents => {
  const known = new Kept<ReadonlyArray<RowGroup>>(({ size }) => size > FILES_KNOWN)
  const kept = new Kept<Contents>(isFull)

  const reading = <A>(info: DataFileInfo, read: (file: AsyncBuffer) => Promise<A>) =>
    openDataFile(store, info).pipe(
      Effect.flatMap((file) =>
        Effect.tryPromise({ try: () => read(file), catch: (cause) => damageOf(info.file, cause) })
      ),
      Effect.mapError((cause) => readErrorOf(store.url, "reading rows", cause))
    )

  const contentsOf = (info: DataFileInfo, group: RowGroup) =>
    kept.get(
      `${info.file} ${group.at}`,
      Effect.map(
        reading(info, (file) => contentsOfGroup(file, group)),
        (rows) => new Map(rows.flatMap((row) => (row.content === null ? [] : [[placeOf(row), row.content] as const])))
      )
    )

  /** Finds what a data file holds of rows that lie in it, a row group at a time. */
  const findIn = Effect.fnUntraced(function* (
    info: DataFileInfo,
    rows: ReadonlyArray<Row>,
    found: Map<Row, Uint8Array>
  ) {
    for (const group of yield* known.get(info.file, reading(info, rowGroupsIn))) {
      const here = rows.filter((row) => row.txn >= group.firstTxn && row.txn <= group.lastTxn && !found.has(row))
      if (here.length === 0) continue
      const contents = yield* contentsOf(info, group)
      for (const row of here) {
        const bytes = contents.get(placeOf(row))
        if (bytes !== undefined) found.set(row, bytes)
      }
    }
  })

  return Effect.fnUntraced(function* (rows: ReadonlyArray<Row>) {
    const found = new Map<Row, Uint8Array>()
    let pending = rows
    while (pending.length > 0) {
      const info = fileOf(files(), pending[0]!.txn)
      const missing = (row: Row): Damaged => {
        const why = `the log has no data file with the bytes of txn ${row.txn}, op ${row.op}`
        return new Damaged({ subject: `${row.name ?? row.node_id}`, version: row.version, start: null, end: null, why })
      }
      if (info === undefined) return yield* missing(pending[0]!)
      const here = pending.filter(({ txn }) => txn >= info.firstTxn && txn <= info.lastTxn)
      yield* findIn(info, here, found)
      const lost = here.find((row) => !found.has(row))
      if (lost !== undefined) return yield* missing(lost)
      pending = pending.filter((row) => !found.has(row))
    }
    return rows.map((row) => found.get(row)!)
  })
}
