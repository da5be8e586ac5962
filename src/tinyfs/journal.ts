/**
 * The journal of a transaction: how names changed, step by step, and from it the events that are committed.
 *
 * Names change in the order of the program: every step finds its slot free and its directory there, so that the events
 * can be applied one after the other. Contents, configurations and attributes do not disturb each other: a node that
 * was created has them from the start, any other gets each of them once, after all names have changed. Nothing here is
 * changed in place.
 */
import { encodeAttributes } from "./attributes.ts"
import type { EventKind, TimeBounds } from "./event.ts"
import type { Content, Node, NodeId } from "./node.ts"
import type { Change, Staged } from "./persistence.ts"
import { PRUNED_ATTRIBUTE } from "./pruned.ts"

/** A list that grows at its end and shares its beginning with earlier ones. */
export interface Chain<A> {
  readonly last: A
  readonly before: Chain<A> | undefined
}

/** The elements of a chain, in order. */
export const elements = <A>(chain: Chain<A> | undefined): Array<A> => {
  const all: Array<A> = []
  for (let at = chain; at !== undefined; at = at.before) all.push(at.last)
  return all.toReversed()
}

/** A change of names: `node` with the slot it has after it (of a removed node: had before it). */
export interface Step {
  readonly kind: "created" | "moved" | "removed"
  readonly node: Node
  /** Where a moved node came from. */
  readonly from?: Pick<Node, "name" | "parentId">
}

/** A content that the transaction gave to a node. */
export interface StoredContent {
  readonly staged: Staged
  readonly times?: TimeBounds
  /** Whether it takes the place of what was there; otherwise it goes on from it. */
  readonly isAnew: boolean
}

/** What a transaction did to one node. */
export interface Touched {
  /** Its newest state; of a removed node the last. */
  readonly node: Node
  readonly isLive: boolean
  /** Its state below the transaction; none when it was created here. */
  readonly origin: Node | undefined
  /** Its new contents: of a file or table one at most, of a series what was appended, perhaps to one that was written. */
  readonly contents: Chain<StoredContent> | undefined
  /** When it was first touched, counted. */
  readonly order: number
}

const isSameSlot = (left: Pick<Node, "name" | "parentId">, right: Pick<Node, "name" | "parentId">): boolean =>
  left.parentId === right.parentId && left.name === right.name

/** Adds a step. Moving a node that the last step created or moved goes on with that step. */
export const extended = (journal: Chain<Step> | undefined, step: Step): Chain<Step> | undefined => {
  const last = journal?.last
  if (journal === undefined || step.kind !== "moved" || last?.node.id !== step.node.id) {
    return { last: step, before: journal }
  }
  if (last.kind === "moved" && isSameSlot(last.from!, step.node)) return journal.before
  return { last: { ...last, node: step.node }, before: journal.before }
}

const isSameContent = (left: Content | undefined, right: Content | undefined): boolean =>
  left?.hash === right?.hash && left?.sizeBytes === right?.sizeBytes && left?.listHash === right?.listHash

const isSameConfig = (left: Node, right: Node): boolean =>
  left.factory === right.factory &&
  (left.config === right.config ||
    Buffer.compare(left.config ?? new Uint8Array(), right.config ?? new Uint8Array()) === 0)

const isSameAttributes = (left: Node, right: Node): boolean =>
  left.attributes === right.attributes || encodeAttributes(left.attributes) === encodeAttributes(right.attributes)

const isUnchanged = ({ isLive, node, origin }: Touched): boolean =>
  origin === undefined
    ? !isLive
    : isLive &&
      isSameSlot(origin, node) &&
      isSameContent(origin.content, node.content) &&
      isSameConfig(origin, node) &&
      isSameAttributes(origin, node)

/**
 * The steps without those of nodes that were made and removed here, unless something that stays was in them for a
 * while.
 */
const lasting = (steps: ReadonlyArray<Step>, touched: ReadonlyMap<NodeId, Touched>): ReadonlyArray<Step> => {
  const isPassing = (id: NodeId): boolean => {
    const one = touched.get(id)
    return one !== undefined && one.origin === undefined && !one.isLive
  }
  const needed = new Set<NodeId>()
  // A directory is needed by what lay in it, and then needs its own: until nothing is added.
  for (let isGrowing = true; isGrowing;) {
    isGrowing = false
    for (const { kind, node } of steps) {
      if (kind === "removed" || !isPassing(node.parentId) || needed.has(node.parentId)) continue
      if (isPassing(node.id) && !needed.has(node.id)) continue
      needed.add(node.parentId)
      isGrowing = true
    }
  }
  return steps.filter(({ node }) => !isPassing(node.id) || needed.has(node.id))
}

const changeOf = (kind: EventKind, node: Node, stored?: StoredContent): Change => ({
  event: { kind, node, ...(stored?.times === undefined ? {} : { times: stored.times }) },
  ...(stored === undefined ? {} : { staged: stored.staged })
})

/** The events of names; `states` takes the state of each node after them. */
const nameChanges = (
  steps: ReadonlyArray<Step>,
  touched: ReadonlyMap<NodeId, Touched>,
  states: Map<NodeId, Node>
): Array<Change> =>
  steps.map(({ kind, node: { id, name, parentId } }) => {
    const one = touched.get(id)!
    if (kind !== "created") {
      const node = { ...states.get(id)!, name, parentId }
      states.set(id, node)
      return changeOf(kind, node)
    }
    const { content: _, ...rest } = one.node
    const first = elements(one.contents)[0]
    const node: Node = { ...rest, name, parentId, ...(first === undefined ? {} : { content: first.staged.content }) }
    states.set(id, node)
    return changeOf(kind, node, first)
  })

/** The events of one node after names have changed. */
const furtherChanges = ({ contents, node: end, origin }: Touched, state: Node): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  let node = state
  const add = (kind: EventKind, fields: Partial<Node>, stored?: StoredContent): void => {
    node = { ...node, ...fields }
    changes.push(changeOf(kind, node, stored))
  }
  for (const stored of elements(contents).slice(origin === undefined ? 1 : 0)) {
    add(stored.isAnew ? "written" : "appended", { content: stored.staged.content }, stored)
  }
  if (!isSameConfig(node, end)) add("configured", { factory: end.factory!, config: end.config! })
  const pruned = end.attributes[PRUNED_ATTRIBUTE]
  if (pruned !== undefined && pruned !== node.attributes[PRUNED_ATTRIBUTE]) {
    add("pruned", { attributes: { ...node.attributes, [PRUNED_ATTRIBUTE]: pruned } })
  }
  if (!isSameAttributes(node, end)) add("attributed", { attributes: end.attributes })
  return changes
}

/** The events of a transaction that touched these nodes and changed names like this; none when all is as it was. */
export const eventsOf = (nodes: ReadonlyArray<Touched>, journal: Chain<Step> | undefined): ReadonlyArray<Change> => {
  if (nodes.every(isUnchanged)) return []
  const touched = new Map(nodes.map((one) => [one.node.id, one]))
  const states = new Map(
    nodes.flatMap(({ node, origin }) => (origin === undefined ? [] : [[node.id, origin] as const]))
  )
  const changes = nameChanges(lasting(elements(journal), touched), touched, states)
  for (const one of nodes.toSorted((left, right) => left.order - right.order)) {
    const state = states.get(one.node.id)
    if (!one.isLive || state === undefined) continue
    for (const change of furtherChanges(one, state)) changes.push(change)
  }
  return changes
}
