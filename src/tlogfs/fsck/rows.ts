/**
 * The rows of a pond by node, more of them than fit in memory: sorted beside the memory, where the bytes are put that they hold (R9).
 */
import { encode } from "cborg"
import { Effect } from "effect"
import { type Entry, event, eventParts, header, type Key } from "../index/keys.ts"
import { SortingFailed } from "../index/scratch.ts"
import { Sorter } from "../index/sorter.ts"
import { Stash } from "../index/stash.ts"
import type { InlineContents } from "../content/rows.ts"
import { COLUMNS, type Row } from "../row.ts"
import { decodeEvent, encodeEvent, type EventValue } from "../slots.ts"

/**
 * A row as it is sorted: a byte of flags, where the bytes that it holds were put aside (8, a double) and how many they are (4), both
 * little-endian, and then its entry in the index.
 */
const PREFIX_BYTES = 13
const HAS_VERSION = 1
const NOTHING = new Uint8Array(0)

/** Its entry in the index. */
const entryIn = (value: Uint8Array): Uint8Array => value.subarray(PREFIX_BYTES)

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
  readonly #contents = new Stash()
  /** Names of all blobs. */
  readonly blobs = new Set<string>()

  /** Adds the row of an event or of a further extent. */
  add(value: EventValue): void {
    const { row } = value
    for (const blob of [row.blob, row.outboard_blob]) if (blob !== null) this.blobs.add(blob)
    this.#sorter.add({
      key: event(row.node_id!, row.txn, row.op, row.extent_offset ?? 0),
      value: this.#flaggedOf(value)
    })
  }

  #flaggedOf({ row, timeMicros }: EventValue): Uint8Array {
    const content = row.content ?? NOTHING
    const entry = encodeEvent({ row, timeMicros })
    const value = new Uint8Array(PREFIX_BYTES + entry.length)
    const view = new DataView(value.buffer)
    value[0] = row.version === null ? 0 : HAS_VERSION
    view.setFloat64(1, content.length === 0 ? 0 : this.#contents.add(content), true)
    view.setUint32(9, content.length, true)
    value.set(entry, PREFIX_BYTES)
    return value
  }

  /** The bytes that a row holds. */
  #contentOf(value: Uint8Array): Uint8Array {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    const sizeBytes = view.getUint32(9, true)
    return sizeBytes === 0 ? NOTHING : this.#contents.get(view.getFloat64(1, true), sizeBytes)
  }

  /** Adds the header row of a transaction, and its hash. */
  addHeader(row: Row, chain: string): void {
    this.#sorter.add({ key: header(row.txn), value: encode([valuesOf(row), chain]) })
  }

  /** All rows of one node after the other, oldest first, without the bytes they hold; of nodes that ever had a content. */
  async *nodesWithContents(): AsyncGenerator<ReadonlyArray<Row>> {
    let own: Array<Row> = []
    let current = ""
    let hasContent = false
    for await (const batch of this.#sorter.sorted()) {
      for (const { key, value } of batch) {
        if (key.startsWith("h")) continue
        const { node } = eventParts(key)
        if (node !== current) {
          if (hasContent) yield own
          own = []
          current = node
          hasContent = false
        }
        hasContent ||= (value![0]! & HAS_VERSION) !== 0
        if (hasContent) own.push(decodeEvent(entryIn(value!)).row)
      }
    }
    if (hasContent) yield own
  }

  /** Looks up the bytes that rows hold. */
  readonly contents: InlineContents = (rows) =>
    Effect.promise(() =>
      Promise.all(
        rows.map(async ({ extent_offset, node_id, op, txn }) => {
          const entry = await this.#sorter.get(event(node_id!, txn, op, extent_offset ?? 0))
          return entry === undefined ? NOTHING : this.#contentOf(entry.value!)
        })
      )
    )

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
        if (last !== undefined && last.node !== node) newest(decodeEvent(entryIn(last.value)))
        // The rows of further extents follow that of their event.
        if (last?.event !== own) last = { node, event: own, value: value! }
        entries.push({ key, value: entryIn(value!) })
      }
      yield entries
    }
    if (last !== undefined) newest(decodeEvent(entryIn(last.value)))
  }

  /** Gives back what it takes on disk. */
  close(): void {
    this.#sorter.close()
    this.#contents.close()
  }
}

const valuesOf = (row: Row): ReadonlyArray<unknown> => COLUMNS.map(({ name }) => row[name])
