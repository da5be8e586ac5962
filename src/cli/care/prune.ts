/**
 * What `pond prune` does: forgets the bytes of versions on purpose. Hashes and history stay; the bytes go with the next maintenance.
 */
import { Clock, Effect, Schema } from "effect"
import { type GlobMatch, Transaction, type Version, type VersionSpan, WrongType } from "../../tinyfs/index.ts"
import { WrongUsage } from "../failure.ts"
import { nothingMatches } from "../matches.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { formatCount, formatSize, parseAge } from "../text/units.ts"

/** Which versions are meant: those that are named, or by age and number, of which the newest is never one. */
export type Selection =
  | { readonly kind: "named"; readonly spans: ReadonlyArray<VersionSpan> }
  | { readonly kind: "old"; readonly olderThanMs: number | undefined; readonly keep: number }

/** What is to be forgotten of one file. */
export const PrunedFile = Schema.Struct({
  path: Schema.String,
  versions: Schema.Array(Schema.Struct({ first: Schema.Int, last: Schema.Int })),
  count: Schema.Int,
  bytes: Schema.Int.annotate({ description: "bytes that these versions hold; what others hold as well stays" })
})
/** What is to be forgotten of one file. */
export type PrunedFile = typeof PrunedFile.Type

/** What `pond prune --json` prints. */
export const PruneReport = Schema.Struct({
  dryRun: Schema.Boolean,
  confirmed: Schema.Boolean.annotate({ description: "without --yes nothing is done: this is what would be" }),
  txn: Schema.NullOr(Schema.Int),
  files: Schema.Array(PrunedFile),
  bytes: Schema.Int
})
/** What `pond prune --json` prints. */
export type PruneReport = typeof PruneReport.Type

/** Reads `3`, `1-3` and `1-3,7`; `undefined` when it is none of them. */
export const parseSpans = (text: string): ReadonlyArray<VersionSpan> | undefined => {
  const spans = text.split(",").map((part) => {
    const [, first, last] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part.trim()) ?? []
    return first === undefined ? undefined : { first: Number(first), last: Number(last ?? first) }
  })
  const isValid = spans.every((span) => span !== undefined && 1 <= span.first && span.first <= span.last)
  return isValid ? spans.flatMap((span) => span ?? []) : undefined
}

const isMeant = (selection: Selection, version: Version, fromNewest: number, nowMs: number): boolean => {
  if (version.isPruned) return false
  if (selection.kind === "named") {
    return selection.spans.some(({ first, last }) => first <= version.version && version.version <= last)
  }
  const isOld = selection.olderThanMs === undefined || version.timeMicros / 1000 < nowMs - selection.olderThanMs
  return isOld && fromNewest >= Math.max(1, selection.keep)
}

/** Says which versions of a file a selection means, and how many bytes they hold. */
export const planFile = (
  { node, path }: Pick<GlobMatch, "node" | "path">,
  versions: ReadonlyArray<Version>,
  selection: Selection,
  nowMs: number
): PrunedFile => {
  const spans: Array<{ first: number; last: number }> = []
  let count = 0
  let bytes = 0
  for (const [index, version] of versions.entries()) {
    if (!isMeant(selection, version, versions.length - 1 - index, nowMs)) continue
    const before = node.type === "series" ? (versions[index - 1]?.sizeBytes ?? 0) : 0
    count += 1
    // A series that was written anew begins again.
    bytes += version.sizeBytes >= before ? version.sizeBytes - before : version.sizeBytes
    const last = spans.at(-1)
    if (last?.last === version.version - 1) last.last = version.version
    else spans.push({ first: version.version, last: version.version })
  }
  return { path, versions: spans, count, bytes }
}

const CONTENT_TYPES: ReadonlySet<string> = new Set(["file", "series", "table", "table-series"])

/** Returns the lines that people read. */
const pruneLines = ({ bytes, confirmed, dryRun, files, txn }: PruneReport): ReadonlyArray<string> => {
  if (files.length === 0) return ["nothing to prune"]
  const rows = files.map(({ bytes: own, count, path, versions }) => [
    path,
    versions.map((span) => `v${spanText(span)}`).join(", "),
    formatCount(count, "version"),
    formatSize(own)
  ])
  const total = files.reduce((sum, { count }) => sum + count, 0)
  const what = `${formatCount(total, "version")} of ${formatCount(files.length, "file")}, ${formatSize(bytes)}`
  const end = dryRun
    ? `${what}; a dry run, nothing was pruned`
    : confirmed
      ? `pruned ${what}, txn ${txn}; \`pond maintain\` takes the bytes off the disk`
      : `${what}; nothing was pruned: this cannot be undone, add --yes to do it`
  return [...tableLines(["left", "left", "right", "right"], rows), end]
}

const spanText = ({ first, last }: VersionSpan): string => (first === last ? `${first}` : `${first}-${last}`)

const requestOf = (selection: Selection) =>
  selection.kind === "named"
    ? { versions: selection.spans.map(spanText).join(",") }
    : {
        keep: selection.keep,
        ...(selection.olderThanMs === undefined ? {} : { olderThan: `${selection.olderThanMs / 60_000}m` })
      }

/** Runs the command. */
export const run = Effect.fn("pond.prune")(function* (glob: string, selection: Selection, isConfirmed: boolean) {
  const session = yield* Session
  const nowMs = yield* Clock.currentTimeMillis
  const plan = Effect.gen(function* () {
    const tx = yield* Transaction
    const matches = yield* tx.glob(glob)
    if (matches.length === 0) return yield* nothingMatches(glob)
    const files: Array<PrunedFile> = []
    for (const match of matches) {
      const { node, path } = match
      if (!CONTENT_TYPES.has(node.type)) {
        if (matches.length > 1) continue
        return yield* new WrongType({ path, type: node.type, needed: "a file, series or table" })
      }
      const file = planFile(match, yield* tx.versions(path), selection, nowMs)
      if (file.count === 0) continue
      files.push(file)
      if (isConfirmed) yield* tx.prune(path, file.versions)
    }
    return files
  })
  const request = { command: "prune", paths: [glob], ...requestOf(selection) }
  const { txn, value: files } = yield* session.transaction(request, plan)
  const report: PruneReport = {
    dryRun: session.isDryRun,
    confirmed: isConfirmed,
    txn: session.isDryRun ? null : (txn ?? null),
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  yield* present(PruneReport, report, pruneLines)
})

/** What was typed to say which versions are meant. */
export interface Typed {
  readonly versions: string | undefined
  readonly olderThan: string | undefined
  readonly keep: number | undefined
}

/** Reads which versions are meant. Fails with `WrongUsage`. */
export const selectionOf = ({ keep, olderThan, versions }: Typed): Effect.Effect<Selection, WrongUsage> => {
  const wrong = (problem: string) => Effect.fail(new WrongUsage({ problem, command: "pond prune" }))
  if (versions !== undefined) {
    if (olderThan !== undefined || keep !== undefined) return wrong("`--versions` goes alone")
    const spans = parseSpans(versions)
    if (spans === undefined) return wrong(`${JSON.stringify(versions)} names no versions: write 3, 1-3 or 1-3,7`)
    return Effect.succeed({ kind: "named", spans })
  }
  if (olderThan === undefined && keep === undefined) {
    return wrong("say which versions: `--versions 1-3`, `--older-than 30d` or `--keep 5`")
  }
  const olderThanMs = olderThan === undefined ? undefined : parseAge(olderThan)
  if (olderThan !== undefined && olderThanMs === undefined) {
    return wrong(`${JSON.stringify(olderThan)} is not an age: write 90m, 12h, 30d or 2w`)
  }
  return Effect.succeed({ kind: "old", olderThanMs, keep: keep ?? 1 })
}
