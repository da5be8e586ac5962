/**
 * The rows of a pond by node, more of them than fit in memory: sorted beside the memory, with the bytes that they hold (R9).
 */
import { decode, encode } from "cborg"
import { type Entry, event, header } from "../index/keys.ts"
import { Sorter } from "../index/sorter.ts"
import { COLUMNS, type Row, rowOfValues } from "../row.ts"
import { encodeEvent, type EventValue } from "../slots.ts"

/** What the rows of a pond say, by node. Close it when it is done with. */
export class RowsByNode {
  readonly #sorter = new Sorter()
  /** Names of all blobs. */
  readonly blobs = new Set<string>()

  /** Adds the row of an event or of a further extent. */
  add({ row, timeMicros }: EventValue): void {
    for (const blob of [row.blob, row.outboard_blob]) if (blob !== null) this.blobs.add(blob)
    const value = encode([valuesOf(row), timeMicros])
    this.#sorter.add({ key: event(row.node_id!, row.txn, row.op, row.extent_offset ?? 0), value })
  }

  /** Adds the header row of a transaction, and its hash. */
  addHeader(row: Row, chain: string): void {
    this.#sorter.add({ key: header(row.txn), value: encode([valuesOf(row), chain]) })
  }

  /** All rows of one node after the other, oldest first. */
  async *nodes(): AsyncGenerator<ReadonlyArray<EventValue>> {
    let own: Array<EventValue> = []
    for await (const batch of this.#sorter.sorted()) {
      for (const { key, value } of batch) {
        if (key.startsWith("h")) continue
        const one = valueOf(value!)
        if (own.length > 0 && own[0]!.row.node_id !== one.row.node_id) {
          yield own
          own = []
        }
        own.push(one)
      }
    }
    if (own.length > 0) yield own
  }

  /** The entries of the index that the rows up to a txn make of themselves: events and headers. `each` is told of each event row. */
  async *entries(lastTxn: number, each: (value: EventValue) => void): AsyncGenerator<ReadonlyArray<Entry>> {
    const end = header(lastTxn + 1)
    for await (const batch of this.#sorter.sorted()) {
      const entries: Array<Entry> = []
      for (const { key, value } of batch) {
        if (key.startsWith("h")) {
          if (key < end) entries.push({ key, value })
          continue
        }
        const one = valueOf(value!)
        if (one.row.txn > lastTxn) continue
        each(one)
        entries.push({ key, value: encodeEvent(one) })
      }
      yield entries
    }
  }

  /** Gives back what it takes on disk. */
  close(): void {
    this.#sorter.close()
  }
}

const valuesOf = (row: Row): ReadonlyArray<unknown> => COLUMNS.map(({ name }) => row[name])

const valueOf = (bytes: Uint8Array): EventValue => {
  const [values, timeMicros] = decode(bytes) as [unknown, number]
  return { row: rowOfValues(values), timeMicros }
}
