/**
 * Bytes that are kept in rows: looked up in the data files, a file at a time, the last few kept.
 */
import { Effect } from "effect"
import type { Store } from "../store/ObjectStore.ts"
import { Damaged } from "../tinyfs/index.ts"
import type { InlineContents } from "./content/rows.ts"
import type { DataFileInfo } from "./publication.ts"
import type { Row } from "./row.ts"
import { fileOf, rowsOfFile } from "./state.ts"
import { readErrorOf } from "./view.ts"

/** Files or parts of files whose contents are kept. */
const PARTS_KEPT = 8
/** Files up to this size are read whole. */
const WHOLE_BYTES_MAX = 1024 * 1024
/** Contents of a part of a larger file that are kept: what one transaction may hold inline. Else its many small files would each read all of it. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024

const placeOf = ({ extent_offset, op, txn }: Row): string => `${txn}/${op}/${extent_offset}`

/** Makes the look-up over the data files that are live when it is asked. */
export const inlineContents = (store: Store, files: () => ReadonlyArray<DataFileInfo>): InlineContents => {
  const kept = new Map<string, ReadonlyMap<string, Uint8Array>>()

  const contentsOf = Effect.fnUntraced(function* (info: DataFileInfo, firstTxn: number, lastTxn: number) {
    const isWhole = info.sizeBytes <= WHOLE_BYTES_MAX
    const key = isWhole ? info.file : `${info.file} ${firstTxn}-${lastTxn}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const span = isWhole ? {} : { firstTxn, lastTxn }
    const rows = yield* rowsOfFile(store, info, { ...span, withContent: true }).pipe(
      Effect.mapError((cause) => readErrorOf(store.url, "reading rows", cause))
    )
    const contents = new Map<string, Uint8Array>()
    let bytes = 0
    for (const row of rows) {
      if (row.content === null) continue
      contents.set(placeOf(row), row.content)
      bytes += row.content.length
    }
    if (isWhole || bytes <= KEPT_BYTES_MAX) {
      kept.set(key, contents)
      if (kept.size > PARTS_KEPT) kept.delete(kept.keys().next().value!)
    }
    return contents
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
      const txns = here.map(({ txn }) => txn)
      const contents = yield* contentsOf(info, Math.min(...txns), Math.max(...txns))
      for (const row of here) {
        const bytes = contents.get(placeOf(row))
        if (bytes === undefined) return yield* missing(row)
        found.set(row, bytes)
      }
      pending = pending.filter((row) => !found.has(row))
    }
    return rows.map((row) => found.get(row)!)
  })
}
