/**
 * What `pond why` tells: where every version of a file comes from. Which transaction made it, who asked, and for what.
 */
import { Effect, Schema, Stream } from "effect"
import { type Event, EVENT_KINDS, type Header, isImported } from "../../tinyfs/index.ts"
import type { PondInterface } from "../../tlogfs/index.ts"
import { escapeControls } from "../fileName.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatSize, toSecond } from "../text/units.ts"
import { transactionsOf } from "./log.ts"
import { requestText } from "./request.ts"

/** One step in the life of a node. */
export const Provenance = Schema.Struct({
  kind: Schema.Literals(EVENT_KINDS),
  name: Schema.String.annotate({ description: "its name after this step" }),
  version: Schema.NullOr(Schema.Int),
  size: Schema.NullOr(Schema.Int.annotate({ description: "bytes of the content after this step" })),
  added: Schema.NullOr(Schema.Int.annotate({ description: "bytes more than before; less where it is negative" })),
  hash: Schema.NullOr(Schema.String),
  txn: Schema.Int,
  time: Schema.String,
  author: Schema.String,
  request: Schema.String
})
/** One step in the life of a node. */
export type Provenance = typeof Provenance.Type

/** What `pond why --json` prints. */
export const WhyReport = Schema.Struct({
  path: Schema.String,
  node: Schema.String,
  type: Schema.String,
  steps: Schema.Array(Provenance).annotate({ description: "oldest first" })
})
/** What `pond why --json` prints. */
export type WhyReport = typeof WhyReport.Type

const stepsOf = (events: ReadonlyArray<Event>, headers: ReadonlyMap<number, Header>): ReadonlyArray<Provenance> => {
  let sizeBytes = 0
  let version = 0
  return events.map(({ kind, node }) => {
    const { content } = node
    const isNewer = content !== undefined && content.version !== version
    const added = isNewer ? content.sizeBytes - sizeBytes : null
    if (isNewer) ({ sizeBytes, version } = content)
    const header = headers.get(node.txn)
    return {
      kind,
      name: node.name,
      version: isNewer ? content.version : null,
      size: isNewer ? content.sizeBytes : null,
      added,
      hash: isNewer ? content.hash : null,
      txn: node.txn,
      time: exactTime(node.timeMicros),
      author: header?.author ?? "",
      request: header?.request ?? ""
    }
  })
}

/** Tells where everything at a path comes from. */
export const whyPath = Effect.fn("cli.why")(function* (pond: PondInterface, path: string) {
  const head = yield* pond.head
  const node = yield* head.stat(path, { isFollowing: false })
  const events = yield* head.history(path)
  const headers = new Map<number, Header>()
  // Who asked for what in an import is in the log of the other pond.
  const txns = new Set(isImported(node) ? [] : events.map((event) => event.node.txn))
  yield* Stream.runForEach(transactionsOf(pond, txns), ({ header }) =>
    Effect.sync(() => headers.set(header.txn, header))
  )
  const report: WhyReport = {
    path: yield* head.pathOf(node.id),
    node: node.id,
    type: node.type,
    steps: stepsOf(events, headers)
  }
  return report
})

/** Notes that a transaction made beside something else say nothing to people. */
const isTelling = (step: Provenance, _: number, steps: ReadonlyArray<Provenance>): boolean =>
  step.kind !== "attributed" || steps.filter(({ txn }) => txn === step.txn).length === 1

/** Returns the lines that people read. */
export const whyLines = ({ path, steps, type }: WhyReport): ReadonlyArray<string> => [
  `${escapeControls(path)}: ${type}`,
  ...tableLines(
    ["right", "left", "left", "left", "right", "left", "left"],
    steps
      .filter(isTelling)
      .map((step) => [
        String(step.txn),
        toSecond(step.time),
        step.author === "" ? "-" : step.author,
        step.version === null ? step.kind : `${step.kind} v${step.version}`,
        step.added === null ? "" : `${step.added < 0 ? "-" : "+"}${formatSize(Math.abs(step.added))}`,
        step.name,
        requestText(step.request)
      ])
  )
]
