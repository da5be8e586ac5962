/**
 * Whether the events of transactions that come from elsewhere fit the names that are here: the rules of the filesystem, over an index (R11).
 *
 * Hashes only say that a history is the one that somebody made. That it is one of a filesystem, with names that can be names, is said here.
 */
import {
  type Event,
  eventProblem,
  type Node,
  type NodeId,
  ROOT,
  ROOT_ID,
  slotKey,
  type Surroundings
} from "../../tinyfs/index.ts"
import type { Namespace } from "../namespace.ts"

/** The names while the events of one transaction are applied to them. */
class Following {
  readonly #before: Namespace
  readonly #nodes = new Map<NodeId, Node | undefined>()
  readonly #slots = new Map<string, Node | undefined>()

  constructor(before: Namespace) {
    this.#before = before
  }

  async #node(id: NodeId): Promise<Node | undefined> {
    if (this.#nodes.has(id)) return this.#nodes.get(id)
    return (await this.#before.node(id)) ?? (id === ROOT_ID ? ROOT : undefined)
  }

  async #child({ name, parentId }: Node): Promise<Node | undefined> {
    const slot = slotKey(parentId, name)
    return this.#slots.has(slot) ? this.#slots.get(slot) : await this.#before.child(parentId, name)
  }

  async #hasChildren(id: NodeId): Promise<boolean> {
    for (const one of this.#slots.values()) if (one?.parentId === id) return true
    return (await this.#before.children(id)).some((child) => !this.#nodes.has(child.id))
  }

  async #liesWithin(directory: NodeId, id: NodeId): Promise<boolean> {
    const seen = new Set<NodeId>()
    for (let at = await this.#node(directory); at !== undefined; at = await this.#node(at.parentId)) {
      if (at.id === id) return true
      if (at.id === ROOT_ID || seen.has(at.id)) return false
      seen.add(at.id)
    }
    return false
  }

  async #surroundings({ kind, node }: Event): Promise<Surroundings> {
    const isPlaced = kind === "created" || kind === "moved"
    return {
      before: await this.#node(node.id),
      parent: isPlaced ? await this.#node(node.parentId) : undefined,
      occupant: isPlaced ? await this.#child(node) : undefined,
      hasChildren: kind === "removed" && node.type === "dir" && (await this.#hasChildren(node.id)),
      isWithinItself: kind === "moved" && node.type === "dir" && (await this.#liesWithin(node.parentId, node.id))
    }
  }

  /** Applies an event; throws a `TypeError` that says why it does not fit. */
  async apply(event: Event): Promise<void> {
    const { kind, node } = event
    const surroundings = await this.#surroundings(event)
    const problem = eventProblem(event, surroundings)
    if (problem !== undefined)
      throw new TypeError(`event ${node.op} (${kind}, node ${node.id}) does not fit: ${problem}`)
    const { before } = surroundings
    if (before !== undefined && before.id !== ROOT_ID) this.#slots.set(slotKey(before.parentId, before.name), undefined)
    const after = kind === "removed" ? undefined : node
    this.#nodes.set(node.id, after)
    if (node.id !== ROOT_ID) this.#slots.set(slotKey(node.parentId, node.name), after)
  }
}

/** Checks that the events of one transaction, in order, fit the names before it. Rejects with a `TypeError` that says which does not, and why. */
export const requireFit = async (before: Namespace, events: ReadonlyArray<Event>): Promise<void> => {
  const following = new Following(before)
  for (const event of events) await following.apply(event)
}
