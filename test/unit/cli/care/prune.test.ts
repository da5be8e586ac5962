/**
 * Which versions a selection means.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseSpans, planFile, type Selection } from "../../../../src/cli/care/prune.ts"
import { parseAge } from "../../../../src/cli/text/units.ts"
import { ROOT, type Version } from "../../../../src/tinyfs/index.ts"

const versionsOf = (sizes: ReadonlyArray<number>, pruned: ReadonlyArray<number> = []): ReadonlyArray<Version> =>
  sizes.map((sizeBytes, index) => ({
    version: index + 1,
    sizeBytes,
    hash: "",
    txn: index + 1,
    timeMicros: index * 1_000_000,
    isPruned: pruned.includes(index + 1)
  }))

const plan = (type: "file" | "series", versions: ReadonlyArray<Version>, selection: Selection) =>
  planFile({ node: { ...ROOT, type }, path: "/a" }, versions, selection, 10_000)

const old = (keep: number, olderThanMs?: number): Selection => ({ kind: "old", keep, olderThanMs })

describe("planFile", () => {
  it("counts what versions hold: of a series what they added, also where it was written anew", () => {
    const sizes = [10, 30, 5, 7]
    expect(plan("file", versionsOf(sizes), old(1))).toMatchObject({ versions: [{ first: 1, last: 3 }], bytes: 45 })
    expect(plan("series", versionsOf(sizes), old(1))).toMatchObject({ versions: [{ first: 1, last: 3 }], bytes: 35 })
  })

  it("leaves out what is pruned, and makes spans of what is not", () => {
    const named: Selection = { kind: "named", spans: [{ first: 1, last: 9 }] }
    expect(plan("file", versionsOf([1, 1, 1, 1, 1], [3]), named).versions).toEqual([
      { first: 1, last: 2 },
      { first: 4, last: 5 }
    ])
  })

  it("goes by age and number together: what is old and not among the newest", () => {
    // Ages at 10 s: 10, 9, 8, 7 seconds.
    expect(plan("file", versionsOf([1, 1, 1, 1]), old(1, 8500)).versions).toEqual([{ first: 1, last: 2 }])
    expect(plan("file", versionsOf([1, 1, 1, 1]), old(3, 8500)).versions).toEqual([{ first: 1, last: 1 }])
    expect(plan("file", versionsOf([1, 1, 1, 1]), old(1, 60_000)).count).toBe(0)
  })

  it("never takes the newest by age or number", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.nat(5), fc.option(fc.nat(20_000)), (sizes, keep, age) => {
        const { count, versions } = plan("file", versionsOf(sizes), old(keep, age ?? undefined))
        expect(versions.every(({ last }) => last < sizes.length)).toBe(true)
        expect(count).toBeLessThan(sizes.length)
      })
    )
  })
})

describe("what is typed", () => {
  it.each([
    ["3", [{ first: 3, last: 3 }]],
    [
      "1-3, 7",
      [
        { first: 1, last: 3 },
        { first: 7, last: 7 }
      ]
    ],
    ["", undefined],
    ["0", undefined],
    ["3-1", undefined],
    ["1-", undefined],
    ["-1", undefined],
    ["1e3", undefined]
  ])("reads the versions %j", (text, spans) => {
    expect(parseSpans(text)).toEqual(spans)
  })

  it.each([
    ["90m", 5_400_000],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["2w", 1_209_600_000],
    ["0m", 0],
    ["", undefined],
    ["30", undefined],
    ["1.5d", undefined],
    ["-1d", undefined],
    ["1y", undefined]
  ])("reads the age %j", (text, ageMs) => {
    expect(parseAge(text)).toBe(ageMs)
  })
})
