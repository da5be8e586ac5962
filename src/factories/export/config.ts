/**
 * The configuration of an export: what is carried out of the pond, and where to.
 */
import { Schema } from "effect"
import { BUCKET } from "../reach.ts"

/** What an export is told. */
export const ExportConfig = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Label in reports; by default the name of the instance." })
  ),
  source: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "The files, as SQL names a table: /logs/*.json, weblog:///logs/access*. Only new rows are carried."
    })
  ),
  query: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "SQL in place of a source; its rows replace those before when its inputs changed."
    })
  ),
  to: Schema.NonEmptyString.annotate({
    description: "Where the table is made: an absolute path, or s3://bucket/prefix?region=…"
  }),
  format: Schema.optionalKey(
    Schema.Literals(["delta", "parquet"]).annotate({
      description: "delta: a Delta Lake table (the default); parquet: plain Parquet files in directories."
    })
  ),
  partition: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "Columns that become directories: date, level, or name=expression as in hour=hour(time)."
    })
  ),
  keep_deleted: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "Rows of files that are deleted in the pond stay in the table." })
  ),
  bad_lines: Schema.optionalKey(
    Schema.Literals(["strict", "skip"]).annotate({
      description: "Lines that are no rows: strict fails the run, skip leaves them out and says so (the default)."
    })
  ),
  ...BUCKET
})

/** A checked configuration of an export. */
export type ExportConfig = typeof ExportConfig.Type

/** The names and expressions of the partition columns: `name`, or `name=expression`. */
export const partitionsOf = (
  config: ExportConfig
): ReadonlyArray<{ readonly name: string; readonly expression: string | undefined }> =>
  (config.partition ?? []).map((text) => {
    const [, name, expression] = /^([^=]*)=(.*)$/su.exec(text) ?? []
    return name === undefined ? { name: text.trim(), expression: undefined } : { name: name.trim(), expression }
  })

/** What is wrong with a configuration that its Schema cannot tell; nothing when it is fine. */
export const configProblem = (config: ExportConfig): string | undefined => {
  if ((config.source === undefined) === (config.query === undefined)) return "give a source or a query, one of both"
  const isUrl = /^[a-z][a-z0-9+.-]+:/iu.test(config.to)
  if (!isUrl && !config.to.startsWith("/") && !config.to.includes("${env:")) {
    return `to: ${JSON.stringify(config.to)} is no absolute path: where it is meant from would depend on who runs it`
  }
  if (/^https?:/iu.test(config.to)) return "to: nothing can be written to a web server; give a directory or s3://…"
  const names = partitionsOf(config).map(({ name }) => name.toLowerCase())
  if (names.includes("")) return "partition: a column needs a name, as in date=time"
  return new Set(names).size < names.length ? "partition: one name is there twice" : undefined
}
