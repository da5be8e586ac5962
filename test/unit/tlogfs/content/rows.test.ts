import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Row, row } from "../../../../src/tlogfs/row.ts"
import { Damaged } from "../../../../src/tinyfs/index.ts"
import type { Extent } from "../../../../src/tlogfs/content/extent.ts"
import { contentOfRows, physicalRows } from "../../../../src/tlogfs/content/rows.ts"
import type { StoredContent } from "../../../../src/tlogfs/content/stored.ts"
import { logs, Shelf, SMALL_LIMITS, SUBJECT } from "../../../support/tlogfs/contents.ts"

const hash = "ab".repeat(32)
const extents: ReadonlyArray<Extent> = [
  { kind: "blob", offset: 0, length: 10, hash, blob: `${hash}.zst`, blobOffset: 5 },
  { kind: "inline", offset: 10, length: 3, hash, content: new Uint8Array([1, 2, 3]) },
  { kind: "pruned", offset: 13, length: 7, hash }
]

const event = (version: number, size: number, fields: Partial<Row> = {}): Row =>
  row({ txn: version, op: 1, kind: "appended", node_id: "n", type: "series", version, size, hash, ...fields })

const of = (rows: ReadonlyArray<Row>, version: number): StoredContent | Damaged =>
  contentOfRows({ ...SUBJECT, version }, rows, (asked) => Effect.succeed(asked.map(() => new Uint8Array([1, 2, 3]))))

const listed = (content: StoredContent | Damaged, end = 1000) =>
  content instanceof Damaged ? Effect.die(content) : content.extents({ start: 0, end })

it.effect("writes extents as rows, and reads them back", () =>
  Effect.gen(function* () {
    const [first, ...further] = physicalRows(extents, { outboard: null, outboardBlob: null })
    const rows = [
      event(1, 20, { ...first, kind: "written", type: "file" }),
      ...further.map((physical) => row({ txn: 1, op: 1, kind: "extent", ...physical }))
    ]
    expect(yield* listed(of(rows, 1))).toEqual(extents)
    const bare = rows.map((one) => ({ ...one, content: null }))
    expect(yield* listed(of(bare, 1))).toEqual(extents)
    expect(physicalRows([], { outboard: null, outboardBlob: null })).toHaveLength(1)
  })
)

it.effect("takes of a series all versions up to the one that is meant, of a file that one alone", () =>
  Effect.gen(function* () {
    const part = (version: number) => ({
      extent_offset: (version - 1) * 10,
      extent_length: 10,
      extent_kind: "pruned" as const,
      extent_hash: hash
    })
    const series = [1, 2, 3].map((version) => event(version, version * 10, part(version)))
    expect((yield* listed(of(series, 2))).map(({ offset }) => offset)).toEqual([0, 10])
    const file = [1, 2, 3].map((version) => event(version, 10, { ...part(1), type: "file", extent_hash: `${version}` }))
    expect((yield* listed(of(file, 2))).map(({ hash }) => hash)).toEqual(["2"])
  })
)

it.effect("passes over rows that repeat a version: a move, a removal, attributes", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
    yield* shelf.write("append", [logs(30_000)])
    shelf.rows.push({ ...event(1, 30_000), txn: 8, kind: "moved", hash: shelf.rows[0]!.hash })
    yield* shelf.write("append", [logs(5000, 1)])
    shelf.rows.push({ ...event(2, 35_000), txn: 9, kind: "attributed", hash: shelf.rows.at(-1)!.hash })
    expect((yield* shelf.read()).length).toBe(35_000)
    expect((yield* shelf.read(undefined, 1)).length).toBe(30_000)
  })
)

it("names what is wrong with rows", () => {
  const whole = { extent_offset: 0, extent_length: 10, extent_kind: "blob", extent_hash: hash, blob: hash } as const
  const wrong: ReadonlyArray<Partial<Row>> = [
    { size: null },
    { hash: null },
    { ...whole },
    { ...whole, blob_offset: 0, blob: "../x" },
    { ...whole, blob_offset: 0, extent_length: 0 },
    { ...whole, blob_offset: 0, extent_hash: null },
    { extent_kind: "inline", extent_hash: hash },
    { outboard: new Uint8Array(32) }
  ]
  for (const fields of wrong) {
    const damage = of([event(1, 10, fields)], 1)
    expect(damage).toBeInstanceOf(Damaged)
    expect((damage as Damaged).message).toMatch(/^"\/logs\/app.json" \(node .*\), version 1 is damaged: /)
  }
  expect(of([event(1, 10)], 2)).toBeInstanceOf(Damaged)
})
