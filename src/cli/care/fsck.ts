/**
 * What `pond fsck` does: proves that everything in the pond is what it was, and names what is not.
 */
import { Effect, Runtime, Schema } from "effect"
import { fsck, FsckReport } from "../../tlogfs/index.ts"
import { ExitCode } from "../failure.ts"
import { present } from "../present.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { formatCount, formatSize } from "../text/units.ts"
import { watchedStore } from "./watched.ts"

/** Something in the pond is damaged; what, was told. */
export class DamageFound extends Schema.TaggedError<DamageFound>()("DamageFound", { findings: Schema.Int }) {
  override readonly [Runtime.errorReported] = false
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message(): string {
    return `${formatCount(this.findings, "thing")} in the pond ${this.findings === 1 ? "is" : "are"} damaged`
  }
}

/** What is wrong, less what merely lies around. */
const damages = ({ findings }: FsckReport) => findings.filter(({ kind }) => kind !== "foreign")

/** Returns the lines that people read: each finding, then what was looked at. */
const fsckLines = (report: FsckReport): ReadonlyArray<string> => {
  const { contentBytes, contents, dataFiles, isQuick, nodes, root, transactions, txn } = report
  const damaged = damages(report).length
  const checked = isQuick
    ? "contents not read"
    : `${formatCount(contents, "content")} of ${formatSize(contentBytes)} read`
  const looked = [
    formatCount(transactions, "transaction"),
    formatCount(nodes, "node"),
    formatCount(dataFiles, "data file"),
    checked
  ]
  return [
    ...tableLines(
      ["left", "left", "left"],
      report.findings.map(({ kind, what, where }) => [kind, where, what])
    ),
    `${damaged === 0 ? "sound" : `DAMAGED in ${formatCount(damaged, "place")}`}: ${looked.join(", ")}`,
    `txn ${txn}, root ${root}`
  ]
}

/** Checks the pond. Fails with `DamageFound` when something is damaged, after it was told. */
export const run = Effect.fn("pond.fsck")(function* (isQuick: boolean) {
  const { data } = yield* (yield* Session).places
  const checking = Effect.flatMap(watchedStore(data), (store) => Effect.scoped(fsck(store, isQuick)))
  const report = yield* Effect.provide(checking, Meter.layer("checking"))
  yield* present(FsckReport, report, fsckLines)
  const damaged = damages(report).length
  if (damaged > 0) return yield* new DamageFound({ findings: damaged })
})
