import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Entry, Key } from "../../../src/tlogfs/index/keys.ts"
import { entriesOfPiece, merge } from "../../../src/tlogfs/index/merge.ts"
import { Piece, PieceEncoder } from "../../../src/tlogfs/index/piece.ts"
import { IndexReader, type Layer } from "../../../src/tlogfs/index/reader.ts"
import { FANOUT, mergeDue, steepMergeDue, type Tiered } from "../../../src/tlogfs/tiers.ts"
import { bufferOf } from "../../../src/tlogfs/verified.ts"

const value = (text: string): Uint8Array => new TextEncoder().encode(text)
const everything = { from: "", to: "\u{ff}" }

const pieceOf = async (entries: ReadonlyArray<Entry>): Promise<Piece> => {
  const encoder = new PieceEncoder()
  const parts = entries.flatMap((entry) => encoder.add(entry) ?? [])
  return Piece.open(bufferOf(Buffer.concat([...parts, encoder.finish()])))
}

const layerOf = async (entries: ReadonlyArray<Entry>): Promise<Layer> => {
  const piece = await pieceOf(entries)
  return { first: entries[0]?.key ?? "", last: entries.at(-1)?.key ?? "", open: () => Promise.resolve(piece) }
}

const collect = async (batches: AsyncIterable<ReadonlyArray<Entry>>): Promise<ReadonlyArray<Entry>> => {
  const all: Array<Entry> = []
  for await (const batch of batches) all.push(...batch)
  return all
}

/** Keys that share long prefixes, as ids made within one millisecond do. */
const key = fc
  .tuple(fc.constantFrom("b", "c", "e"), fc.nat({ max: 400 }))
  .map(([family, n]): Key => `${family}${"\u{7f}".repeat(16)}${String.fromCharCode(n >> 8, n & 255)}`)
const version = fc.dictionary(key, fc.option(fc.string({ maxLength: 8 }), { nil: null }), { maxKeys: 60 })

describe("the index", () => {
  it("answers as one map, whatever pieces it lies in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 5 }), key, key, async (versions, one, other) => {
        const model = new Map<Key, string>()
        const layers: Array<Layer> = []
        for (const changes of versions) {
          const entries = Object.entries(changes)
            .map(([changed, text]): Entry => ({ key: changed, value: text === null ? null : value(text) }))
            .toSorted((left, right) => (left.key < right.key ? -1 : 1))
          if (entries.length > 0) layers.unshift(await layerOf(entries))
          for (const [changed, text] of Object.entries(changes)) {
            if (text === null) model.delete(changed)
            else model.set(changed, text)
          }
        }
        const index = new IndexReader(layers)
        const [from, to] = one < other ? [one, other] : [other, one]
        const expected = [...model]
          .filter(([name]) => name >= from && name < to)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
        const found = (await index.range({ from, to })).map((entry) => [
          entry.key,
          new TextDecoder().decode(entry.value)
        ])
        expect(found).toEqual(expected)
        const got = await index.get(one)
        expect(got === undefined ? undefined : new TextDecoder().decode(got)).toBe(model.get(one))
      }),
      { numRuns: 60 }
    )
  })

  it("keeps keys and values over many row groups, and finds each through its table of keys", async () => {
    const entries = Array.from({ length: 9_000 }, (_, at): Entry => {
      return {
        key: `c${"\u{1}".repeat(30)}${String(at).padStart(6, "0")}`,
        value: at % 7 === 0 ? null : value(`v${at}`)
      }
    })
    const piece = await pieceOf(entries)
    expect(piece.groups.length).toBe(5)
    for (const at of [0, 1, 2047, 2048, 4095, 4096, 8_999])
      expect(await piece.get(entries[at]!.key)).toEqual(entries[at])
    expect(await piece.get("c")).toBeUndefined()
    expect(await collect(entriesOfPiece(piece, everything))).toEqual(entries)
  })

  it("merges pieces so that the newest entry of a key stays", async () => {
    const older = await pieceOf([
      { key: "a", value: value("1") },
      { key: "b", value: value("1") }
    ])
    const newer = await pieceOf([
      { key: "b", value: null },
      { key: "c", value: value("2") }
    ])
    const merged = await collect(merge([entriesOfPiece(newer, everything), entriesOfPiece(older, everything)]))
    expect(merged.map(({ key: name, value: held }) => [name, held === null])).toEqual([
      ["a", false],
      ["b", true],
      ["c", false]
    ])
  })
})

describe("tiers", () => {
  it("rewrite each item a logarithmic number of times, and keep the number of items logarithmic", () => {
    let items: Array<Tiered> = []
    let rewritten = 0
    const total = FANOUT ** 4
    for (let at = 0; at < total; at++) {
      items.push({ level: 0, sizeBytes: 1 })
      for (let due = mergeDue(items); due !== undefined; due = mergeDue(items)) {
        const merged = items.slice(due.first, due.end).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
        rewritten += merged
        items = [...items.slice(0, due.first), { level: due.level, sizeBytes: merged }, ...items.slice(due.end)]
      }
      expect(items.length).toBeLessThanOrEqual(4 * FANOUT)
    }
    expect(items).toEqual([{ level: 4, sizeBytes: total }])
    expect(rewritten).toBe(4 * total)
  })

  it("leave items alone that are large enough", () => {
    const full = Array.from({ length: 20 }, () => ({ level: 3, sizeBytes: 100 }))
    expect(mergeDue(full, 100)).toBeUndefined()
    expect(mergeDue(full, 101)).toEqual({ first: 0, end: 20, level: 4 })
  })

  it("stay few where each costs a slow request, and each byte is rewritten seldom", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 600 })
    fc.assert(
      fc.property(sizes, (fresh) => {
        let items: Array<Tiered> = []
        let rewritten = 0
        for (const sizeBytes of fresh) {
          items.push({ level: 0, sizeBytes })
          for (let due = steepMergeDue(items); due !== undefined; due = steepMergeDue(items)) {
            const { end, first, level } = due
            const merged = items.slice(first, end).reduce((sum, one) => sum + one.sizeBytes, 0)
            rewritten += merged
            items = [...items.slice(0, first), { level, sizeBytes: merged }, ...items.slice(end)]
          }
          items.forEach((item, at) => {
            const newer = items.slice(at + 1).reduce((sum, one) => sum + one.sizeBytes, 0)
            expect(newer === 0 || item.sizeBytes >= 4 * newer).toBe(true)
          })
        }
        const total = fresh.reduce((sum, one) => sum + one, 0)
        expect(items.reduce((sum, one) => sum + one.sizeBytes, 0)).toBe(total)
        expect(items.length).toBeLessThanOrEqual(Math.log(total) / Math.log(5) + 1)
        expect(rewritten).toBeLessThanOrEqual(total * (5 * Math.log2(total) + 1))
      })
    )
  })
})
