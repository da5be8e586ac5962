/**
 * What `pond status` tells: which pond this is, where it stands, and what its factories are.
 */
import { Effect, Schema, Stream } from "effect"
import { present } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatCount, formatSize, toSecond } from "../text/units.ts"

const Instance = Schema.Struct({
  path: Schema.String,
  factory: Schema.String,
  runs: Schema.Literals(["by hand", "after each commit"])
})

/** What `pond status --json` prints. */
export const StatusReport = Schema.Struct({
  url: Schema.String,
  pond: Schema.String.annotate({ description: "identity of the pond, the same for all its copies" }),
  role: Schema.Literals(["primary", "replica"]),
  txn: Schema.Int,
  time: Schema.NullOr(Schema.String.annotate({ description: "of the newest transaction; null when there is none" })),
  root: Schema.String,
  chain: Schema.String,
  stored: Schema.Struct({ objects: Schema.Int, bytes: Schema.Int }).annotate({ description: "what data/ takes up" }),
  factories: Schema.Array(Instance)
})
/** What `pond status --json` prints. */
export type StatusReport = typeof StatusReport.Type

/** Directories of factory instances, and when those in them run. */
const INSTANCES = [
  ["/system/etc", "by hand"],
  ["/system/run", "after each commit"]
] as const

const instancesOf = Effect.fnUntraced(function* () {
  const head = yield* (yield* (yield* Session).pond).head
  const found: Array<typeof Instance.Type> = []
  for (const [directory, runs] of INSTANCES) {
    for (const { node, path } of yield* head.glob(`${directory}/*`)) {
      if (node.type === "dynamic") found.push({ path, factory: node.factory ?? "", runs })
    }
  }
  return found
})

/** Returns the lines that people read. */
export const statusLines = (report: StatusReport): ReadonlyArray<string> => {
  const { chain, factories, pond, role, root, stored, time, txn, url } = report
  const when = time === null ? "nothing was ever written" : `txn ${txn}, ${toSecond(time)}`
  const rows = [
    ["pond", url],
    ["id", pond],
    ["role", role],
    ["newest", when],
    ["root", root],
    ["chain", chain],
    ["stored", `${formatSize(stored.bytes)} in ${formatCount(stored.objects, "object")}`]
  ]
  const instances = factories.map((one) => [one.path, one.factory, `runs ${one.runs}`])
  return [
    ...tableLines(["left", "left"], rows),
    "",
    ...(instances.length === 0
      ? ["no factories: `pond add logfile NAME …` mirrors the logs of this machine"]
      : tableLines(["left", "left", "left"], instances))
  ]
}

/** Which role this copy has; a copy that says nothing is where it was made. */
export const roleOf = Effect.fnUntraced(function* () {
  const { local } = yield* (yield* Session).places
  const text = yield* local.get("role").pipe(
    Effect.map((bytes) => new TextDecoder().decode(bytes).trim()),
    Effect.catchTag("ObjectMissing", () => Effect.succeed("primary"))
  )
  return text === "replica" ? ("replica" as const) : ("primary" as const)
})

/** Tells how the pond stands. */
export const run = Effect.fn("pond.status")(function* () {
  const session = yield* Session
  const pond = yield* session.pond
  const { view } = yield* pond.head
  const stored = { objects: 0, bytes: 0 }
  yield* Stream.runForEach((yield* session.places).data.list(""), ({ sizeBytes }) =>
    Effect.sync(() => {
      stored.objects += 1
      stored.bytes += sizeBytes
    })
  )
  const report: StatusReport = {
    url: session.url,
    pond: pond.id,
    role: yield* roleOf(),
    txn: view.txn,
    time: view.txn === 0 ? null : exactTime(view.timeMicros),
    root: view.root,
    chain: view.chain,
    stored,
    factories: yield* instancesOf()
  }
  yield* present(StatusReport, report, statusLines)
})
