/**
 * Versions of a content, from the history of its node.
 */
import type { Event } from "./event.ts"
import type { Attributes, Content, NodeType } from "./node.ts"
import type { ByteRange } from "./persistence.ts"
import { isPruned } from "./pruned.ts"

/** A version of a content, and the transaction that made it. Of a series: all bytes up to it. */
export interface Version extends Content {
  readonly txn: number
  readonly timeMicros: number
  /** Its bytes were forgotten on purpose; of a series those that it added. */
  readonly isPruned: boolean
  /** Of a series: it was written anew, and does not go on from those before. */
  readonly isAnew?: true
}

/** The versions in a node's history, oldest first; `attributes` are those of the node now. */
export const versionsOf = (history: ReadonlyArray<Event>, attributes: Attributes): ReadonlyArray<Version> => {
  const versions: Array<Version> = []
  for (const { kind, node } of history) {
    const { content, timeMicros, txn } = node
    if (content === undefined || content.version <= (versions.at(-1)?.version ?? 0)) continue
    const anew = kind === "written" && node.type === "series" ? ({ isAnew: true } as const) : {}
    versions.push({ ...content, txn, timeMicros, isPruned: isPruned(attributes, content.version), ...anew })
  }
  return versions
}

/** The oldest pruned version that has some of the bytes of a range of a version; `undefined` when none has. */
export const prunedWithin = (
  versions: ReadonlyArray<Version>,
  type: NodeType,
  version: number,
  range: ByteRange
): Version | undefined => {
  if (type !== "series") return versions.find((one) => one.version === version && one.isPruned)
  const first = versions.findLast((one) => one.isAnew && one.version <= version)?.version ?? 1
  return versions.find((one, index) => {
    if (one.version < first) return false
    const start = one.isAnew ? 0 : (versions[index - 1]?.sizeBytes ?? 0)
    const isTouched = Math.max(start, range.start) < Math.min(one.sizeBytes, range.end)
    return isTouched && one.isPruned && one.version <= version
  })
}
