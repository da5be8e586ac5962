/**
 * The factory `logfile`: byte-exact copies of log files in the pond, while other programs write, rotate, compress and delete them.
 */
import { Effect, Option } from "effect"
import { hash, toHex } from "../../bao/index.ts"
import { Transaction } from "../../tinyfs/index.ts"
import { Cache } from "../cache.ts"
import { defineCommand, defineFactory, type Instance } from "../contract.ts"
import { acceptCommand } from "./accept.ts"
import { b3sumCommand } from "./checksums.ts"
import { LogfileConfig } from "./config.ts"
import { decodeFacts, encodeFacts } from "./facts.ts"
import { spelledDirectories } from "./listing.ts"
import { sync } from "./mirror.ts"
import { canShareName } from "./overlap.ts"
import { linesOf, reportOf, SyncReport } from "./report.ts"
import { mirrorOf } from "./settings.ts"
import { statusCommand } from "./status.ts"
import { suggest } from "./suggest.ts"
import { verifyCommand } from "./verify.ts"

/** Where an instance keeps its record of the host's files. */
const recordName = ({ path }: Instance): string => `logfile-${toHex(hash(new TextEncoder().encode(path))).slice(0, 32)}`

const syncCommand = defineCommand<LogfileConfig>()({
  description: "Bring the mirror up to date: new files, what was appended, rotations.",
  flags: {},
  report: SyncReport,
  run: ({ config, instance }) =>
    Effect.gen(function* () {
      const cache = yield* Cache
      const transaction = yield* Transaction
      const name = recordName(instance)
      const record = Option.getOrUndefined(yield* cache.get(name))
      const mirror = mirrorOf(config)
      const synced = yield* sync(mirror, transaction, decodeFacts(record))
      const next = encodeFacts(synced.facts)
      if (record === undefined || Buffer.compare(record, next) !== 0) yield* cache.set(name, next)
      return reportOf(synced.outcomes, mirror.directory)
    }),
  lines: linesOf,
  needsAttention: ({ summary }) => summary.attention > 0,
  counts: ({ summary }) => summary.outcomes,
  watches: (config) => {
    const { active, archived } = mirrorOf(config)
    return [...new Set([...spelledDirectories(active), ...spelledDirectories(archived)])]
  }
})

/** Why a mirror cannot be beside others: one directory of the pond has one place for each name. */
const problemAmong = (
  config: LogfileConfig,
  others: ReadonlyArray<{ readonly path: string; readonly config: LogfileConfig }>
): string | undefined => {
  const own = mirrorOf(config)
  for (const other of others) {
    const theirs = mirrorOf(other.config)
    if (own.directory !== theirs.directory) continue
    for (const pattern of [own.active, own.archived]) {
      const clash = [theirs.active, theirs.archived].find((one) => canShareName(pattern, one))
      if (clash === undefined) continue
      return (
        `${pattern.pattern} and ${clash.pattern} of ${other.path} can match files of one name, and both mirrors are at ` +
        `${own.directory}. Give one of them another pond_path`
      )
    }
  }
  return undefined
}

/** The mirror of log files. */
export const logfile = defineFactory(
  {
    type: "logfile",
    aliases: ["logfile-ingest"],
    description: "Mirrors log files byte for byte, through rotation, truncation and compression.",
    config: LogfileConfig,
    example: "logs --archived '/var/log/app.log.*' --active /var/log/app.log --pond-path /logs/app",
    bare: "sync",
    problemAmong,
    suggest
  },
  {
    sync: syncCommand,
    push: { ...syncCommand, description: "The same as sync." },
    status: statusCommand,
    accept: acceptCommand,
    b3sum: b3sumCommand,
    verify: verifyCommand
  }
)
