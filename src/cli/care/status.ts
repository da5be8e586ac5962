/**
 * What `pond status` tells: which pond this is, where it stands, and what its factories are.
 */
import { Clock, Effect, Schema, Stream } from "effect"
import { allInstances, RUN_DIRECTORY } from "../../factories/instance.ts"
import { Counts, type Job, JOB_OUTCOMES, jobsOf } from "../../factories/jobs.ts"
import { roleIn } from "../../tlogfs/role.ts"
import { present } from "../present.ts"
import { POND_NAME, Session } from "../session.ts"
import { importRow, importStates, ImportState } from "../remote/shown.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatCount, formatDuration, formatSize, toSecond } from "../text/units.ts"

const Instance = Schema.Struct({
  path: Schema.String,
  factory: Schema.String,
  runs: Schema.Literals(["by hand", "after each commit"]),
  lastSuccess: Schema.NullOr(Schema.String.annotate({ description: "when a run on this machine last did its work" })),
  lagSeconds: Schema.NullOr(Schema.Int.annotate({ description: "how long ago that is" })),
  lastRun: Schema.NullOr(
    Schema.Struct({
      command: Schema.String,
      time: Schema.String,
      outcome: Schema.Literals(JOB_OUTCOMES),
      problem: Schema.NullOr(Schema.String),
      counts: Schema.NullOr(Counts).annotate({ description: "how many inputs came to what" })
    })
  )
})
type Instance = typeof Instance.Type

/** What `pond status --json` prints. */
export const StatusReport = Schema.Struct({
  url: Schema.String,
  pond: Schema.String.annotate({ description: "identity of the pond, the same for all its copies" }),
  name: Schema.NullOr(Schema.String.annotate({ description: "what people call it: `pond init --name`" })),
  role: Schema.Literals(["primary", "replica"]),
  txn: Schema.Int,
  time: Schema.NullOr(Schema.String.annotate({ description: "of the newest transaction; null when there is none" })),
  root: Schema.String,
  chain: Schema.String,
  stored: Schema.Struct({ objects: Schema.Int, bytes: Schema.Int }).annotate({ description: "what data/ takes up" }),
  factories: Schema.Array(Instance),
  imports: Schema.Array(ImportState).annotate({
    description: "other ponds under paths of this one, as they are pinned"
  })
})
/** What `pond status --json` prints. */
export type StatusReport = typeof StatusReport.Type

const timeOf = (ms: number): string => exactTime(Math.round(ms) * 1000)

const lastOf = (jobs: ReadonlyArray<Job>, nowMs: number): Pick<Instance, "lastSuccess" | "lagSeconds" | "lastRun"> => {
  const last = jobs.at(-1)
  const success = jobs.findLast(({ outcome }) => outcome === "done" || outcome === "attention")
  return {
    lastSuccess: success === undefined ? null : timeOf(success.endedMs),
    lagSeconds: success === undefined ? null : Math.max(0, Math.floor((nowMs - success.endedMs) / 1000)),
    lastRun:
      last === undefined
        ? null
        : {
            command: last.command,
            time: timeOf(last.endedMs),
            outcome: last.outcome,
            problem: last.problem,
            counts: last.counts ?? null
          }
  }
}

/** The instances of factories, and what became of their runs on this machine. */
export const instancesOf = Effect.fnUntraced(function* () {
  const session = yield* Session
  const { local } = yield* session.places
  const nowMs = yield* Clock.currentTimeMillis
  const found = yield* allInstances(yield* (yield* session.pond).head)
  return yield* Effect.forEach(found, ({ node, path }) =>
    Effect.map(jobsOf(local, path), (jobs): Instance => {
      const runs = path.startsWith(`${RUN_DIRECTORY}/`) ? "after each commit" : "by hand"
      return { path, factory: node.factory, runs, ...lastOf(jobs, nowMs) }
    })
  )
})

/** What is open about the last run, or what it came to. */
const lastText = ({ lastRun }: Instance): string => {
  if (lastRun === null) return ""
  const { command, counts, outcome, problem } = lastRun
  const counted = Object.entries(counts ?? {}).map(([name, count]) => `${count} ${name}`)
  if (outcome === "done") return counted.join(", ")
  const detail = [...counted, ...(problem === null ? [] : [problem])].join(", ")
  return `${outcome === "running" ? "running" : `!! ${outcome}`}: \`${command}\`${detail === "" ? "" : `, ${detail}`}`
}

const instanceRow = (instance: Instance): ReadonlyArray<string> => {
  const { factory, lagSeconds, path, runs } = instance
  const lag = lagSeconds === null ? "never done here" : `done ${formatDuration(lagSeconds * 1000)} ago`
  return [path, factory, `runs ${runs}`, lag, lastText(instance)]
}

/** Returns the lines that people read. */
const statusLines =
  (nowMs: number) =>
  (report: StatusReport): ReadonlyArray<string> => {
    const { chain, factories, name, pond, role, root, stored, time, txn, url } = report
    const when = time === null ? "nothing was ever written" : `txn ${txn}, ${toSecond(time)}`
    const rows = [
      ["pond", url],
      ...(name === null ? [] : [["name", name]]),
      ["id", pond],
      ["role", role],
      ["newest", when],
      ["root", root],
      ["chain", chain],
      ["stored", `${formatSize(stored.bytes)} in ${formatCount(stored.objects, "object")}`]
    ]
    return [
      ...tableLines(["left", "left"], rows),
      "",
      ...(factories.length === 0
        ? ["no factories: `pond add logfile NAME …` mirrors the logs of this machine"]
        : tableLines(["left", "left", "left", "left", "left"], factories.map(instanceRow))),
      ...(report.imports.length === 0
        ? []
        : [
            "",
            ...tableLines(
              ["left", "left", "left", "left"],
              report.imports.map((one) => importRow(one, nowMs))
            )
          ])
    ]
  }

/** Tells how the pond stands. */
export const run = Effect.fn("pond.status")(function* () {
  const session = yield* Session
  const pond = yield* session.pond
  const head = yield* pond.head
  const { view } = head
  const name = (yield* head.stat("/")).attributes[POND_NAME]
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
    name: typeof name === "string" ? name : null,
    role: yield* roleIn((yield* session.places).local),
    txn: view.txn,
    time: view.txn === 0 ? null : exactTime(view.timeMicros),
    root: view.root,
    chain: view.chain,
    stored,
    factories: yield* instancesOf(),
    imports: yield* importStates()
  }
  yield* present(StatusReport, report, statusLines(yield* Clock.currentTimeMillis))
})
