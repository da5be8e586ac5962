import { describe, expect, it } from "vitest"
import { toHex } from "../../../src/bao/index.ts"
import {
  entryHash,
  type Event,
  eventsDigest,
  genesis,
  type Header,
  headerHash,
  listHash
} from "../../../src/tinyfs/index.ts"
import { aNode, POND_ID } from "../../support/tlogfs/rows.ts"

const hash = "ab".repeat(32)
const content = { version: 3, sizeBytes: 10, hash }
const header: Header = {
  txn: 1,
  parent: hash,
  root: hash,
  events: hash,
  count: 1,
  timeMicros: 5,
  author: "ann",
  request: "{}",
  nonce: "cd".repeat(16)
}
const entry = (fields: Parameters<typeof aNode>[0]) => toHex(entryHash(aNode(fields)))
const distinct = (values: ReadonlyArray<string>): number => new Set(values).size

describe("the entry of a node", () => {
  it("depends on what it is, not on what it came from (R7)", () => {
    const plain = entry({ content })
    const elsewhere = { id: "01900000-0000-7000-8000-0000000000ff", parentId: "01900000-0000-7000-8000-0000000000ee" }
    expect(entry({ content: { ...content, version: 99 }, ...elsewhere, txn: 7, op: 9, timeMicros: 0 })).toBe(plain)
  })

  it("is another one for everything that can be told of a node", () => {
    const all = [
      entry({}),
      entry({ name: "b" }),
      entry({ name: "e\u0301" }),
      entry({ name: "\u00e9" }),
      entry({ type: "table" }),
      entry({ content }),
      entry({ content: { ...content, sizeBytes: 11 } }),
      entry({ content: { ...content, hash: "cd".repeat(32) } }),
      entry({ attributes: { a: 1 } }),
      entry({ attributes: { a: "1" } }),
      entry({ attributes: { a: true } }),
      entry({ factory: "logfile" }),
      entry({ config: new Uint8Array() }),
      entry({ target: "x" }),
      entry({ factory: "x" }),
      toHex(entryHash(aNode(), new Uint8Array(32)))
    ]
    expect(distinct(all)).toBe(all.length)
  })

  it("of a table series is that of all its versions", () => {
    const series = { type: "table-series", content: { ...content, listHash: "01".repeat(32) } } as const
    const newer = {
      ...series,
      content: { version: 4, sizeBytes: 99, hash: "ff".repeat(32), listHash: "01".repeat(32) }
    }
    expect(entry(newer)).toBe(entry(series))
    expect(entry({ ...series, content: { ...series.content, listHash: "02".repeat(32) } })).not.toBe(entry(series))
  })
})

describe("the list hash of a table series", () => {
  it("goes on from the versions before", () => {
    const first = listHash(undefined, 10, hash)
    expect(listHash("00".repeat(32), 10, hash)).toBe(first)
    expect(distinct([first, listHash(first, 10, hash), listHash(undefined, 11, hash)])).toBe(3)
  })
})

describe("the chain", () => {
  it("begins with the identity of the pond", () => {
    expect(genesis(POND_ID)).toMatch(/^[0-9a-f]{64}$/)
    expect(genesis(POND_ID)).not.toBe(genesis(POND_ID.replace("a", "b")))
  })

  it("is another one for everything in a header, and for another pond", () => {
    const other = "cd".repeat(32)
    const all = [
      {},
      { txn: 2 },
      { parent: other },
      { root: other },
      { events: other },
      { count: 2 },
      { timeMicros: 6 },
      { author: "bob" },
      { request: "" },
      { nonce: "ef".repeat(16) },
      { author: "", request: "ann{}" }
    ].map((change) => headerHash({ ...header, ...change }, POND_ID))
    expect(distinct(all)).toBe(all.length)
    expect(headerHash(header, POND_ID.replace("a", "b"))).not.toBe(all[0])
  })

  it("depends on every event and on their order", () => {
    const events: ReadonlyArray<Event> = [
      { kind: "created", node: aNode() },
      { kind: "created", node: aNode({ op: 2, name: "b" }) },
      { kind: "attributed", node: aNode() },
      { kind: "created", node: aNode(), times: { minMicros: -1, maxMicros: 1 } },
      { kind: "created", node: aNode({ id: "01900000-0000-7000-8000-0000000000ff" }) },
      { kind: "created", node: aNode({ txn: 2 }) }
    ]
    const [one, two] = events
    const all = [
      ...events.map((event) => eventsDigest([event])),
      eventsDigest([]),
      eventsDigest([one!, two!]),
      eventsDigest([two!, one!])
    ]
    expect(distinct(all)).toBe(all.length)
    // The time of the transaction is the header's to tell.
    expect(eventsDigest([{ kind: "created", node: aNode({ timeMicros: 1 }) }])).toBe(eventsDigest([one!]))
  })
})
