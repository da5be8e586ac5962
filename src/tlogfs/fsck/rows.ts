/**
 * The rows of a pond by node, more of them than fit in memory: sorted beside the memory, with the bytes that they hold (R9).
 */
import { decode, encode } from "cborg"
import { Effect } from "effect"
import { type Entry, event, eventParts, header, type Key } from "../index/keys.ts"
import { Sorter, SortingFailed } from "../index/sorter.ts"
import { COLUMNS, type Row, rowOfValues } from "../row.ts"
import { encodeEvent, type EventValue } from "../slots.ts"

/** What is known of a row without decoding it, in the byte before it. */
const HAS_CONTENT = 1
const HAS_VERSION = 2

/** Does what may need the temporary file; what else goes wrong is a defect. */
export const sorting = <A>(work: () => Promise<A>): Effect.Effect<A, SortingFailed> =>
  Effect.tryPromise({ try: work, catch: sortingFailed })

/** What reading sorted rows failed with. */
export const sortingFailed = (cause: unknown): SortingFailed => {
  if (cause instanceof SortingFailed) return cause
  throw cause
}

/** What the rows of a pond say, by node. Close it when it is done with. */
export class RowsByNode {
  readonly #sorter = new Sorter()
  /** Names of all blobs. */
  readonly blobs = new Set<string>()

  /** Adds the row of an event or of a further extent. */
  add({ row, timeMicros }: EventValue): void {
    for (const blob of [row.blob, row.outboard_blob]) if (blob !== null) this.blobs.add(blob)
    const flags = (row.content === null ? 0 : HAS_CONTENT) | (row.version === null ? 0 : HAS_VERSION)
    const value = encode([valuesOf(row), timeMicros])
    const flagged = new Uint8Array(value.length + 1)
    flagged[0] = flags
    flagged.set(value, 1)
    this.#sorter.add({ key: event(row.node_id!, row.txn, row.op, row.extent_offset ?? 0), value: flagged })
  }

  /** Adds the header row of a transaction, and its hash. */
  addHeader(row: Row, chain: string): void {
    this.#sorter.add({ key: header(row.txn), value: encode([valuesOf(row), chain]) })
  }

  /** All rows of one node after the other, oldest first; of those that ever had a content. */
  async *nodesWithContents(): AsyncGenerator<ReadonlyArray<Row>> {
    let own: Array<Uint8Array> = []
    let current = ""
    const complete = (): ReadonlyArray<ReadonlyArray<Row>> =>
      own.some((value) => (value[0]! & HAS_VERSION) !== 0) ? [own.map((value) => decodeFlagged(value).row)] : []
    for await (const batch of this.#sorter.sorted()) {
      for (const { key, value } of batch) {
        if (key.startsWith("h")) continue
        const { node } = eventParts(key)
        if (node !== current) {
          yield* complete()
          own = []
          current = node
        }
        own.push(value!)
      }
    }
    yield* complete()
  }

  /**
   * The entries of the index that the rows up to a txn make of themselves: events and headers. `newest` is told of the newest event row
   * of each node.
   */
  async *entries(lastTxn: number, newest: (value: EventValue) => void): AsyncGenerator<ReadonlyArray<Entry>> {
    const end = header(lastTxn + 1)
    let last: { readonly node: Key; readonly event: Key; readonly value: Uint8Array } | undefined
    for await (const batch of this.#sorter.sorted()) {
      const entries: Array<Entry> = []
      for (const { key, value } of batch) {
        if (key.startsWith("h")) {
          if (key < end) entries.push({ key, value })
          continue
        }
        const { event: own, node, txn } = eventParts(key)
        if (txn > lastTxn) continue
        if (last !== undefined && last.node !== node) newest(decodeFlagged(last.value))
        // The rows of further extents follow that of their event.
        if (last?.event !== own) last = { node, event: own, value: value! }
        const isBare = (value![0]! & HAS_CONTENT) === 0
        entries.push({ key, value: isBare ? value!.subarray(1) : encodeEvent(decodeFlagged(value!)) })
      }
      yield entries
    }
    if (last !== undefined) newest(decodeFlagged(last.value))
  }

  /** Gives back what it takes on disk. */
  close(): void {
    this.#sorter.close()
  }
}

const valuesOf = (row: Row): ReadonlyArray<unknown> => COLUMNS.map(({ name }) => row[name])

const decodeFlagged = (value: Uint8Array): EventValue => {
  const [values, timeMicros] = decode(value.subarray(1)) as [unknown, number]
  return { row: rowOfValues(values), timeMicros }
}
