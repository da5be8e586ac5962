import { parquetMetadata } from "hyparquet"
import { describe, expect, it } from "vitest"
import { encodeDataFile, readDataFile, SCHEMA_STRING } from "../../../src/tlogfs/datafile.ts"
import { COLUMNS, row, type Row, withoutContent } from "../../../src/tlogfs/row.ts"
import { bufferOf } from "../../../src/tlogfs/verified.ts"
import { fullRow } from "../../support/tlogfs/rows.ts"

const read = (rows: ReadonlyArray<Row>, query = {}) => readDataFile(bufferOf(encodeDataFile(rows)), query)
const metadataOf = (rows: ReadonlyArray<Row>) => {
  const file = encodeDataFile(rows)
  return parquetMetadata(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer)
}
const MANY = Array.from({ length: 25_000 }, (_, at) =>
  row({ txn: Math.floor(at / 10), op: at % 10, kind: at % 10 === 0 ? "txn" : "created", name: `n${at}` })
)

describe("a data file", () => {
  it("gives back its rows as they were", async () => {
    const empty = row({ txn: 8, op: 0, kind: "txn" })
    expect(await read([fullRow, empty])).toStrictEqual([fullRow, empty])
    expect(await read([fullRow], { withoutContent: true })).toStrictEqual([withoutContent(fullRow)])
  })

  it("keeps every text and every byte: nothing is taken for something else", async () => {
    const names = ["", "\0", "__proto__", "\u00e9", "e\u0301", "\u{1f600}", "null", "x".repeat(255), '"\\']
    const bytes = [new Uint8Array(), new Uint8Array([0]), new Uint8Array(256).map((_, at) => at)]
    const rows = names.map((name, at) =>
      row({ txn: at, op: 0, kind: "created", name, config: bytes[at % 3]!, content: bytes[(at + 1) % 3]! })
    )
    expect(await read(rows)).toStrictEqual(rows)
  })

  it("keeps whole numbers exactly, up to the greatest", async () => {
    const rows = [0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1].map((size, at) =>
      row({ txn: at, op: at, kind: "written", size, version: size, min_time: -size, max_time: size })
    )
    expect((await read(rows)).map(({ max_time, min_time, size }) => [size, min_time, max_time])).toStrictEqual(
      rows.map(({ size }) => [size, size === 0 ? 0 : -size!, size])
    )
  })

  it("gives the rows of some transactions, reading only the row groups that hold them", async () => {
    const wanted = await read(MANY, { firstTxn: 1100, lastTxn: 1101 })
    expect(wanted).toStrictEqual(MANY.slice(11_000, 11_020))
    expect(await read(MANY, { firstTxn: 2499 })).toStrictEqual(MANY.slice(24_990))
    expect(await read(MANY, { lastTxn: 0 })).toStrictEqual(MANY.slice(0, 10))
    expect(await read(MANY, { firstTxn: 9_999 })).toStrictEqual([])
    expect(metadataOf(MANY).row_groups.map(({ num_rows }) => Number(num_rows))).toStrictEqual([10_000, 10_000, 5000])
  })

  it("begins a new row group after 8 MiB of contents (R9)", () => {
    const content = new Uint8Array(3 * 1024 * 1024).fill(1)
    const rows = Array.from({ length: 5 }, (_, op) => row({ txn: 1, op, kind: "created", content }))
    expect(metadataOf(rows).row_groups.map(({ num_rows }) => Number(num_rows))).toStrictEqual([2, 2, 1])
  })

  it("writes what is bulky plainly, without statistics", () => {
    const [group] = metadataOf([fullRow]).row_groups
    for (const [index, { bulky, name }] of COLUMNS.entries()) {
      const column = group!.columns[index]!.meta_data!
      expect(column.path_in_schema).toStrictEqual([name])
      if (bulky !== true) continue
      expect(column.encodings).not.toContain("RLE_DICTIONARY")
      expect(column.statistics).toBeUndefined()
    }
    expect(group!.columns[0]!.meta_data!.statistics?.min_value).toBe(7n)
  })

  it("has the schema that the table tells engines", () => {
    const { fields } = JSON.parse(SCHEMA_STRING) as { fields: ReadonlyArray<{ name: string; nullable: boolean }> }
    expect(fields.map(({ name }) => name)).toStrictEqual(COLUMNS.map(({ name }) => name))
    // Spark does not read a table with a column that must not be null, unless its protocol names the feature `invariants`.
    expect(fields.every(({ nullable }) => nullable)).toBe(true)
  })

  it("is the same bytes for the same rows", () => {
    expect(encodeDataFile([fullRow])).toStrictEqual(encodeDataFile([fullRow]))
  })

  it("is refused when it is no Parquet, or one of another kind", async () => {
    await expect(readDataFile(bufferOf(new Uint8Array(100)))).rejects.toThrow(/parquet/i)
    const cut = encodeDataFile([fullRow]).slice(0, -9)
    await expect(readDataFile(bufferOf(cut))).rejects.toThrow(/parquet|footer|metadata/i)
  })

  it("is read or refused, and soon, whatever somebody made of its bytes (S11)", async () => {
    const good = encodeDataFile([fullRow])
    for (let at = 0; at < good.length; at += 1) {
      const bytes = good.slice()
      bytes[at] = 0xff
      // A run that claims billions of values would keep the reader for minutes.
      await readDataFile(bufferOf(bytes)).catch((cause: unknown) => expect(cause).toBeInstanceOf(Error))
    }
  })
})
