import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { parseFooter } from "../../../src/delta/parquet-footer.ts"
import { decodeGroup, decodeParquet, groupRanges, planColumns, toRows } from "../../../src/delta/parquet-read.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"

const SCHEMA = struct(field("a", "long"), field("b", "string"), field("c", "binary"))
const ROWS = Array.from({ length: 30 }, (_, at) => ({
  a: BigInt(at),
  b: `text ${at}`,
  c: new Uint8Array(100).fill(at)
}))
const FILE = encodeParquet(SCHEMA, ROWS, { groupRows: 10 })

describe("reading", () => {
  it("fetches only the wanted columns of the wanted row group", () => {
    const file = parseFooter(FILE, FILE.length)
    const wanted = struct(field("b", "string"))
    const plan = planColumns(file, wanted)
    const group = file.groups[1]
    if (group === undefined) throw new Error("no second row group")
    const ranges = groupRanges(group, plan)
    expect(ranges).toHaveLength(1)
    const asked: Array<number> = []
    const columns = decodeGroup(group, plan, ({ end, start }) => {
      asked.push(end - start)
      return FILE.subarray(start, end)
    })
    expect(toRows(wanted, columns)).toEqual(ROWS.slice(10, 20).map(({ b }) => ({ b })))
    expect(asked.reduce((sum, size) => sum + size, 0)).toBeLessThan(FILE.length / 4)
  })

  it("gives bytes that outlive the file's buffer", () => {
    const bytes = FILE.slice()
    const rows = decodeParquet(bytes, SCHEMA)
    bytes.fill(0)
    expect(rows).toEqual(ROWS)
  })

  it("never returns a wrong number of rows, whatever bit is flipped", () => {
    let refused = 0
    for (let at = 0; at < FILE.length; at += 3) {
      const flipped = FILE.slice()
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      try {
        expect(decodeParquet(flipped, SCHEMA)).toHaveLength(ROWS.length)
      } catch (cause) {
        expect(cause, `byte ${at}: ${String(cause)}`).toSatisfy((error: Error) =>
          ["Malformed", "Unsupported"].includes(error.name)
        )
        refused++
      }
    }
    expect(refused).toBeGreaterThan(50)
  })

  it("refuses every truncation", () => {
    for (let length = 0; length < FILE.length; length += 7) {
      expect(() => decodeParquet(FILE.slice(0, length), SCHEMA), `${length} bytes`).toThrow(Malformed)
    }
  })
})
