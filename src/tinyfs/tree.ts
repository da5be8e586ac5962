/**
 * The tree of a pond's nodes as a pure fold over its events: `apply(tree, event)`.
 *
 * Trees are immutable and share what did not change, so that the tree after every transaction can be kept. An event
 * that does not fit is refused with the reason: slots are free before they are taken, directories live and free of
 * cycles, versions count up, types stay.
 */
import { HashMap, Option, Result, Schema } from "effect"
import type { Event } from "./event.ts"
import { eventProblem, type Surroundings } from "./fit.ts"
import { type Node, type NodeId, ROOT, ROOT_ID } from "./node.ts"

/** All live nodes, by id, and what lies in each directory, by name. */
export interface Tree {
  readonly nodes: HashMap.HashMap<NodeId, Node>
  readonly directories: HashMap.HashMap<NodeId, HashMap.HashMap<string, NodeId>>
}

/** An event that does not fit the tree it is applied to. */
export class EventRefused extends Schema.TaggedError<EventRefused>()("EventRefused", {
  txn: Schema.Finite,
  op: Schema.Finite,
  kind: Schema.String,
  node: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `event ${this.op} of txn ${this.txn} (${this.kind}, node ${this.node}) cannot be applied: ${this.reason}`
  }
}

/** The tree of a pond without events: the root alone. */
export const EMPTY_TREE: Tree = {
  nodes: HashMap.make([ROOT_ID, ROOT]),
  directories: HashMap.make([ROOT_ID, HashMap.empty<string, NodeId>()])
}

/** The live node with an id. */
export const nodeIn = ({ nodes }: Tree, id: NodeId): Node | undefined => Option.getOrUndefined(HashMap.get(nodes, id))

/** The live node in a slot. */
export const childIn = (tree: Tree, parentId: NodeId, name: string): Node | undefined => {
  const directory = Option.getOrUndefined(HashMap.get(tree.directories, parentId))
  const id = directory === undefined ? undefined : Option.getOrUndefined(HashMap.get(directory, name))
  return id === undefined ? undefined : nodeIn(tree, id)
}

/** The live nodes of a directory, in no order. */
export const childrenIn = (tree: Tree, parentId: NodeId): ReadonlyArray<Node> => {
  const directory = Option.getOrUndefined(HashMap.get(tree.directories, parentId))
  return directory === undefined ? [] : [...HashMap.values(directory)].map((id) => nodeIn(tree, id)!)
}

/** Whether a directory lies in a node, at any depth, or is it. */
const liesWithin = (tree: Tree, directory: NodeId, id: NodeId): boolean => {
  for (let at: Node | undefined = nodeIn(tree, directory); at !== undefined; at = nodeIn(tree, at.parentId)) {
    if (at.id === id) return true
    if (at.id === ROOT_ID) return false
  }
  return false
}

/** What an event finds in a tree. */
const surroundingsIn = (tree: Tree, { kind, node }: Event): Surroundings => ({
  before: nodeIn(tree, node.id),
  parent: nodeIn(tree, node.parentId),
  occupant: childIn(tree, node.parentId, node.name),
  hasChildren: kind === "removed" && childrenIn(tree, node.id).length > 0,
  isWithinItself: kind === "moved" && liesWithin(tree, node.parentId, node.id)
})

const withSlot = (tree: Tree, { name, parentId }: Node, id: NodeId | undefined): Tree => ({
  ...tree,
  directories: HashMap.modify(tree.directories, parentId, (names) =>
    id === undefined ? HashMap.remove(names, name) : HashMap.set(names, name, id)
  )
})

/** The tree after an event. */
export const apply = (tree: Tree, event: Event): Result.Result<Tree, EventRefused> => {
  const { kind, node } = event
  const reason = eventProblem(event, surroundingsIn(tree, event))
  if (reason !== undefined) {
    return Result.fail(new EventRefused({ txn: node.txn, op: node.op, kind, node: node.id, reason }))
  }
  if (kind === "removed") {
    const { directories, nodes } = withSlot(tree, node, undefined)
    return Result.succeed({
      nodes: HashMap.remove(nodes, node.id),
      directories: HashMap.remove(directories, node.id)
    })
  }
  const nodes = HashMap.set(tree.nodes, node.id, node)
  if (kind === "created") {
    const { directories } = withSlot(tree, node, node.id)
    const isDirectory = node.type === "dir"
    return Result.succeed({
      nodes,
      directories: isDirectory ? HashMap.set(directories, node.id, HashMap.empty<string, NodeId>()) : directories
    })
  }
  if (kind !== "moved") return Result.succeed({ ...tree, nodes })
  const { directories } = withSlot(withSlot(tree, nodeIn(tree, node.id)!, undefined), node, node.id)
  return Result.succeed({ nodes, directories })
}

/** The tree after events, in order. */
export const applyAll = (tree: Tree, events: Iterable<Event>): Result.Result<Tree, EventRefused> => {
  let now = tree
  for (const event of events) {
    const next = apply(now, event)
    if (Result.isFailure(next)) return next
    now = next.success
  }
  return Result.succeed(now)
}
