/**
 * What commands of imports report.
 */
import { Schema } from "effect"
import { Tip } from "../../tlogfs/replicate/errors.ts"
import { damageLines, DamagedFiles } from "../remote/report.ts"

/** How an import stands to the pond that it shows, and what was carried. */
export const ImportReport = Schema.Struct({
  url: Schema.String,
  path: Schema.String,
  pond: Schema.String,
  mode: Schema.Literals(["lazy", "whole"]).annotate({
    description: "lazy: bytes are fetched when they are read; whole: all of them are here."
  }),
  state: Schema.Literals(["mounted", "moved on", "equal", "behind", "not mounted"]).annotate({
    description: "mounted: it appears for the first time; moved on: it shows newer transactions; behind: a pull would."
  }),
  by: Schema.Int.annotate({ description: "By how many transactions." }),
  before: Schema.NullOr(Tip),
  /** The transaction that is shown, or there. */
  after: Tip,
  carried: Schema.Struct({
    blobs: Schema.Int,
    bytes: Schema.Int.annotate({ description: "Bytes of blobs, as they are stored." })
  }),
  damaged: Schema.optionalKey(DamagedFiles),
  healed: Schema.optionalKey(Schema.Struct({ blobs: Schema.Int, bytes: Schema.Int })).annotate({
    description: "What was damaged or lost in the whole copy, and was brought again."
  })
})
/** A checked report of an import. */
export type ImportReport = typeof ImportReport.Type

/** Whether a person has to look: a pull would bring something, or could not bring all. */
export const isUnsettled = ({ damaged = [], state }: ImportReport): boolean =>
  state === "behind" || state === "not mounted" || damaged.length > 0

const stateLine = ({ after, by, path, pond, state, url }: ImportReport): string => {
  const transactions = `${by} ${by === 1 ? "transaction" : "transactions"}`
  switch (state) {
    case "mounted":
      return `${path} shows ${url} (pond ${pond}) as of txn ${after.txn}, root ${after.root}`
    case "moved on":
      return `${path} moved on by ${transactions} to txn ${after.txn} of ${url}, root ${after.root}`
    case "equal":
      return `${path} shows the newest of ${url}: txn ${after.txn}, root ${after.root}`
    case "behind":
      return `${path} is behind ${url} by ${transactions}: \`pond pull\` with the name of the import brings them`
    case "not mounted":
      return `nothing is at ${path}: \`pond pull\` with the name of the import shows ${url} there`
  }
}

const healedLine = ({ blobs, bytes }: NonNullable<ImportReport["healed"]>): string =>
  blobs === 0
    ? "everything was read, and nothing had to be healed"
    : `healed ${blobs} blobs of ${bytes} bytes; everything was read and is sound`

/** The report for people. */
export const linesOf = (report: ImportReport): ReadonlyArray<string> => {
  const { blobs, bytes } = report.carried
  const healed = report.healed === undefined ? [] : [healedLine(report.healed)]
  const carried = blobs === 0 ? [] : [`carried ${blobs} blobs of ${bytes} bytes`]
  return [...carried, ...damageLines(report.url, report.damaged), ...healed, stateLine(report)]
}
