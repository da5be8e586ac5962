/**
 * What a sync reports: one line for each file, and how many came to what.
 */
import { Schema } from "effect"
import { formatSize } from "../size.ts"
import { needsPerson, type Outcome } from "./plan.ts"

const Count = Schema.Finite

/** What became of one file. Sizes are bytes; `null`: nothing is known. */
export const FileReport = Schema.Struct({
  name: Schema.String.annotate({
    description: "Name of the host's file; of one that is in the pond alone, its name there."
  }),
  path: Schema.NullOr(Schema.String).annotate({ description: "Path in the pond." }),
  outcome: Schema.String.annotate({ description: "What became of it: new, appended, unchanged, rotated, …" }),
  bytes: Count.annotate({ description: "Bytes that were added." }),
  size: Schema.NullOr(Count).annotate({ description: "Size in the pond afterwards." }),
  hash: Schema.NullOr(Schema.String).annotate({ description: "BLAKE3 of its bytes in the pond, hex." }),
  detail: Schema.NullOr(Schema.String)
})

/** What a sync came to. */
export const SyncReport = Schema.Struct({
  files: Schema.Array(FileReport),
  summary: Schema.Struct({
    files: Count.annotate({ description: "How many files are reported." }),
    bytes: Count.annotate({ description: "Bytes that were added, in all." }),
    attention: Count.annotate({ description: "How many need a person." }),
    outcomes: Schema.Record(Schema.String, Count).annotate({ description: "How many files came to what." })
  })
})

/** A checked report of a sync. */
export type SyncReport = typeof SyncReport.Type

/** The report of outcomes; `directory` is the mirror's in the pond. */
export const reportOf = (outcomes: ReadonlyArray<Outcome>, directory: string): SyncReport => {
  const counts: Record<string, number> = {}
  for (const { code } of outcomes) counts[code] = (counts[code] ?? 0) + 1
  return {
    files: outcomes.map(({ addedBytes, code, detail, entry, name, shape }) => ({
      name,
      path: entry === undefined ? null : `${directory}/${entry}`,
      outcome: code,
      bytes: addedBytes,
      size: shape?.sizeBytes ?? null,
      hash: shape?.hash ?? null,
      detail: detail ?? null
    })),
    summary: {
      files: outcomes.length,
      bytes: outcomes.reduce((sum, { addedBytes }) => sum + addedBytes, 0),
      attention: outcomes.filter(({ code }) => needsPerson(code)).length,
      outcomes: Object.fromEntries(Object.entries(counts).toSorted(([left], [right]) => (left < right ? -1 : 1)))
    }
  }
}

/** What people read: what changed or needs them, and how much stayed as it was. */
export const linesOf = ({ files, summary }: SyncReport): ReadonlyArray<string> => {
  const told = files.filter(({ outcome }) => outcome !== "unchanged")
  const width = Math.max(0, ...told.map(({ outcome }) => outcome.length))
  const lines = told.map(({ bytes, detail, name, outcome }) => {
    const added = bytes > 0 ? `  +${formatSize(bytes)}` : ""
    return `${outcome.padEnd(width)}  ${name}${added}${detail === null ? "" : `  (${detail})`}`
  })
  const counts = Object.entries(summary.outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  const end =
    counts.length === 0 ? "no files match the patterns" : `${counts.join(", ")}; ${formatSize(summary.bytes)} added`
  return [...lines, end]
}
