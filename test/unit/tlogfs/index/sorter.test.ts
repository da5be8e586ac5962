import * as fc from "fast-check"
import { readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { expect, it, vi } from "vitest"
import type { Entry } from "../../../../src/tlogfs/index/keys.ts"
import { SortingFailed } from "../../../../src/tlogfs/index/scratch.ts"
import { Sorter } from "../../../../src/tlogfs/index/sorter.ts"

const collect = async (sorter: Sorter): Promise<ReadonlyArray<readonly [string, string | null]>> => {
  const all: Array<readonly [string, string | null]> = []
  for await (const batch of sorter.sorted()) {
    for (const { key, value } of batch) all.push([key, value === null ? null : Buffer.from(value).toString("hex")])
  }
  return all
}

const leftovers = (): number => readdirSync(tmpdir()).filter((name) => name.startsWith("pond-sort-")).length

const entries = fc.uniqueArray(
  fc.record({
    key: fc.uint8Array({ maxLength: 6 }).map((bytes) => `c${Buffer.from(bytes).toString("latin1")}`),
    value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null })
  }),
  { selector: ({ key }) => key, maxLength: 200 }
)

it("sorts what fits in memory and what does not, as often as it is asked", async () => {
  await fc.assert(
    fc.asyncProperty(entries, fc.integer({ min: 1, max: 3000 }), async (all: ReadonlyArray<Entry>, memoryBytes) => {
      const expected = all
        .map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString("hex")] as const)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
      const sorter = new Sorter(memoryBytes)
      for (const entry of all) sorter.add(entry)
      try {
        expect(await collect(sorter)).toEqual(expected)
        for (const { key, value } of all) expect(await sorter.get(key)).toEqual({ key, value })
        expect(await sorter.get("another")).toBeUndefined()
        expect(await collect(sorter)).toEqual(expected)
      } finally {
        sorter.close()
      }
    }),
    { numRuns: 60 }
  )
})

it("takes more after it was read, and leaves no file behind", async () => {
  const before = leftovers()
  const sorter = new Sorter(1)
  sorter.add({ key: "b", value: new Uint8Array([1]) })
  expect(await collect(sorter)).toEqual([["b", "01"]])
  sorter.add({ key: "a", value: new Uint8Array([2]) })
  expect(await collect(sorter)).toEqual([
    ["a", "02"],
    ["b", "01"]
  ])
  expect(leftovers()).toBe(before)
  sorter.close()
  sorter.close()
})

it("says where it needs room, when there is none, and needs none for what fits in memory", async () => {
  vi.stubEnv("TMPDIR", "/nowhere")
  try {
    const small = new Sorter()
    small.add({ key: "a", value: new Uint8Array([1]) })
    expect(await collect(small)).toEqual([["a", "01"]])
    const add = (): void => new Sorter(1).add({ key: "a", value: null })
    expect(add).toThrow(SortingFailed)
    expect(add).toThrow(/temporary file in \/nowhere: .*ENOENT.*TMPDIR/)
  } finally {
    vi.unstubAllEnvs()
  }
})
