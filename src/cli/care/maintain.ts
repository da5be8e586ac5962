/**
 * What `pond maintain` does: merges, indexes and checkpoints what many transactions left, and removes what nothing needs any more.
 */
import { Effect, Option, Schema } from "effect"
import { keepingStore } from "../../store/overlay/keeping.ts"
import { type CopyMaintenance, maintain, maintainNames, maintainWhole } from "../../tlogfs/index.ts"
import { Attention } from "../attention.ts"
import { WrongUsage } from "../failure.ts"
import { present } from "../present.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { formatCount, formatSize, parseAge } from "../text/units.ts"
import { watchedStore } from "./watched.ts"

const BeforeAfter = Schema.Struct({ before: Schema.Int, after: Schema.Int })

/** What `pond maintain --json` prints. */
export const MaintainReport = Schema.Struct({
  dryRun: Schema.Boolean,
  txn: Schema.Int.annotate({ description: "the newest transaction; maintenance makes none" }),
  dataFiles: BeforeAfter,
  indexPieces: BeforeAfter,
  erasedRows: Schema.Int.annotate({ description: "rows of pruned versions that lost their bytes" }),
  collapsedRows: Schema.Int.annotate({ description: "rows of long series whose bytes went into packs" }),
  removedEntries: Schema.Int.annotate({ description: "entries of the log that were removed because it was asked for" }),
  checkpoint: Schema.Int.annotate({ description: "version of the Delta log that the newest checkpoint is of" }),
  removedObjects: Schema.Int,
  removedBytes: Schema.Int,
  sweptObjects: Schema.Int.annotate({ description: "leftovers of writers that died" }),
  imports: Schema.Array(
    Schema.Struct({
      pond: Schema.String,
      dataFiles: Schema.NullOr(BeforeAfter),
      removedObjects: Schema.Int,
      removedBytes: Schema.Int,
      problem: Schema.NullOr(Schema.String).annotate({ description: "why it could not be maintained" })
    })
  ).annotate({ description: "whole copies of imported ponds" })
})
/** What `pond maintain --json` prints. */
export type MaintainReport = typeof MaintainReport.Type

type ImportMaintained = MaintainReport["imports"][number]

const maintainedImport = (done: CopyMaintenance): ImportMaintained => {
  const { pond } = done
  if ("problem" in done) return { pond, dataFiles: null, removedObjects: 0, removedBytes: 0, problem: done.problem }
  const { dataFiles, removedBytes, removedObjects } = done.report
  return { pond, dataFiles, removedObjects, removedBytes, problem: null }
}

const importLine = ({ dataFiles, pond, problem, removedBytes, removedObjects }: ImportMaintained): string =>
  dataFiles === null
    ? `import       ${pond}: ${problem}`
    : `import       ${pond}: data files ${dataFiles.before} -> ${dataFiles.after}, ` +
      `removed ${formatCount(removedObjects, "object")}, ${formatSize(removedBytes)}`

/** Returns the lines that people read. */
const maintainLines = (report: MaintainReport): ReadonlyArray<string> => {
  const { checkpoint, dataFiles, dryRun, erasedRows, indexPieces, removedBytes, removedObjects, sweptObjects } = report
  return [
    `data files   ${dataFiles.before} -> ${dataFiles.after}`,
    `index        ${formatCount(indexPieces.before, "piece")} -> ${formatCount(indexPieces.after, "piece")}`,
    `checkpoint   of log version ${checkpoint}`,
    ...(erasedRows > 0 ? [`erased       the bytes of ${formatCount(erasedRows, "pruned row")}`] : []),
    ...(report.collapsedRows > 0
      ? [`collapsed    ${formatCount(report.collapsedRows, "extent")} of long series into packs`]
      : []),
    ...(report.removedEntries > 0
      ? [`log          ${formatCount(report.removedEntries, "entry", "entries")} removed`]
      : []),
    `removed      ${formatCount(removedObjects, "object")} that nothing refers to, ${formatSize(removedBytes)}`,
    ...(sweptObjects > 0 ? [`swept        ${formatCount(sweptObjects, "leftover")} of writers that died`] : []),
    ...report.imports.map(importLine),
    ...(dryRun ? ["a dry run, nothing was changed"] : [])
  ]
}

/** Maintains the pond. */
export const run = Effect.fn("pond.maintain")(function* (grace: string, cleanUpLog: Option.Option<string>) {
  const graceMs = parseAge(grace)
  if (graceMs === undefined) {
    const problem = `${JSON.stringify(grace)} is not an age: write 0m, 90m, 12h or 30d`
    return yield* new WrongUsage({ problem, command: "pond maintain" })
  }
  const cleanUpLogMs = Option.isNone(cleanUpLog) ? undefined : parseAge(cleanUpLog.value)
  if (Option.isSome(cleanUpLog) && cleanUpLogMs === undefined) {
    const problem = `${JSON.stringify(cleanUpLog.value)} is not an age: write 12h or 30d`
    return yield* new WrongUsage({ problem, command: "pond maintain" })
  }
  const { isDryRun, places } = yield* Session
  const { control, data } = yield* places
  const report = yield* (isDryRun ? keepingStore(data) : Effect.succeed(data)).pipe(
    Effect.flatMap(watchedStore),
    Effect.flatMap((store) =>
      Effect.gen(function* () {
        const done = yield* maintain(store, graceMs, cleanUpLogMs === undefined ? {} : { cleanUpLogMs })
        return { ...done, imports: (yield* maintainWhole(store, graceMs)).map(maintainedImport) }
      })
    ),
    Effect.scoped,
    Effect.provide(Meter.layer("maintaining"))
  )
  // Caches have no report: nobody needs to know of them.
  if (!isDryRun) yield* maintainNames(control, graceMs)
  const failed = report.imports.find(({ problem }) => problem !== null)
  if (failed !== undefined) yield* (yield* Attention).note(`the copy of the imported pond ${failed.pond}`)
  yield* present(MaintainReport, { dryRun: isDryRun, ...report }, maintainLines)
})
