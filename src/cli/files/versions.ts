/**
 * What `pond versions` does.
 */
import { Effect, Schema, Stream } from "effect"
import type { Version } from "../../tinyfs/index.ts"
import { presentAll } from "../present.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatSize, toSecond } from "../text/units.ts"

/** One line of `pond versions --json`. */
export const VersionEntry = Schema.Struct({
  version: Schema.Int,
  txn: Schema.Int,
  time: Schema.String,
  size: Schema.Int.annotate({ description: "bytes of the content; of a series all up to this version" }),
  hash: Schema.String.annotate({ description: "BLAKE3 of the content" }),
  pruned: Schema.Boolean.annotate({ description: "its bytes were forgotten on purpose" })
})
/** One line of `pond versions --json`. */
export type VersionEntry = typeof VersionEntry.Type

const entryOf = ({ hash, isPruned, sizeBytes, timeMicros, txn, version }: Version): VersionEntry => ({
  version,
  txn,
  time: exactTime(timeMicros),
  size: sizeBytes,
  hash,
  pruned: isPruned
})

const linesOf = (entries: ReadonlyArray<VersionEntry>): ReadonlyArray<string> =>
  tableLines(
    ["right", "right", "left", "right", "left", "left"],
    entries.map(({ hash, pruned, size, time, txn, version }) => [
      `v${version}`,
      `txn ${txn}`,
      toSecond(time),
      formatSize(size),
      hash,
      pruned ? "pruned" : ""
    ])
  )

/** Lists the versions of a content. */
export const run = Effect.fn("pond.versions")(function* (path: string) {
  const pond = yield* (yield* Session).pond
  const versions = yield* (yield* pond.head).versions(path)
  yield* presentAll(VersionEntry, Stream.map(Stream.fromIterable(versions), entryOf), linesOf)
})
