/**
 * Checking the index: every piece against its hash, and every entry against what the rows up to its txn make (R4, R6). Both come sorted,
 * so nothing but slots on their way is kept.
 */
import { Effect } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import { branchesIn, emptyTrie, entryHash, type NodeId, ROOT_ID } from "../../tinyfs/index.ts"
import { nodeOf } from "../event-row.ts"
import { allKeys, branch, type Entry, slot } from "../index/keys.ts"
import { merge } from "../index/merge.ts"
import { Pieces } from "../index/pieces.ts"
import { SortingFailed } from "../index/scratch.ts"
import { Sorter } from "../index/sorter.ts"
import { nameHash } from "../namespace.ts"
import type { Publication } from "../publication.ts"
import { oneBatch } from "../publish.ts"
import { encodeSlot, type EventValue } from "../slots.ts"
import { damageOf, type StateError } from "../state.ts"
import { encodeBranch, type Tries } from "../tries.ts"
import { type Findings, messageOf } from "./finding.ts"
import type { RowsByNode } from "./rows.ts"

type Entries = AsyncIterator<ReadonlyArray<Entry>>

/** Where the entries of events and headers begin: behind those of branches and slots. */
const EVENTS_FROM = "e"

/** Walks through entries that come in batches. */
class Cursor {
  readonly #entries: Entries
  #batch: ReadonlyArray<Entry> = []
  #at = 0
  /** The entry where it stands; none at the end. */
  current: Entry | undefined

  constructor(entries: Entries) {
    this.#entries = entries
  }

  async advance(): Promise<void> {
    while (this.#at === this.#batch.length) {
      const { done, value } = await this.#entries.next()
      this.#batch = done === true ? [] : value
      this.#at = 0
      if (done === true) return void (this.current = undefined)
    }
    this.current = this.#batch[this.#at++]
  }
}

/** Compares sorted entries; `note` is told what is wrong with those of the index. */
const compare = async (expected: Entries, held: Entries, note: (what: string) => void): Promise<void> => {
  const [left, right] = [new Cursor(expected), new Cursor(held)]
  let missing = 0
  await left.advance()
  await right.advance()
  while (left.current !== undefined || right.current !== undefined) {
    const [wanted, found] = [left.current, right.current]
    if (found === undefined || (wanted !== undefined && wanted.key < found.key)) {
      missing += 1
      await left.advance()
    } else if (wanted === undefined || found.key < wanted.key) {
      // A branch may stay when its directory became small: nobody looks at it then.
      if (!found.key.startsWith("b")) note("it has an entry that the rows do not make")
      await right.advance()
    } else {
      if (Buffer.compare(wanted.value!, found.value!) !== 0) note("an entry differs from what the rows make")
      await left.advance()
      await right.advance()
    }
  }
  if (missing > 0) note(`${missing} entries are missing from it`)
}

/** What the index holds of the tries of all directories. */
export interface TriesHeld {
  readonly hashes: ReadonlyMap<NodeId, Uint8Array>
  /** Sorted. */
  readonly branches: ReadonlyArray<Entry>
}

/** Takes out of tries what the index holds of them, so that they need not be kept. */
export const heldOf = ({ directories }: Tries): TriesHeld => {
  const branches: Array<Entry> = []
  for (const [directory, trie] of directories) {
    for (const [nibbles, page] of branchesIn(trie)) {
      branches.push({ key: branch(directory, nibbles), value: encodeBranch(page) })
    }
  }
  return {
    hashes: new Map([...directories].map(([directory, { hash }]) => [directory, hash])),
    branches: branches.toSorted((left, right) => (left.key < right.key ? -1 : 1))
  }
}

/** Makes slots out of the newest rows of nodes. */
class Slots {
  readonly sorter = new Sorter()
  readonly #tries: TriesHeld
  readonly #empty = emptyTrie().hash

  constructor(tries: TriesHeld) {
    this.#tries = tries
  }

  /** Takes the newest row of a node. */
  readonly take = ({ row, timeMicros }: EventValue): void => {
    if (row.kind === "removed" || row.node_id === ROOT_ID) return
    const node = nodeOf(row, timeMicros)
    const children = node.type === "dir" ? (this.#tries.hashes.get(node.id) ?? this.#empty) : undefined
    const value = encodeSlot({ row, timeMicros, entryHash: entryHash(node, children) })
    this.sorter.add({ key: slot(node.parentId, nameHash(node.name)), value })
  }
}

const checkEntries = async (
  pieces: Pieces,
  publication: Publication,
  rows: RowsByNode,
  tries: TriesHeld,
  findings: Findings
) => {
  const reader = pieces.reader(publication)
  const note = (what: string): void => findings.add("index", `_index at txn ${publication.txn}`, what)
  const slots = new Slots(tries)
  try {
    const history = rows.entries(publication.txn, slots.take)
    await compare(history, reader.scan({ from: EVENTS_FROM, to: allKeys.to }), note)
    const names = merge([oneBatch(tries.branches), slots.sorter.sorted()])
    await compare(names, reader.scan({ from: allKeys.from, to: EVENTS_FROM }), note)
  } finally {
    slots.sorter.close()
  }
}

/** Compares the published index with what the rows up to its txn make; `tries` are those at that txn. */
export const checkIndex = Effect.fnUntraced(function* (
  store: Store,
  publication: Publication,
  rows: RowsByNode,
  tries: TriesHeld,
  findings: Findings
) {
  const pieces = new Pieces(store, yield* Effect.context())
  let isWhole = true
  for (const info of publication.pieces) {
    const opened = Effect.tryPromise({ try: () => pieces.open(info), catch: (cause) => damageOf(info.file, cause) })
    yield* opened.pipe(
      Effect.catch((cause) =>
        Effect.sync(() => {
          isWhole = false
          findings.add("index", info.file, messageOf(cause))
        })
      )
    )
  }
  if (!isWhole) return
  yield* Effect.tryPromise({
    try: () => checkEntries(pieces, publication, rows, tries, findings),
    catch: (cause) => (cause instanceof SortingFailed ? cause : damageOf("_index", cause))
  }).pipe(
    Effect.catchIf(
      (error): error is StateError => error._tag !== "SortingFailed",
      (error) => Effect.sync(() => findings.add("index", "_index", messageOf(error)))
    )
  )
})
