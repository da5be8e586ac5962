import { describe, expect, it } from "@effect/vitest"
import { parquetSchema } from "hyparquet"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { Malformed } from "../../../src/delta/errors.ts"
import { chunkKey, parseFooter } from "../../../src/delta/parquet-footer.ts"
import type { ColumnChunk } from "../../../src/delta/parquet-footer.ts"
import { readPages } from "../../../src/delta/parquet-pages.ts"
import { parquetElements } from "../../../src/delta/parquet-schema.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"

const SCHEMA = struct(field("x", "string"))
const ROWS = Array.from({ length: 300 }, (_, at) => ({ x: at % 10 === 0 ? null : `value ${at % 7}` }))
const FILE = encodeParquet(SCHEMA, ROWS)
const CHUNK = parseFooter(FILE, FILE.length).groups[0]?.chunks.get(chunkKey(["x"])) as ColumnChunk
const BYTES = FILE.slice(CHUNK.start, CHUNK.end)

const read = (bytes: Uint8Array, chunk: ColumnChunk) => {
  const root = parquetSchema({ schema: parquetElements(SCHEMA) })
  const [column] = root.children
  if (column === undefined) throw new Error("no column")
  return readPages(bytes, chunk, {
    pathInSchema: ["x"],
    type: chunk.type,
    element: column.element,
    schemaPath: [root, column],
    codec: chunk.codec,
    parsers: DEFAULT_PARSERS
  })
}

describe("readPages", () => {
  it("decodes dictionary and data pages", () => {
    expect(read(BYTES, CHUNK).flatMap((part) => [...part])).toEqual(ROWS.map(({ x }) => x))
  })

  it.each([
    ["more values than there are", BYTES, { valueCount: 301 }, "cut short"],
    ["fewer values than the pages claim", BYTES, { valueCount: 299 }, "too many values"],
    ["a page beyond the end", BYTES.slice(0, -1), {}, "outside its column"],
    ["nothing", new Uint8Array(), {}, "cut short"],
    ["a header that ends early", BYTES.slice(0, 3), {}, "ends early"]
  ])("refuses %s", (_, bytes, change, message) => {
    expect(() => read(bytes, { ...CHUNK, ...change })).toThrow(Malformed)
    expect(() => read(bytes, { ...CHUNK, ...change })).toThrow(message)
  })
})
