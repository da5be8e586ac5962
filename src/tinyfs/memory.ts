/**
 * A persistence in memory: a pond with all of its history and nothing on disk, for programs that need no more, and for
 * tests of everything above.
 *
 * Every transaction's tree, tries and contents are kept, and share what did not change. Its answers are those of a pond
 * on disk (one conformance suite): chain and root (R7), conflicts (R2), checked reads (R4), history, time travel.
 */
import { Clock, Effect, HashMap, Layer, Option, Random, Result, Semaphore, Stream } from "effect"
import { compareKeys } from "../store/key.ts"
import { collision } from "./collision.ts"
import { eventsDigest, genesis, headerHash } from "./digest.ts"
import { TransactionConflict, TxnMissing, VersionMissing } from "./errors.ts"
import type { Event, Header } from "./event.ts"
import { elements } from "./journal.ts"
import { MEMORY_URL, type MemoryContent, readInMemory, type StagedInMemory, stageInMemory } from "./memory-content.ts"
import type { Node, NodeId } from "./node.ts"
import { type Committed, type Contents, type Draft, Persistence, type View } from "./persistence.ts"
import { isPruned } from "./pruned.ts"
import { advanceRoot, emptyRoot } from "./root.ts"
import { applyAll, childIn, childrenIn, EMPTY_TREE, nodeIn, type Tree } from "./tree.ts"
import { emptyTrie, type TrieNode, type TrieSource } from "./trie.ts"
import { uuidv7 } from "./uuid.ts"

/** The pond after one transaction. */
interface Snapshot {
  readonly txn: number
  readonly chain: string
  readonly root: string
  readonly timeMicros: number
  readonly tree: Tree
  readonly tries: HashMap.HashMap<NodeId, TrieNode>
}

/** Tries in memory have all of their parts. */
const NO_SOURCE: TrieSource = {
  entries: () => Promise.reject(new Error("a trie in memory lacks a leaf")),
  branch: () => Promise.reject(new Error("a trie in memory lacks a branch"))
}

const randomHex = (digits: number): Effect.Effect<string> =>
  Effect.map(
    Effect.forEach(Array.from({ length: digits / 8 }), () => Random.nextIntBetween(0, 2 ** 32, { halfOpen: true })),
    (values) => values.map((value) => value.toString(16).padStart(8, "0")).join("")
  )

/** One pond in memory. */
export class MemoryPond {
  readonly pondId: string
  readonly #snapshots: Array<Snapshot>
  readonly #committed: Array<Committed> = []
  readonly #histories = new Map<NodeId, Array<Event>>()
  readonly #contents = new Map<NodeId, Map<number, MemoryContent>>()
  readonly #oneByOne = Semaphore.makeUnsafe(1).withPermit

  /** Makes an empty pond. */
  constructor(pondId: string) {
    this.pondId = pondId
    const empty = { tree: EMPTY_TREE, tries: HashMap.empty<NodeId, TrieNode>() }
    this.#snapshots = [{ txn: 0, chain: genesis(pondId), root: emptyRoot(), timeMicros: 0, ...empty }]
  }

  /** The pond as the filesystem's persistence. */
  get persistence(): Persistence["Service"] {
    return Persistence.of({
      url: MEMORY_URL,
      pondId: this.pondId,
      head: Effect.sync(() => this.#view(this.#head)),
      at: (txn) => this.#at(this.#snapshots[txn], `txn ${txn}`),
      atTime: (timeMicros) =>
        this.#at(
          this.#snapshots.findLast((snapshot) => snapshot.txn > 0 && snapshot.timeMicros <= timeMicros),
          "transaction as old as that"
        ),
      contents: Effect.sync((): Contents => ({
        open: (mode, base, staged) => stageInMemory(mode, base, storedIn(staged) ?? this.#contentOf(base))
      })),
      commit: (draft) => this.#oneByOne(this.#commit(draft)),
      transactions: (fromTxn) =>
        Stream.suspend(() => Stream.fromIterable(this.#committed.slice(Math.max(0, fromTxn - 1)))),
      transactionsBackwards: (toTxn) =>
        Stream.suspend(() => Stream.fromIterable(this.#committed.slice(0, toTxn).toReversed()))
    })
  }

  /** Flips a bit of a content, which must be there: for tests of what is done about damage. */
  damage(id: NodeId, version: number, offset: number): void {
    const pieces = elements(this.#contents.get(id)?.get(version)?.pieces)
    const piece = pieces.find(({ end, start }) => start <= offset && offset < end)!
    piece.bytes![offset - piece.start]! ^= 1
  }

  get #head(): Snapshot {
    return this.#snapshots[this.#snapshots.length - 1]!
  }

  #contentOf(node: Node | undefined): MemoryContent | undefined {
    return node?.content === undefined ? undefined : this.#contents.get(node.id)?.get(node.content.version)
  }

  #at(snapshot: Snapshot | undefined, requested: string): Effect.Effect<View, TxnMissing> {
    return snapshot === undefined
      ? Effect.fail(new TxnMissing({ url: MEMORY_URL, requested, newest: this.#head.txn }))
      : Effect.succeed(this.#view(snapshot))
  }

  #view({ chain, root, timeMicros, tree, txn }: Snapshot): View {
    const history = (id: NodeId) => (this.#histories.get(id) ?? []).filter(({ node }) => node.txn <= txn)
    return {
      txn,
      chain,
      root,
      timeMicros,
      node: (id) => Effect.sync(() => Option.fromUndefinedOr(nodeIn(tree, id))),
      child: (parentId, name) => Effect.sync(() => Option.fromUndefinedOr(childIn(tree, parentId, name))),
      children: (parentId) =>
        Effect.sync(() => childrenIn(tree, parentId).toSorted((left, right) => compareKeys(left.name, right.name))),
      history: (id) => Effect.sync(() => history(id)),
      read: (id, version, range) =>
        Stream.suspend((): ReturnType<View["read"]> => {
          const newest = history(id).at(-1)?.node
          const content = this.#contents.get(id)?.get(version)
          const subject = { node: id, path: newest?.name ?? id }
          return content === undefined || version > (newest?.content?.version ?? 0)
            ? Stream.fail(new VersionMissing({ ...subject, version }))
            : readInMemory(subject, content, range)
        })
    }
  }

  #commit(draft: Draft): Effect.Effect<Committed, TransactionConflict> {
    return Effect.gen({ self: this }, function* () {
      const head = this.#head
      yield* this.#requireNoCollision(draft)
      const nowMicros = Math.floor((yield* Clock.currentTimeMillis) * 1000)
      const timeMicros = Math.max(nowMicros, head.timeMicros)
      const txn = head.txn + 1
      const events = draft.changes.map(({ event }, at): Event => {
        return { ...event, node: { ...event.node, txn, op: at + 1, timeMicros } }
      })
      const tree = applyAll(head.tree, events)
      // A draft rests on what its transaction looked at, and none of that has changed.
      if (Result.isFailure(tree)) return yield* Effect.die(tree.failure)
      const { root, tries } = yield* Effect.promise(() => advanceRoot(beforeOf(head), events))
      const header: Header = {
        txn,
        parent: head.chain,
        root,
        events: eventsDigest(events),
        count: events.length,
        timeMicros,
        author: draft.author,
        request: draft.request,
        nonce: yield* randomHex(32)
      }
      const hash = headerHash(header, this.pondId)
      const committed: Committed = { header, hash, events }
      this.#keep(draft, committed, { txn, chain: hash, root, timeMicros, tree: tree.success, tries: kept(head, tries) })
      return committed
    })
  }

  #requireNoCollision({ base, reads }: Draft): Effect.Effect<void, TransactionConflict> {
    for (const { events, header } of this.#committed.slice(base.txn)) {
      for (const { node } of events) {
        const what = collision(reads, node)
        if (what === undefined) continue
        return Effect.fail(new TransactionConflict({ url: MEMORY_URL, base: base.txn, winner: header.txn, what }))
      }
    }
    return Effect.void
  }

  #keep({ changes }: Draft, committed: Committed, snapshot: Snapshot): void {
    for (const [at, event] of committed.events.entries()) {
      const { id } = event.node
      listIn(this.#histories, id, (): Array<Event> => []).push(event)
      const stored = storedIn(changes[at]!.staged)
      if (stored !== undefined) {
        const contents = listIn(this.#contents, id, () => new Map<number, MemoryContent>())
        const before = contents.get(stored.content.version - 1)
        if (before !== undefined) before.hasher = undefined
        contents.set(stored.content.version, stored)
      }
      if (event.kind === "pruned") this.#forget(event.node)
    }
    this.#committed.push(committed)
    this.#snapshots.push(snapshot)
  }

  #forget({ attributes, id }: Node): void {
    for (const { pieces } of this.#contents.get(id)?.values() ?? []) {
      for (const piece of elements(pieces)) if (isPruned(attributes, piece.version)) piece.bytes = undefined
    }
  }
}

const listIn = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const storedIn = (staged: unknown): MemoryContent | undefined => (staged as StagedInMemory | undefined)?.stored

const beforeOf = ({ tree, tries }: Snapshot) => ({
  node: async (id: NodeId) => nodeIn(tree, id),
  trie: async (id: NodeId) => Option.getOrElse(HashMap.get(tries, id), emptyTrie),
  source: () => NO_SOURCE
})

const kept = ({ tries }: Snapshot, changed: ReadonlyMap<NodeId, TrieNode | null>): Snapshot["tries"] => {
  let all = tries
  for (const [id, trie] of changed) all = trie === null ? HashMap.remove(all, id) : HashMap.set(all, id, trie)
  return all
}

/** A new, empty pond in memory. */
export const layerMemory: Layer.Layer<Persistence> = Layer.effect(
  Persistence,
  Effect.map(uuidv7, (pondId) => new MemoryPond(pondId).persistence)
)
