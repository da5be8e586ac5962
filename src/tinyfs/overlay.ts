/**
 * The overlay of a transaction: its own changes on top of a view, and the record of what it looked at.
 *
 * Every look-up, found or not, every listing and every content that was asked for is recorded, because what was seen influenced the transaction:
 * if somebody else changes it meanwhile, the commit is a conflict. One node has at most one state here, and its changes stay in order.
 */
import { Effect, Option, Stream } from "effect"
import type { Pruned, VersionMissing } from "./errors.ts"
import type { Event, EventKind, TimeBounds } from "./event.ts"
import { compareUtf8 } from "./attributes.ts"
import type { Content, Node, NodeId } from "./node.ts"
import {
  type ByteRange,
  type Change,
  type ReadError,
  type Reads,
  slotKey,
  type Staged,
  type View
} from "./persistence.ts"
import type { Source } from "./reader.ts"

/** What happens to a node, with its state after it. */
export interface Applied {
  readonly kind: EventKind
  readonly node: Node
  readonly before: Node | undefined
  readonly staged?: Staged | undefined
  readonly times?: TimeBounds | undefined
}

/** A view and the changes of one transaction on top of it. */
export class Overlay implements Source {
  readonly base: View
  readonly #nodes = new Map<NodeId, Node | null>()
  readonly #slots = new Map<string, NodeId | null>()
  readonly #names = new Map<NodeId, Set<string>>()
  #changes: Array<Change> = []
  /** What nodes held before this transaction wrote to them. */
  readonly #contents = new Map<NodeId, Content | undefined>()
  readonly #reads = { nodes: new Set<NodeId>(), slots: new Set<string>(), listings: new Set<NodeId>() }

  constructor(base: View) {
    this.base = base
  }

  /** The changes so far, in order. */
  get changes(): ReadonlyArray<Change> {
    return this.#changes
  }

  /** What was looked at so far. */
  get reads(): Reads {
    return this.#reads
  }

  node(id: NodeId): Effect.Effect<Option.Option<Node>, ReadError> {
    const own = this.#nodes.get(id)
    if (own !== undefined) return Effect.succeed(Option.fromNullishOr(own))
    this.#reads.nodes.add(id)
    return this.base.node(id)
  }

  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, ReadError> {
    const key = slotKey(parentId, name)
    const own = this.#slots.get(key)
    if (own !== undefined) return Effect.succeed(Option.fromNullishOr(own === null ? null : this.#nodes.get(own)))
    this.#reads.slots.add(key)
    return Effect.map(this.base.child(parentId, name), (found) =>
      Option.map(found, (node) => {
        this.#reads.nodes.add(node.id)
        return this.#nodes.get(node.id) ?? node
      })
    )
  }

  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError> {
    this.#reads.listings.add(parentId)
    return Effect.map(this.base.children(parentId), (nodes) => {
      const kept = nodes.filter(({ name }) => !this.#slots.has(slotKey(parentId, name)))
      for (const node of kept) this.#reads.nodes.add(node.id)
      const all = kept.map((node) => this.#nodes.get(node.id) ?? node)
      for (const name of this.#names.get(parentId) ?? []) {
        const id = this.#slots.get(slotKey(parentId, name))
        const node = id === null || id === undefined ? undefined : this.#nodes.get(id)
        if (node !== null && node !== undefined) all.push(node)
      }
      return all.sort((left, right) => compareUtf8(left.name, right.name))
    })
  }

  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError> {
    this.#reads.nodes.add(id)
    return Effect.map(this.base.history(id), (events) => [
      ...events,
      ...this.#changes.flatMap(({ event }) => (event.node.id === id ? [event] : []))
    ])
  }

  read(id: NodeId, version: number, range?: ByteRange): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing> {
    const own = this.#changes.findLast(({ event, staged }) => {
      return event.node.id === id && staged !== undefined && event.node.content?.version === version
    })
    if (own?.staged !== undefined) return own.staged.read(range)
    this.#reads.nodes.add(id)
    return this.base.read(id, version, range)
  }

  /** The change of this transaction that created a node, if it did. */
  creationOf(id: NodeId): Change | undefined {
    return this.#changes.find(({ event }) => event.node.id === id && event.kind === "created")
  }

  /** The newest staged content of a node in this transaction, if there is one. */
  stagedOf(id: NodeId): Staged | undefined {
    return this.#changes.findLast(({ event, staged }) => event.node.id === id && staged !== undefined)?.staged
  }

  /** Makes a change: it is seen by everything that reads here, and becomes an event of the transaction. */
  apply({ before, kind, node, staged, times }: Applied): void {
    const created = this.creationOf(node.id)
    if (kind === "removed" && created !== undefined) this.#drop(node.id)
    else if (created !== undefined) this.#replace(created, node, staged ?? created.staged, times ?? created.event.times)
    else {
      const all = staged === undefined ? times : widest(this.#withdrawContent(node.id, before), times)
      this.#changes.push(changeOf({ kind, node, ...(all === undefined ? {} : { times: all }) }, staged))
    }
    if (before !== undefined) this.#setSlot(before.parentId, before.name, null)
    if (kind === "removed") this.#nodes.set(node.id, null)
    else {
      this.#nodes.set(node.id, node)
      this.#setSlot(node.parentId, node.name, node.id)
    }
  }

  /**
   * Takes back the content that this transaction gave a node before, because it gets another one: a node has one new version in it. Gives
   * the event times of what is taken back.
   */
  #withdrawContent(id: NodeId, before: Node | undefined): TimeBounds | undefined {
    const earlier = this.#changes.find(({ event, staged }) => event.node.id === id && staged !== undefined)
    if (!this.#contents.has(id)) this.#contents.set(id, before?.content)
    if (earlier === undefined) return undefined
    const content = this.#contents.get(id)
    this.#changes = this.#changes.flatMap((change) => {
      if (change === earlier) return []
      if (change.event.node.id !== id) return [change]
      const { content: _, ...node } = change.event.node
      return [{ event: { ...change.event, node: content === undefined ? node : { ...node, content } } }]
    })
    return earlier.event.times
  }

  /** What was created and removed here leaves nothing. */
  #drop(id: NodeId): void {
    this.#changes = this.#changes.filter(({ event }) => event.node.id !== id)
  }

  /** What was created here and then changed was created so. */
  #replace(created: Change, node: Node, staged: Staged | undefined, times: TimeBounds | undefined): void {
    const event: Event = { kind: "created", node, ...(times === undefined ? {} : { times }) }
    this.#changes = this.#changes.map((change) => (change === created ? changeOf(event, staged) : change))
  }

  #setSlot(parentId: NodeId, name: string, id: NodeId | null): void {
    this.#slots.set(slotKey(parentId, name), id)
    const names = this.#names.get(parentId)
    if (names === undefined) this.#names.set(parentId, new Set([name]))
    else names.add(name)
  }
}

const widest = (earlier: TimeBounds | undefined, later: TimeBounds | undefined): TimeBounds | undefined => {
  if (earlier === undefined || later === undefined) return earlier ?? later
  return {
    minMicros: Math.min(earlier.minMicros, later.minMicros),
    maxMicros: Math.max(earlier.maxMicros, later.maxMicros)
  }
}

const changeOf = (event: Event, staged: Staged | undefined): Change =>
  staged === undefined ? { event } : { event, staged }
