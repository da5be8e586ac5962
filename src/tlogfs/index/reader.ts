/**
 * Reading the index: layers of sorted pieces, the newest first, seen as one map. A tombstone hides what is older.
 */
import { entriesOfPiece, merge, within } from "./merge.ts"
import type { Entry, Key, KeyRange } from "./keys.ts"
import type { Piece } from "./piece.ts"

/** One layer: a piece that is opened when it is first needed, and the keys it spans. */
export interface Layer {
  readonly first: Key
  readonly last: Key
  open(): Promise<Piece>
}

/** An entry that is there. */
export interface LiveEntry {
  readonly key: Key
  readonly value: Uint8Array
}

/** The index at one publication. Rejects with what the pieces' files say; a caller turns that into a rebuild. */
export class IndexReader {
  readonly #layers: ReadonlyArray<Layer>

  /** `layers`: the newest first. */
  constructor(layers: ReadonlyArray<Layer>) {
    this.#layers = layers
  }

  /** The value of a key, when it is live. */
  async get(key: Key): Promise<Uint8Array | undefined> {
    for (const layer of this.#layers) {
      if (key < layer.first || key > layer.last) continue
      const entry = await (await layer.open()).get(key)
      if (entry !== undefined) return entry.value ?? undefined
    }
    return undefined
  }

  /** All live entries of a range, in order, batch by batch. */
  async *scan(range: KeyRange): AsyncGenerator<ReadonlyArray<LiveEntry>> {
    for await (const batch of merge(await this.#sources(range))) yield batch.filter(isLive)
  }

  /** All live entries of a range, in order. For ranges that fit in memory: one directory, one node. */
  async range(range: KeyRange): Promise<ReadonlyArray<LiveEntry>> {
    const all: Array<LiveEntry> = []
    for await (const batch of this.scan(range)) for (const entry of batch) all.push(entry)
    return all
  }

  /** The last entry of a range, for families without tombstones. */
  async last(range: KeyRange): Promise<LiveEntry | undefined> {
    let found: Entry | undefined
    for (const layer of this.#layers) {
      if (layer.first >= range.to || layer.last < range.from) continue
      const piece = await layer.open()
      const { end, first } = piece.groupsOf(range)
      for (let index = end - 1; index >= first; index--) {
        const entry = within(await piece.group(index), range).at(-1)
        if (entry === undefined) continue
        if (found === undefined || entry.key > found.key) found = entry
        break
      }
    }
    return found !== undefined && isLive(found) ? found : undefined
  }

  async #sources(range: KeyRange): Promise<ReadonlyArray<AsyncGenerator<ReadonlyArray<Entry>>>> {
    const layers = this.#layers.filter(({ first, last }) => first < range.to && last >= range.from)
    return Promise.all(layers.map(async (layer) => entriesOfPiece(await layer.open(), range)))
  }
}

const isLive = (entry: Entry): entry is LiveEntry => entry.value !== null
