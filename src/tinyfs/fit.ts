/**
 * Whether an event fits what was there before it: the rules that every history keeps, wherever it comes from (R11).
 *
 * Slots are free before they are taken, directories live and free of cycles, versions count up, types stay. Pure: what is there is looked up by
 * whoever asks, in a tree in memory, in an index, or while a pond is checked.
 */
import { attributesProblem, encodeAttributes } from "./attributes.ts"
import { type Event, EVENT_KINDS } from "./event.ts"
import { NODE_TYPES, type Node, type NodeType, ROOT_ID } from "./node.ts"
import { nameProblem } from "./path.ts"

/** What an event finds. */
export interface Surroundings {
  /** The node itself, if it is live. */
  readonly before: Node | undefined
  /** The directory that the event puts it into, if it is live. */
  readonly parent: Node | undefined
  /** What lies in the slot that the event puts it into: asked of what is created or moved. */
  readonly occupant: Node | undefined
  /** Whether something lies in the node: asked of what is removed. */
  readonly hasChildren: boolean
  /** Whether that directory lies in the node, at any depth, or is it: asked of what is moved. */
  readonly isWithinItself: boolean
}

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS)
const TYPES: ReadonlySet<string> = new Set(NODE_TYPES)

const slotProblem = ({ name, parentId }: Node, { occupant, parent }: Surroundings): string | undefined => {
  if (parent === undefined) return `its directory ${parentId} does not exist`
  if (parent.type !== "dir") return `its directory ${parentId} is a ${parent.type}`
  if (occupant !== undefined) return `the name ${JSON.stringify(name)} is taken`
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

/** Why an event does not fit what is there, or `undefined` when it does. */
export const eventProblem = (event: Event, found: Surroundings): string | undefined => {
  const { kind, node } = event
  const { before } = found
  if (!KINDS.has(kind)) return `there is no event of the kind ${JSON.stringify(kind)}`
  if (!TYPES.has(node.type)) return `there is no node of the type ${JSON.stringify(node.type)}`
  if (kind === "created") {
    if (before !== undefined) return "the node exists already"
    if ((node.content?.version ?? 1) !== 1) return `its first version is ${node.content?.version}`
    return shapeProblem(node) ?? slotProblem(node, found)
  }
  if (before === undefined) return "the node does not exist"
  const problem = changedProblem(event, before) ?? shapeProblem(node)
  if (problem !== undefined) return problem
  if (kind === "written" || kind === "appended") return contentProblem(event, before)
  if (kind === "configured") return node.type === "dynamic" ? undefined : `a ${node.type} has no configuration`
  if (kind !== "moved" && kind !== "removed") return undefined
  if (node.id === ROOT_ID) return `the root cannot be ${kind}`
  if (kind === "removed") return found.hasChildren ? "it is not empty" : undefined
  return slotProblem(node, found) ?? (found.isWithinItself ? "it would lie within itself" : undefined)
}
