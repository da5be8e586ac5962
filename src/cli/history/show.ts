/**
 * What `pond show` tells: one transaction with all its events, each by its path.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { type Committed, type Event, EVENT_KINDS, NODE_TYPES, TxnMissing } from "../../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../../tlogfs/index.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatSize } from "../text/units.ts"
import { requestText } from "./request.ts"

/** One event of `pond show --json`. */
export const ShownEvent = Schema.Struct({
  kind: Schema.Literals(EVENT_KINDS),
  path: Schema.String.annotate({ description: "where it is after the transaction; of what was removed: before it" }),
  from: Schema.optionalKey(Schema.String.annotate({ description: "of what was moved: where it was" })),
  node: Schema.String.annotate({ description: "id of the node, the same through all renames" }),
  type: Schema.Literals(NODE_TYPES),
  version: Schema.optionalKey(Schema.Int),
  size: Schema.optionalKey(Schema.Int.annotate({ description: "bytes" })),
  hash: Schema.optionalKey(Schema.String.annotate({ description: "BLAKE3 of the content" })),
  target: Schema.optionalKey(Schema.String),
  factory: Schema.optionalKey(Schema.String)
})
/** One event of `pond show --json`. */
export type ShownEvent = typeof ShownEvent.Type

/** What `pond show --json` prints. */
export const ShownTransaction = Schema.Struct({
  txn: Schema.Int,
  time: Schema.String,
  author: Schema.String,
  request: Schema.String,
  parent: Schema.String,
  chain: Schema.String,
  root: Schema.String,
  events: Schema.Array(ShownEvent)
})
/** What `pond show --json` prints. */
export type ShownTransaction = typeof ShownTransaction.Type

/** Gives the path of a node in the first of some states that has it; its id in none of them, as within one transaction. */
const pathIn = Effect.fnUntraced(function* (states: ReadonlyArray<Snapshot>, { id, name }: Event["node"]) {
  for (const state of states) {
    const path = yield* state.pathOf(id).pipe(
      Effect.asSome,
      Effect.catchTag("NotFound", () => Effect.succeed(Option.none<string>()))
    )
    if (Option.isSome(path)) return path.value
  }
  return `${id}/${name}`
})

const shownEvent = Effect.fnUntraced(function* (before: Snapshot, after: Snapshot, { kind, node }: Event) {
  const { content, factory, id, target, type } = node
  const path = yield* pathIn(kind === "removed" ? [before, after] : [after, before], node)
  const from = kind === "moved" ? yield* pathIn([before], node) : undefined
  const shown: ShownEvent = {
    kind,
    path,
    ...(from === undefined || from === path ? {} : { from }),
    node: id,
    type,
    ...(content === undefined ? {} : { version: content.version, size: content.sizeBytes, hash: content.hash }),
    ...(target === undefined ? {} : { target }),
    ...(factory === undefined ? {} : { factory })
  }
  return shown
})

const transactionAt = Effect.fnUntraced(function* (pond: PondInterface, txn: number) {
  const found = txn > 0 ? yield* Stream.runHead(pond.log(txn)) : Option.none<Committed>()
  if (Option.isSome(found) && found.value.header.txn === txn) return found.value
  const { view } = yield* pond.head
  return yield* new TxnMissing({ url: pond.url, requested: `txn ${txn}`, newest: view.txn })
})

/** Shows one transaction. Fails with `TxnMissing` when there is none with this number. */
export const showTransaction = Effect.fn("cli.show")(function* (pond: PondInterface, txn: number) {
  const { events, hash, header } = yield* transactionAt(pond, txn)
  const before = yield* pond.at(txn - 1)
  const after = yield* pond.at(txn)
  const shown: ShownTransaction = {
    txn,
    time: exactTime(header.timeMicros),
    author: header.author,
    request: header.request,
    parent: header.parent,
    chain: hash,
    root: header.root,
    events: yield* Effect.forEach(events, (event) => shownEvent(before, after, event))
  }
  return shown
})

const detailOf = ({ factory, hash, size, target, version }: ShownEvent): ReadonlyArray<string> => {
  if (version !== undefined) return [`v${version}`, formatSize(size ?? 0), (hash ?? "").slice(0, 16)]
  return [target === undefined ? (factory ?? "") : `-> ${target}`]
}

/** Returns the lines that people read. */
export const showLines = (shown: ShownTransaction): ReadonlyArray<string> => [
  ...tableLines(
    ["left", "left"],
    [
      ["txn", String(shown.txn)],
      ["time", shown.time],
      ["author", shown.author === "" ? "-" : shown.author],
      ["request", shown.request === "" ? "-" : requestText(shown.request)],
      ["root", shown.root],
      ["chain", shown.chain],
      ["parent", shown.parent]
    ]
  ),
  "",
  ...tableLines(
    ["left", "left", "left", "right", "right", "left"],
    shown.events.map((event) => [
      event.kind,
      event.type,
      event.from === undefined ? event.path : `${event.from} -> ${event.path}`,
      ...detailOf(event)
    ])
  )
]
