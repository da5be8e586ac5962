/**
 * The tree of a pond's nodes as a pure fold over its events: `apply(tree, event)`.
 *
 * Trees are immutable and share what did not change, so that the tree after every transaction can be kept. An event
 * that does not fit is refused with the reason: slots are free before they are taken, directories live and free of
 * cycles, versions count up, types stay.
 */
import { HashMap, Option, Result, Schema } from "effect"
import { attributesProblem, encodeAttributes } from "./attributes.ts"
import type { Event } from "./event.ts"
import { type Node, type NodeId, type NodeType, ROOT, ROOT_ID } from "./node.ts"
import { nameProblem } from "./path.ts"

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
  for (let at = directory; ; at = nodeIn(tree, at)!.parentId) {
    if (at === id) return true
    if (at === ROOT_ID) return false
  }
}

const slotProblem = (tree: Tree, { name, parentId }: Node): string | undefined => {
  const parent = nodeIn(tree, parentId)
  if (parent === undefined) return `its directory ${parentId} does not exist`
  if (parent.type !== "dir") return `its directory ${parentId} is a ${parent.type}`
  if (childIn(tree, parentId, name) !== undefined) return `the name ${JSON.stringify(name)} is taken`
  return nameProblem(name)
}

const WRITTEN: ReadonlySet<NodeType> = new Set(["file", "table", "series"])
const APPENDED: ReadonlySet<NodeType> = new Set(["series", "table-series"])

/** What nodes of a type have, and others have not. */
const shapeProblem = ({ attributes, config, content, factory, target, type }: Node): string | undefined => {
  if (content !== undefined && !WRITTEN.has(type) && !APPENDED.has(type)) return `a ${type} has no content`
  if ((content?.listHash !== undefined) !== (content !== undefined && type === "table-series")) {
    return "a list hash belongs to a table series, and to nothing else"
  }
  if ((target !== undefined) !== (type === "symlink")) return "a target belongs to a symlink, and to nothing else"
  if ((factory !== undefined) !== (type === "dynamic") || (config !== undefined) !== (type === "dynamic")) {
    return "factory and configuration belong to a dynamic node, and to nothing else"
  }
  return attributesProblem(attributes)
}

/** What an event may not change: everything but what its kind is about. */
const changedProblem = ({ kind, node }: Event, before: Node): string | undefined => {
  if (node.type !== before.type) return `its type was ${before.type} and cannot become ${node.type}`
  if (node.target !== before.target) return "the target of a symlink cannot change"
  if (kind !== "moved" && (node.parentId !== before.parentId || node.name !== before.name)) return "its name changed"
  const isStored = kind === "written" || kind === "appended"
  if (!isStored && (node.content?.hash !== before.content?.hash || node.content?.version !== before.content?.version)) {
    return "its content changed"
  }
  const isNamed = kind === "attributed" || kind === "pruned"
  if (!isNamed && encodeAttributes(node.attributes) !== encodeAttributes(before.attributes)) {
    return "its attributes changed"
  }
  return undefined
}

const contentProblem = ({ kind, node }: Event, before: Node): string | undefined => {
  const types = kind === "written" ? WRITTEN : APPENDED
  if (!types.has(node.type)) return `a ${node.type} cannot be ${kind}`
  const version = (before.content?.version ?? 0) + 1
  if (node.content?.version !== version) return `its version is ${node.content?.version}, not ${version}`
  const isShorter =
    kind === "appended" && node.type === "series" && node.content.sizeBytes < (before.content?.sizeBytes ?? 0)
  return isShorter ? "a series became shorter" : undefined
}

/** Why an event cannot be applied to a tree, or `undefined` when it can. */
const problemOf = (tree: Tree, event: Event): string | undefined => {
  const { kind, node } = event
  const before = nodeIn(tree, node.id)
  if (kind === "created") {
    if (before !== undefined) return "the node exists already"
    if ((node.content?.version ?? 1) !== 1) return `its first version is ${node.content?.version}`
    return shapeProblem(node) ?? slotProblem(tree, node)
  }
  if (before === undefined) return "the node does not exist"
  const problem = changedProblem(event, before) ?? shapeProblem(node)
  if (problem !== undefined) return problem
  if (kind === "written" || kind === "appended") return contentProblem(event, before)
  if (kind === "configured") return node.type === "dynamic" ? undefined : `a ${node.type} has no configuration`
  if (kind !== "moved" && kind !== "removed") return undefined
  if (node.id === ROOT_ID) return `the root cannot be ${kind}`
  if (kind === "removed") return childrenIn(tree, node.id).length > 0 ? "it is not empty" : undefined
  return (
    slotProblem(tree, node) ?? (liesWithin(tree, node.parentId, node.id) ? "it would lie within itself" : undefined)
  )
}

const withSlot = (tree: Tree, { name, parentId }: Node, id: NodeId | undefined): Tree => ({
  ...tree,
  directories: HashMap.modify(tree.directories, parentId, (names) =>
    id === undefined ? HashMap.remove(names, name) : HashMap.set(names, name, id)
  )
})

/** The tree after an event. */
export const apply = (tree: Tree, event: Event): Result.Result<Tree, EventRefused> => {
  const { kind, node } = event
  const reason = problemOf(tree, event)
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
