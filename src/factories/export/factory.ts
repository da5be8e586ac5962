/**
 * The factory `export`: rows of the pond as a table that other programs read, kept up to date.
 */
import { Effect, Schema } from "effect"
import { urlProblem } from "../../store/stores.ts"
import { MEMORY_MB_LEAST, QueryMemory } from "../../query/allowance.ts"
import { defineCommand, defineFactory, type Instance } from "../contract.ts"
import { optionsOf } from "../reach.ts"
import { configProblem, ExportConfig } from "./config.ts"
import { ExportReport, linesOf, needsAttention } from "./report.ts"

/** What carries rows: loaded when it is asked for, because every run of any factory knows this one. */
const exporting = Effect.promise(() => import("./sync.ts"))

const counts = ({ sources }: ExportReport): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(sources).filter(([, count]) => count > 0))

const FLAGS = {
  memory: Schema.optionalKey(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(MEMORY_MB_LEAST)).annotate({
      description: "Memory for this run, in MB (sql.memory, 1024); beyond it goes to disk"
    })
  )
}

type Flags = { readonly memory?: number }

const run =
  (isRebuilding: boolean) =>
  ({
    config,
    flags: { memory },
    instance
  }: {
    readonly config: ExportConfig
    readonly flags: Flags
    readonly instance: Instance
  }) => {
    const work = Effect.flatMap(exporting, ({ sync }) => sync(config, instance, isRebuilding))
    return memory === undefined ? work : Effect.provideService(work, QueryMemory, memory)
  }

const syncCommand = defineCommand<ExportConfig>()({
  description: "Bring the table up to date: new rows, changed and deleted files, in one commit.",
  flags: FLAGS,
  isReading: true,
  isNoted: true,
  report: ExportReport,
  run: run(false),
  lines: linesOf,
  needsAttention,
  counts
})

const rebuildCommand = defineCommand<ExportConfig>()({
  description: "Write the whole table anew, whatever was done to it.",
  flags: FLAGS,
  isReading: true,
  isNoted: true,
  report: ExportReport,
  run: run(true),
  lines: linesOf,
  needsAttention,
  counts
})

/** What is wrong with an export, by itself and beside others: two cannot keep one table. */
const problemAmong = (
  config: ExportConfig,
  others: ReadonlyArray<{ readonly path: string; readonly config: ExportConfig }>
): string | undefined => {
  const problem = configProblem(config)
  if (problem !== undefined) return problem
  const unreachable = config.to.includes("${env:") ? undefined : urlProblem(config.to, optionsOf(config))
  if (unreachable !== undefined) return `to: ${unreachable}`
  const place = config.to.replace(/\/+$/u, "")
  const other = others.find(({ config: { to } }) => to.replace(/\/+$/u, "") === place)
  return other === undefined ? undefined : `to: ${other.path} exports there already`
}

/** Tables of data for other programs. */
export const exporter = defineFactory(
  {
    type: "export",
    description: "Rows of files or of a query, kept as a table that Spark, Trino, Polars and DuckDB read.",
    config: ExportConfig,
    example: "lake --source '/logs/*.json' --to /srv/lake/logs --partition date",
    bare: "sync",
    problemAmong
  },
  { sync: syncCommand, rebuild: rebuildCommand }
)
