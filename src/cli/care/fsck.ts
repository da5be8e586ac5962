/**
 * What `pond fsck` does: proves that everything in the pond is what it was, and names what is not.
 */
import { Effect, Option, Runtime, Schema } from "effect"
import { fsck, FsckReport, type Repair, repair } from "../../tlogfs/index.ts"
import { writerLock } from "../../tlogfs/lock.ts"
import { ExitCode } from "../failure.ts"
import { present } from "../present.ts"
import * as Meter from "../progress.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { formatCount, formatSize } from "../text/units.ts"
import { watchedStore } from "./watched.ts"

/** How long a repair waits for who writes to the pond. */
const LOCK_WAIT_MS = 30_000

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
  const { contentBytes, contents, dataFiles, isQuick, leftOut, nodes, root, transactions, txn } = report
  const damaged = damages(report).length
  const checked = isQuick
    ? "contents not read"
    : `${formatCount(contents, "content")} of ${formatSize(contentBytes)} read`
  const looked = [
    formatCount(transactions, "transaction"),
    formatCount(nodes, "node"),
    formatCount(dataFiles, "data file"),
    checked,
    ...(leftOut === 0
      ? []
      : [`${leftOut} left out on purpose: \`pond pull --all\` brings ${leftOut === 1 ? "it" : "them"}`])
  ]
  return [
    ...(report.repaired ? repairLines(report.repaired) : []),
    ...tableLines(
      ["left", "left", "left"],
      report.findings.map(({ kind, what, where }) => [kind, where, what])
    ),
    `${damaged === 0 ? "sound" : `DAMAGED in ${formatCount(damaged, "place")}`}: ${looked.join(", ")}`,
    `txn ${txn}, root ${root}`
  ]
}

/** Returns the lines about a repair. */
const repairLines = ({ entry, keptAs, leftovers, lostTxns, outcome, why }: Repair): ReadonlyArray<string> => [
  `repaired  ${entry}: ${why}`,
  outcome === "restored"
    ? "          made again, byte for byte, from its data file: nothing is lost"
    : `          put aside: the pond is as it was before it; it held ${lostTxns === null ? "what nobody can tell" : `txn ${lostTxns}`}`,
  ...leftovers.map((key) => `          it may have named ${key}`),
  `          what was left of it is ${keptAs}`
]

/** Repairs the pond first, while nobody else of this machine writes to it. */
const repairing = Effect.fnUntraced(function* () {
  const { data, lockDirectory } = yield* (yield* Session).places
  if (lockDirectory !== undefined) yield* writerLock(lockDirectory, LOCK_WAIT_MS)
  return { repaired: Option.getOrNull(yield* repair(data)) }
}, Effect.scoped)

/** Checks the pond. Fails with `DamageFound` when something is damaged, after it was told. */
export const run = Effect.fn("pond.fsck")(function* (isQuick: boolean, isRepairing: boolean) {
  const repaired = isRepairing ? yield* repairing() : {}
  const { isDryRun, places } = yield* Session
  const { bare, data } = yield* places
  // What a dry run repaired is only seen through its own store.
  const checked = isRepairing && isDryRun ? data : bare
  const checking = Effect.flatMap(watchedStore(checked), (store) => Effect.scoped(fsck(store, isQuick)))
  const found = yield* Effect.provide(checking, Meter.layer("checking"))
  const report: FsckReport = { ...found, ...repaired }
  yield* present(FsckReport, report, fsckLines)
  const damaged = damages(report).length
  if (damaged > 0) return yield* new DamageFound({ findings: damaged })
})
