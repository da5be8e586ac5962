/**
 * What an export did, as a value and as lines for people.
 */
import { Schema } from "effect"

/** What an export did. */
export const ExportReport = Schema.Struct({
  target: Schema.String,
  format: Schema.Literals(["delta", "parquet"]),
  /** How often was exported there; 0: never. */
  number: Schema.Int,
  /** Whether something was changed. */
  isChanged: Schema.Boolean,
  /** Why the table was written anew, if it was. */
  anew: Schema.NullOr(Schema.String),
  sources: Schema.Struct({
    new: Schema.Int,
    grown: Schema.Int,
    replaced: Schema.Int,
    gone: Schema.Int,
    unchanged: Schema.Int
  }),
  rows: Schema.Struct({ added: Schema.Int, removed: Schema.Int, total: Schema.Int }),
  files: Schema.Struct({ added: Schema.Int, removed: Schema.Int, total: Schema.Int }),
  bytes: Schema.Int,
  /** What a person should know of the rows. */
  notes: Schema.Array(Schema.String),
  /** Files at the target that no export made. */
  foreign: Schema.Array(Schema.String)
})
/** What an export did. */
export type ExportReport = typeof ExportReport.Type

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** The report as lines for people. */
export const linesOf = (report: ExportReport): ReadonlyArray<string> => {
  const { files, foreign, notes, rows, sources } = report
  const changes = (["new", "grown", "replaced", "gone"] as const).flatMap((kind) =>
    sources[kind] === 0 ? [] : [`${sources[kind]} ${kind}`]
  )
  const what = [...changes, `${sources.unchanged} unchanged`].join(", ")
  const moved = [
    ...(rows.added === 0 ? [] : [`${countOf(rows.added, "row")} added`]),
    ...(rows.removed === 0 ? [] : [`${countOf(rows.removed, "row")} removed`])
  ]
  return [
    ...notes,
    ...(report.anew === null ? [] : [`the table was written anew: ${report.anew}`]),
    ...foreign.map((key) => `${key} lies there, and no export made it`),
    `${what}; ${moved.length === 0 ? "no row changed" : moved.join(", ")}`,
    `${report.target} has ${countOf(rows.total, "row")} in ${countOf(files.total, "file")}`
  ]
}

/** Whether a person has to look at something. */
export const needsAttention = ({ foreign, notes }: ExportReport): boolean => foreign.length > 0 || notes.length > 0
