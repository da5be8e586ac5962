/**
 * What changed in a pond between two of its states, by path. Costs what changed, not what exists (R9).
 */
import { Effect, Option, Schema, Stream } from "effect"
import { compareKeys } from "../../store/key.ts"
import { type Node, type NodeId, NODE_TYPES } from "../../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../../tlogfs/index.ts"
import { tableLines } from "../text/table.ts"
import { formatSize } from "../text/units.ts"

/** What a node holds on one side. */
const Side = Schema.Struct({
  path: Schema.String,
  node: Schema.String,
  type: Schema.Literals(NODE_TYPES),
  version: Schema.optionalKey(Schema.Int),
  size: Schema.optionalKey(Schema.Int),
  hash: Schema.optionalKey(Schema.String)
})

/** One line of `pond diff A B --json` between two states. */
export const Change = Schema.Struct({
  change: Schema.Literals(["added", "removed", "modified", "moved", "replaced"]).annotate({
    description: "replaced: another node is at the path; moved: the same node, whose content may have changed as well"
  }),
  path: Schema.String,
  what: Schema.Array(Schema.Literals(["content", "attributes", "target", "config", "path"])),
  before: Schema.NullOr(Side),
  after: Schema.NullOr(Side)
})
/** One line of `pond diff A B --json` between two states. */
export type Change = typeof Change.Type

interface Placed {
  readonly node: Node
  readonly path: string
}

const placedIn = Effect.fnUntraced(function* (state: Snapshot, id: NodeId) {
  const found = yield* state.source.node(id)
  if (Option.isNone(found)) return undefined
  const path = yield* state.pathOf(id).pipe(Effect.catchTag("NotFound", () => Effect.void))
  return path === undefined ? undefined : { node: found.value, path }
})

const sideOf = ({ node, path }: Placed): typeof Side.Type => ({
  path,
  node: node.id,
  type: node.type,
  ...(node.content === undefined
    ? {}
    : { version: node.content.version, size: node.content.sizeBytes, hash: node.content.hash })
})

const attributesOf = ({ attributes }: Node): string =>
  JSON.stringify(Object.entries(attributes).toSorted(([left], [right]) => compareKeys(left, right)))

const configOf = ({ config, factory }: Node): string => `${factory} ${Buffer.from(config ?? []).toString("hex")}`

const differences = (before: Placed, after: Placed): Change["what"] => {
  const what: Array<Change["what"][number]> = []
  const [left, right] = [before.node, after.node]
  if (before.path !== after.path) what.push("path")
  if (left.content?.hash !== right.content?.hash || left.content?.listHash !== right.content?.listHash) {
    what.push("content")
  }
  if (attributesOf(left) !== attributesOf(right)) what.push("attributes")
  if (left.target !== right.target) what.push("target")
  if (configOf(left) !== configOf(right)) what.push("config")
  return what
}

const changeOf = (before: Placed | undefined, after: Placed | undefined): Change | undefined => {
  if (before === undefined || after === undefined) {
    const there = before ?? after
    if (there === undefined) return undefined
    return {
      change: before === undefined ? "added" : "removed",
      path: there.path,
      what: [],
      before: before === undefined ? null : sideOf(before),
      after: after === undefined ? null : sideOf(after)
    }
  }
  const what = differences(before, after)
  if (what.length === 0) return undefined
  const change = what.includes("path") ? "moved" : "modified"
  return { change, path: after.path, what, before: sideOf(before), after: sideOf(after) }
}

/** A node that went and another one that came at the same path are one change. */
const joined = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const removed = new Map(changes.flatMap((one) => (one.change === "removed" ? [[one.path, one] as const] : [])))
  const replaced = changes.flatMap((one): ReadonlyArray<Change> => {
    const gone = one.change === "added" ? removed.get(one.path) : undefined
    if (gone === undefined) return [one]
    removed.delete(one.path)
    const isSame = gone.before?.type === one.after?.type && gone.before?.hash === one.after?.hash
    return [{ ...one, change: "replaced", what: isSame ? [] : ["content"], before: gone.before }]
  })
  return replaced.filter((one) => one.change !== "removed" || removed.get(one.path) === one)
}

/** Compares two states of one pond, in whichever order. Sorted by path. */
export const changesBetween = Effect.fn("cli.diff")(function* (pond: PondInterface, before: Snapshot, after: Snapshot) {
  const [older, newer] = [before.view.txn, after.view.txn].toSorted((left, right) => left - right) as [number, number]
  if (older === newer) return []
  const ids = new Set<NodeId>()
  yield* Stream.runForEach(
    Stream.takeUntil(pond.changes(older + 1), ({ header }) => header.txn >= newer),
    ({ events }) => Effect.sync(() => events.forEach(({ node }) => ids.add(node.id)))
  )
  const changes: Array<Change> = []
  for (const id of ids) {
    const change = changeOf(yield* placedIn(before, id), yield* placedIn(after, id))
    if (change !== undefined) changes.push(change)
  }
  return joined(changes).toSorted((left, right) => compareKeys(left.path, right.path))
})

const SIGNS: Readonly<Record<Change["change"], string>> = {
  added: "+",
  removed: "-",
  modified: "~",
  moved: ">",
  replaced: "*"
}

const sizesOf = ({ after, before }: Change): string => {
  const [left, right] = [before?.size, after?.size]
  if (left === undefined) return right === undefined ? "" : formatSize(right)
  return right === undefined || right === left ? formatSize(left) : `${formatSize(left)} -> ${formatSize(right)}`
}

/** Returns the lines that people read. */
export const changeLines = (changes: ReadonlyArray<Change>): ReadonlyArray<string> =>
  tableLines(
    ["left", "left", "left", "left"],
    changes.map((one) => [
      `${SIGNS[one.change]} ${one.change}`,
      one.change === "moved" ? `${one.before?.path} -> ${one.path}` : one.path,
      sizesOf(one),
      one.what.filter((what) => what !== "path" && (one.change !== "modified" || what !== "content")).join(", ")
    ])
  )
