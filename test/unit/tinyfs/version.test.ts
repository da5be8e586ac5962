import { describe, expect, it } from "vitest"
import { prunedWithin, versionsOf } from "../../../src/tinyfs/version.ts"
import { contentOf, eventOf, nodeOf } from "../../support/tinyfs/events.ts"

const at = (txn: number, text: string, version: number) =>
  nodeOf(1, "series", { txn, timeMicros: txn * 10, content: contentOf(version, text) })

const history = [
  eventOf("created", nodeOf(1, "series")),
  eventOf("appended", at(2, "ab", 1)),
  eventOf("moved", { ...at(2, "ab", 1), txn: 3 }),
  eventOf("appended", at(4, "abcd", 2)),
  eventOf("appended", at(4, "abcdef", 3))
]

describe("versions", () => {
  it("are told by the first event that has them", () => {
    expect(versionsOf(history, { "pond.pruned": "2" })).toMatchObject([
      { version: 1, sizeBytes: 2, txn: 2, timeMicros: 20, isPruned: false },
      { version: 2, sizeBytes: 4, txn: 4, timeMicros: 40, isPruned: true },
      { version: 3, sizeBytes: 6, txn: 4, timeMicros: 40, isPruned: false }
    ])
    expect(versionsOf([], {})).toStrictEqual([])
  })

  it("of a series lack the bytes that pruned ones added, and only those", () => {
    const versions = versionsOf(history, { "pond.pruned": "2" })
    const pruned = (version: number, start: number, end: number) =>
      prunedWithin(versions, "series", version, { start, end })?.version
    expect([pruned(3, 0, 6), pruned(3, 3, 4), pruned(3, 1, 3), pruned(2, 0, 4)]).toStrictEqual([2, 2, 2, 2])
    expect([pruned(3, 0, 2), pruned(3, 4, 6), pruned(1, 0, 2), pruned(3, 3, 3)]).toStrictEqual(Array(4).fill(undefined))
  })

  it("of a series that was written anew have nothing of those before it", () => {
    const rewritten = [...history, eventOf("written", at(5, "xy", 4)), eventOf("appended", at(6, "xyz", 5))]
    const versions = versionsOf(rewritten, { "pond.pruned": "1-3" })
    expect(versions.map(({ isAnew }) => isAnew)).toStrictEqual([undefined, undefined, undefined, true, undefined])
    const pruned = (version: number, start: number, end: number) =>
      prunedWithin(versions, "series", version, { start, end })?.version
    expect([pruned(3, 0, 6), pruned(4, 0, 2), pruned(5, 0, 3)]).toStrictEqual([1, undefined, undefined])
    const later = versionsOf(rewritten, { "pond.pruned": "4" })
    expect(prunedWithin(later, "series", 5, { start: 1, end: 3 })?.version).toBe(4)
    expect(prunedWithin(later, "series", 5, { start: 2, end: 3 })?.version).toBe(undefined)
  })

  it("of everything else lack all bytes or none", () => {
    const versions = versionsOf(history, { "pond.pruned": "2" })
    const pruned = (version: number) => prunedWithin(versions, "file", version, { start: 0, end: 1 })?.version
    expect([pruned(1), pruned(2), pruned(3)]).toStrictEqual([undefined, 2, undefined])
  })
})
