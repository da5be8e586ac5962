/**
 * The overlay of a transaction: its own changes on top of a view, and the record of what it looked at.
 *
 * - **Reads.** Every look-up, found or not, every listing and every content that was asked of the view is recorded: if
 *   somebody else changes it meanwhile, the commit is a conflict. What was found in a slot or listing is recorded as a
 *   node too, so that the events of others alone tell a collision.
 * - **Events.** Names change in the order in which the program changed them, so that every step can be applied by
 *   itself; then come contents, configurations and attributes, of each node once, as they are in the end. What was made
 *   and removed here leaves nothing; a program that changed nothing in the end has no events at all.
 * - All state is one immutable value: going back to an earlier one undoes what came after it.
 */
import { Effect, HashMap, Option, Stream } from "effect"
import { compareKeys } from "../store/key.ts"
import type { Pruned, VersionMissing } from "./errors.ts"
import { WriterConflict } from "./errors.ts"
import type { Event, TimeBounds } from "./event.ts"
import { type Chain, elements, eventsOf, extended, type Step, type Touched } from "./journal.ts"
import type { Node, NodeId } from "./node.ts"
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

/** Everything that a transaction changed so far. */
interface State {
  readonly touched: HashMap.HashMap<NodeId, Touched>
  /** Slots that changed: what lies in them now. */
  readonly slots: HashMap.HashMap<string, NodeId | null>
  readonly journal: Chain<Step> | undefined
}

/** A state to go back to. */
export type Savepoint = State

/** A view and the changes of one transaction on top of it. */
export class Overlay implements Source {
  readonly base: View
  #state: State = { touched: HashMap.empty(), slots: HashMap.empty(), journal: undefined }
  /** Names in changed slots, by directory: never fewer than there are. */
  readonly #names = new Map<NodeId, Set<string>>()
  readonly #reads = { nodes: new Set<NodeId>(), listings: new Set<NodeId>() }
  /** What the view has in the slots that were looked up. */
  readonly #found = new Map<string, Option.Option<Node>>()
  /** What is being written: nodes by id, new ones by slot; with their paths. */
  readonly #writing = new Map<string, string>()
  #isOver = false

  constructor(base: View) {
    this.base = base
  }

  /** The events of the transaction so far, in order. */
  get changes(): ReadonlyArray<Change> {
    return eventsOf([...HashMap.values(this.#state.touched)], this.#state.journal)
  }

  /** What was looked at so far. */
  get reads(): Reads {
    return { ...this.#reads, slots: new Set(this.#found.keys()) }
  }

  /** The state now. */
  get savepoint(): Savepoint {
    return this.#state
  }

  /** Undoes everything since a savepoint. What was looked at stays recorded. */
  restore(savepoint: Savepoint): void {
    this.#state = savepoint
  }

  /** Ends the transaction: changing anything afterwards is a defect. Fails while something is being written. */
  get end(): Effect.Effect<void, WriterConflict> {
    return Effect.suspend(() => {
      this.#isOver = true
      for (const path of this.#writing.values()) return Effect.fail(new WriterConflict({ path }))
      return Effect.void
    })
  }

  node(id: NodeId): Effect.Effect<Option.Option<Node>, ReadError> {
    const own = this.#touched(id)
    if (own !== undefined) return Effect.succeed(own.isLive ? Option.some(own.node) : Option.none())
    this.#reads.nodes.add(id)
    return this.base.node(id)
  }

  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, ReadError> {
    const own = this.slot(parentId, name)
    if (own !== undefined) return Effect.succeed(Option.fromNullOr(own))
    const key = slotKey(parentId, name)
    const known = this.#found.get(key)
    const asked = known === undefined ? this.base.child(parentId, name) : Effect.succeed(known)
    return Effect.map(asked, (found) => {
      this.#found.set(key, found)
      return Option.map(found, (node) => {
        this.#reads.nodes.add(node.id)
        return this.#touched(node.id)?.node ?? node
      })
    })
  }

  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError> {
    this.#reads.listings.add(parentId)
    return Effect.map(this.base.children(parentId), (nodes) => {
      const all: Array<Node> = []
      for (const node of nodes) {
        this.#reads.nodes.add(node.id)
        if (this.slot(parentId, node.name) === undefined) all.push(this.#touched(node.id)?.node ?? node)
      }
      for (const name of this.#names.get(parentId) ?? []) {
        const node = this.slot(parentId, name)
        if (node !== undefined && node !== null) all.push(node)
      }
      return all.toSorted((left, right) => compareKeys(left.name, right.name))
    })
  }

  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError> {
    this.#reads.nodes.add(id)
    const own = this.#touched(id)
    return Effect.map(this.base.history(id), (events) =>
      own === undefined
        ? events
        : [...events, ...this.changes.flatMap(({ event }) => (event.node.id === id ? [event] : []))]
    )
  }

  read(
    id: NodeId,
    version: number,
    range?: ByteRange
  ): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing | WriterConflict> {
    const path = this.#writing.get(id)
    if (path !== undefined) return Stream.fail(new WriterConflict({ path }))
    const own = elements(this.#touched(id)?.contents).find(({ staged }) => staged.content.version === version)
    if (own !== undefined) return own.staged.read(range)
    this.#reads.nodes.add(id)
    return this.base.read(id, version, range)
  }

  /** What the transaction put into a slot: a node, `null` when it took it out, `undefined` when it did neither. */
  slot(parentId: NodeId, name: string): Node | null | undefined {
    const id = Option.getOrUndefined(HashMap.get(this.#state.slots, slotKey(parentId, name)))
    return id === undefined || id === null ? id : this.#touched(id)!.node
  }

  /** A node, found here before, as it is now; `undefined` when the transaction removed it since. */
  current(node: Node): Node | undefined {
    const own = this.#touched(node.id)
    return own === undefined ? node : own.isLive ? own.node : undefined
  }

  /** A node, found here before, as it is below the transaction; `undefined` when it was created here. */
  origin(node: Node): Node | undefined {
    const own = this.#touched(node.id)
    return own === undefined ? node : own.origin
  }

  /** What was staged last for a node. */
  stagedOf(node: Node): Staged | undefined {
    return this.#touched(node.id)?.contents?.last.staged
  }

  /** Lets one writer at a time write to a node or new slot; the scope's end lets go. */
  writing(key: string, path: string) {
    return Effect.acquireRelease(
      Effect.suspend(() => {
        if (this.#writing.has(key)) return Effect.fail(new WriterConflict({ path }))
        this.#writing.set(key, path)
        return Effect.void
      }),
      () => Effect.sync(() => this.#writing.delete(key))
    )
  }

  /** Creates a node in a slot that is free. */
  create(node: Node): void {
    const { touched } = this.#state
    this.#touch(node.id, { node, isLive: true, origin: undefined, contents: undefined, order: HashMap.size(touched) })
    this.#setSlot(node, node.id)
    this.#step({ kind: "created", node })
  }

  /** Moves a node to a slot that is free. */
  move(before: Node, node: Node): void {
    this.#touch(node.id, { ...this.#stateOf(before), node })
    this.#setSlot(before, null)
    this.#setSlot(node, node.id)
    this.#step({ kind: "moved", node, from: before })
  }

  /** Removes a node, which is no directory or an empty one. */
  remove(node: Node): void {
    this.#touch(node.id, { ...this.#stateOf(node), isLive: false })
    this.#setSlot(node, null)
    this.#step({ kind: "removed", node })
  }

  /** Gives a node other attributes or another configuration. */
  update(before: Node, node: Node): void {
    this.#touch(node.id, { ...this.#stateOf(before), node })
  }

  /** Gives a node a content in place of the one that this transaction may have given it, or a further one. */
  store(before: Node, staged: Staged, isAddition: boolean, times: TimeBounds | undefined): Node {
    const own = this.#stateOf(before)
    const stored = { staged, isAnew: !isAddition, ...(times === undefined ? {} : { times }) }
    const isBack = !isAddition && own.origin?.content?.hash === staged.content.hash
    const node: Node = { ...before, content: isBack ? own.origin!.content! : staged.content }
    const contents = { last: stored, before: isAddition ? own.contents : undefined }
    this.#touch(node.id, { ...own, node, contents: isBack ? undefined : contents })
    return node
  }

  #touched(id: NodeId): Touched | undefined {
    return Option.getOrUndefined(HashMap.get(this.#state.touched, id))
  }

  #stateOf(node: Node): Touched {
    return (
      this.#touched(node.id) ?? {
        node,
        isLive: true,
        origin: node,
        contents: undefined,
        order: HashMap.size(this.#state.touched)
      }
    )
  }

  #touch(id: NodeId, touched: Touched): void {
    if (this.#isOver) throw new Error("a transaction was changed after its end")
    this.#state = { ...this.#state, touched: HashMap.set(this.#state.touched, id, touched) }
  }

  #step(step: Step): void {
    this.#state = { ...this.#state, journal: extended(this.#state.journal, step) }
  }

  #setSlot({ name, parentId }: Node, id: NodeId | null): void {
    this.#state = { ...this.#state, slots: HashMap.set(this.#state.slots, slotKey(parentId, name), id) }
    const names = this.#names.get(parentId)
    if (names === undefined) this.#names.set(parentId, new Set([name]))
    else names.add(name)
  }
}
