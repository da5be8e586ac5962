/**
 * What `pond copy` reports: one outcome for each file, link and directory that it came across (R10).
 */
import { Schema } from "effect"
import { tableLines } from "../text/table.ts"
import { formatSize } from "../text/units.ts"

const OUTCOMES = ["created", "replaced", "unchanged", "skipped", "failed"] as const

/** What became of one thing. */
export const Copied = Schema.Struct({
  source: Schema.String,
  target: Schema.String,
  type: Schema.Literals(["file", "directory", "other"]),
  outcome: Schema.Literals(OUTCOMES),
  size: Schema.NullOr(Schema.Int.annotate({ description: "bytes of the content" })),
  hash: Schema.NullOr(Schema.String.annotate({ description: "BLAKE3 of the content" })),
  detail: Schema.NullOr(Schema.String.annotate({ description: "why it was skipped, or failed" }))
})
/** What became of one thing. */
export type Copied = typeof Copied.Type

/** What `pond copy --json` prints. */
export const CopyReport = Schema.Struct({
  direction: Schema.Literals(["in", "out"]),
  dryRun: Schema.Boolean,
  txn: Schema.NullOr(Schema.Int.annotate({ description: "the transaction that was made; null when nothing changed" })),
  files: Schema.Array(Copied),
  summary: Schema.Struct({
    created: Schema.Int,
    replaced: Schema.Int,
    unchanged: Schema.Int,
    skipped: Schema.Int,
    failed: Schema.Int,
    bytes: Schema.Int.annotate({ description: "bytes of the files that were created or replaced" })
  })
})
/** What `pond copy --json` prints. */
export type CopyReport = typeof CopyReport.Type

/** Sums outcomes up. */
export const summaryOf = (files: ReadonlyArray<Copied>): CopyReport["summary"] => {
  const count = (outcome: Copied["outcome"]): number => files.filter((file) => file.outcome === outcome).length
  const written = files.filter(({ outcome }) => outcome === "created" || outcome === "replaced")
  return {
    created: count("created"),
    replaced: count("replaced"),
    unchanged: count("unchanged"),
    skipped: count("skipped"),
    failed: count("failed"),
    bytes: written.reduce((sum, { size }) => sum + (size ?? 0), 0)
  }
}

/** Returns the lines that people read: everything but what is unchanged, and a summary. */
export const copyLines = ({ direction, dryRun, files, summary, txn }: CopyReport): ReadonlyArray<string> => {
  const rows = files
    .filter(({ outcome }) => outcome !== "unchanged")
    .map(({ detail, outcome, size, source, target }) =>
      outcome === "skipped" || outcome === "failed"
        ? [outcome, "", source, detail ?? ""]
        : [outcome, size === null ? "" : formatSize(size), target, ""]
    )
  const counts = OUTCOMES.filter((outcome) => summary[outcome] > 0).map((outcome) => `${summary[outcome]} ${outcome}`)
  const size = formatSize(summary.bytes)
  const what = counts.length === 0 ? "nothing to copy" : counts.join(", ")
  const where = txn === null ? "" : `, txn ${txn}`
  const would = dryRun ? "; a dry run, nothing was written" : ""
  const isMuch = summary.bytes > 0 || direction === "out"
  return [...tableLines(["left", "right", "left", "left"], rows), `${what}${isMuch ? `, ${size}` : ""}${where}${would}`]
}
