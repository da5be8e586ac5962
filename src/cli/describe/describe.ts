/**
 * What `pond describe` tells: everything that is known of nodes, and what the rows in them are like.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { parseReference } from "../../formats/reference.ts"
import { isDerived } from "../../query/deriving.ts"
import { loadEngine } from "../../query/database.ts"
import { type GlobMatch, isImported, NODE_TYPES, prunedSpans } from "../../tinyfs/index.ts"
import { extentsOf } from "../../tlogfs/layout.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { stateAt } from "../at.ts"
import { PartlyFailed } from "../failure.ts"
import { nothingMatches } from "../matches.ts"
import { Output } from "../output.ts"
import { present } from "../present.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatCount, formatSize, toSecond } from "../text/units.ts"
import { columnLines, countText, RowsDescription, rowsOf } from "./rows.ts"

const Step = Schema.Struct({ txn: Schema.Int, time: Schema.String })

/** One node of `pond describe --json`. */
export const Description = Schema.Struct({
  path: Schema.String,
  node: Schema.String.annotate({ description: "its id, the same through all renames" }),
  type: Schema.Literals(NODE_TYPES),
  size: Schema.optionalKey(Schema.Int.annotate({ description: "bytes of the content" })),
  hash: Schema.optionalKey(Schema.String.annotate({ description: "BLAKE3 of the content" })),
  version: Schema.optionalKey(Schema.Int),
  versions: Schema.Int.annotate({ description: "how many there are" }),
  pruned: Schema.Int.annotate({ description: "versions whose bytes were forgotten on purpose" }),
  extents: Schema.Array(
    Schema.Struct({ kind: Schema.Literals(["inline", "blob", "pruned"]), count: Schema.Int, bytes: Schema.Int })
  ).annotate({ description: "where the bytes of all versions lie; blobs that others have as well count in full" }),
  eventTimes: Schema.optionalKey(
    Schema.Struct({ min: Schema.String, max: Schema.String }).annotate({
      description: "bounds of the times in its bytes"
    })
  ),
  children: Schema.optionalKey(Schema.Int.annotate({ description: "of a directory: how many nodes it holds" })),
  target: Schema.optionalKey(Schema.String),
  factory: Schema.optionalKey(Schema.String),
  attributes: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])),
  names: Schema.Array(Schema.String).annotate({ description: "names that it has had, oldest first" }),
  events: Schema.Int,
  created: Step,
  changed: Step,
  rows: Schema.optionalKey(RowsDescription),
  unreadable: Schema.optionalKey(Schema.String.annotate({ description: "why its rows cannot be read" }))
})
/** One node of `pond describe --json`. */
export type Description = typeof Description.Type

/** Nodes whose content may be rows. */
const ROW_TYPES: ReadonlySet<string> = new Set(["file", "series", "table", "table-series"])

const stepOf = ({ timeMicros, txn }: { readonly timeMicros: number; readonly txn: number }) => ({
  txn,
  time: exactTime(timeMicros)
})

/** Describes one node. */
const describeNode = Effect.fnUntraced(function* (head: Snapshot, { node, path }: GlobMatch) {
  const history = node.id === node.parentId ? [] : yield* head.source.history(node.id)
  const versions = new Set(history.flatMap((event) => event.node.content?.version ?? []))
  const times = history.flatMap((event) => event.times ?? [])
  const names = history.map((event) => event.node.name).filter((name, index, all) => name !== all[index - 1])
  const { content, factory, target } = node
  const inside = node.type === "dir" ? yield* head.inside({ node, path }) : Option.none()
  const description: Description = {
    path,
    node: node.id,
    type: node.type,
    ...(content === undefined ? {} : { size: content.sizeBytes, hash: content.hash, version: content.version }),
    versions: versions.size,
    pruned: prunedSpans(node.attributes).reduce((sum, { first, last }) => sum + last - first + 1, 0),
    extents: node.id === node.parentId ? [] : yield* extentsOf(head.view, node.id),
    ...(times.length === 0
      ? {}
      : {
          eventTimes: {
            min: exactTime(times.reduce((least, one) => Math.min(least, one.minMicros), Infinity)),
            max: exactTime(times.reduce((most, one) => Math.max(most, one.maxMicros), -Infinity))
          }
        }),
    ...(Option.isSome(inside) ? { children: inside.value.length } : {}),
    ...(target === undefined ? {} : { target }),
    ...(factory === undefined ? {} : { factory }),
    attributes: { ...node.attributes },
    names,
    events: history.length,
    created: stepOf(history[0]?.node ?? node),
    changed: stepOf(node)
  }
  return description
})

/** Whether rows can be looked at; that they cannot is said. */
const areRowsRead = Effect.as(loadEngine, true).pipe(
  Effect.catchTag("EngineMissing", (error) =>
    Effect.gen(function* () {
      yield* (yield* Output).message(`pond: rows are not described: ${error.message}`)
      return false
    })
  )
)

/** Describes everything that a glob matches, one after the other; a format may stand before it, as in `csv:///data/*`. */
const describeGlob = (state: Snapshot, text: string, isQuick: boolean) => {
  const { format, path: pattern } = parseReference(text, new Set()) ?? { format: undefined, path: text }
  const described = (match: GlobMatch, canAsk: typeof areRowsRead) =>
    Effect.gen(function* () {
      const description = yield* describeNode(state, match)
      const isQuery = isDerived(match.node) && !isImported(match.node)
      const hasRows = isQuery || (ROW_TYPES.has(match.node.type) && match.node.content !== undefined)
      if (isQuick || !hasRows || !(yield* canAsk)) return description
      return { ...description, ...(yield* rowsOf(state, match.path, format, isQuery)) }
    })
  return Stream.unwrap(
    Effect.gen(function* () {
      const matches = yield* state.glob(pattern)
      if (matches.length === 0) return yield* nothingMatches(pattern)
      const canAsk = yield* Effect.cached(areRowsRead)
      return Stream.mapEffect(Stream.fromIterable(matches), (match) => described(match, canAsk))
    })
  )
}

/** Writes each description when it is made. Ends with 1 where rows could not be read. */
export const run = Effect.fn("pond.describe")(function* (options: {
  readonly glob: string
  readonly at: Option.Option<string>
  readonly isQuick: boolean
}) {
  const { columns } = yield* Output
  let failures = 0
  let isFirst = true
  const write = (one: Description) =>
    Effect.suspend(() => {
      if (one.unreadable !== undefined) failures += 1
      const gap = isFirst ? [] : [""]
      isFirst = false
      return present(Description, one, () => [...gap, ...linesOf(one, columns)])
    })
  yield* Stream.runForEach(describeGlob(yield* stateAt(options.at), options.glob, options.isQuick), write)
  if (failures > 0) return yield* new PartlyFailed({ failures })
})

const sizeText = (sizeBytes: number): string =>
  sizeBytes < 1024 ? formatCount(sizeBytes, "byte") : `${formatSize(sizeBytes)} (${sizeBytes} bytes)`

const linesOf = (one: Description, width: number | undefined): ReadonlyArray<string> => {
  const rows: Array<readonly [string, string]> = []
  const add = (label: string, text: string | undefined): void => {
    if (text !== undefined) rows.push([`  ${label}`, text])
  }
  add("type", one.factory === undefined ? one.type : `${one.type} (${one.factory})`)
  add("target", one.target)
  add("holds", one.children === undefined ? undefined : formatCount(one.children, "node"))
  add("size", one.size === undefined ? undefined : sizeText(one.size))
  add("hash", one.hash)
  add("versions", one.versions === 0 ? undefined : `${one.versions}${one.pruned === 0 ? "" : `, ${one.pruned} pruned`}`)
  const places = one.extents.map(({ bytes, count, kind }) => `${count} ${kind} (${formatSize(bytes)})`)
  add("extents", places.length === 0 ? undefined : places.join(", "))
  add("format", one.rows?.format)
  add("rows", one.rows === undefined ? undefined : countText(one.rows))
  add("rows", one.unreadable === undefined ? undefined : `cannot be read: ${one.unreadable}`)
  add("times", one.eventTimes === undefined ? undefined : `${one.eventTimes.min} to ${one.eventTimes.max}`)
  for (const [key, value] of Object.entries(one.attributes)) add(key, String(value))
  add("was", one.names.length > 1 ? one.names.slice(0, -1).join(", ") : undefined)
  add("created", `${toSecond(one.created.time)} in txn ${one.created.txn}`)
  add("changed", `${toSecond(one.changed.time)} in txn ${one.changed.txn}, ${formatCount(one.events, "event")} in all`)
  add("node", one.node)
  const labelled = tableLines(["left", "left"], rows)
  return [...tableLines(["left"], [[one.path]]), ...labelled, ...columnLines(one.rows?.columns ?? [], width)]
}
