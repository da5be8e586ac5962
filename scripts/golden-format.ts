/**
 * Makes `test/golden/format/vectors.json`: an example of every hash that format.md defines, computed by the second implementation in
 * `test/support/reader` and the BLAKE3 of others. Nothing of `src` takes part. Run: `node scripts/golden-format.ts`.
 */
import { writeFileSync } from "node:fs"
import {
  blake3,
  derive,
  entryBytes,
  entryHash,
  eventBytes,
  eventsDigest,
  genesis,
  headerBytes,
  headerHash,
  listHash,
  type LogicalRow,
  sealDigest,
  trieHash,
  ZEROS
} from "../test/support/reader/hashes.ts"
import { encode } from "../test/support/reader/cbor.ts"

const POND = "01937d7a-5c00-7abc-8def-0123456789ab"
const OTHER_POND = "01937d7a-5c01-7000-9fff-fedcba987654"
const ROOT = "00000000-0000-7000-8000-000000000000"
const NODE = "01937d7a-5c02-7001-8001-000000000001"
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** JSON.stringify, with byte strings as `{"hex": …}`. */
const json = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { hex: hex(value) }
  if (Array.isArray(value)) return value.map(json)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, json(inner)]))
}

const NOTHING: LogicalRow = {
  txn: 1,
  op: 1,
  kind: "created",
  node_id: NODE,
  type: "file",
  parent_id: ROOT,
  name: "a",
  version: null,
  size: null,
  hash: null,
  list_hash: null,
  attributes: null,
  factory: null,
  config: null,
  target: null,
  min_time: null,
  max_time: null
}

// Integers on both sides of every length that CBOR gives them.
const integers = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
const negatives = [-1, -24, -25, -256, -257, -65_536, -65_537, -(2 ** 32), -(2 ** 32) - 1, -(2 ** 53) + 1]
const texts = [
  "",
  "a",
  "b".repeat(23),
  "c".repeat(24),
  "d".repeat(255),
  "e".repeat(256),
  "caf\u{e9}",
  "cafe\u{301}",
  "𝄞"
]
const cbor = [
  null,
  [],
  [null, [1, "x"]],
  ...integers,
  ...negatives,
  ...texts,
  Buffer.alloc(0),
  Buffer.from("00ff", "hex")
]

// Keys whose order by UTF-8 bytes is not that of their UTF-16 code units, or not that of numbers; texts that JSON escapes.
const attributes = [
  { given: {}, text: null },
  { given: { b: true, a: false }, text: '{"a":false,"b":true}' },
  { given: { 10: 1, 9: 2, "": 3 }, text: '{"":3,"10":1,"9":2}' },
  { given: { "\u{10000}": 1, "\u{fffd}": 2 }, text: '{"\u{fffd}":2,"\u{10000}":1}' },
  {
    given: { limits: -9_007_199_254_740_991, top: 9_007_199_254_740_991 },
    text: '{"limits":-9007199254740991,"top":9007199254740991}'
  },
  {
    given: { text: '"\\/\b\f\n\r\t\u{0}\u{1f}\u{7f}\u{2028}é😀' },
    text: '{"text":"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}\u{2028}é😀"}'
  }
]

const content = { version: 3, size: 65_537, hash: blake3("content") }
const rows: ReadonlyArray<LogicalRow> = [
  NOTHING,
  { ...NOTHING, op: 2, kind: "written", ...content, min_time: -1, max_time: 1_763_683_200_000_000 },
  {
    ...NOTHING,
    op: 3,
    kind: "appended",
    type: "table-series",
    ...content,
    list_hash: listHash(ZEROS, 65_537, content.hash)
  },
  { ...NOTHING, op: 24, kind: "attributed", attributes: attributes[1]!.text },
  { ...NOTHING, op: 256, kind: "configured", type: "dynamic", factory: "logfile", config: Buffer.from("a: 1\n") },
  { ...NOTHING, op: 65_536, kind: "created", type: "symlink", name: "cafe\u{301}", target: "../𝄞" },
  { ...NOTHING, op: 65_537, kind: "removed", type: "dir", name: "f".repeat(255) }
]
const events = [[], [rows[0]!], rows, rows.map((row) => ({ ...row, txn: 2 ** 32 }))]

const genesisOfPond = genesis(POND)
const headers = [
  { author: "", count: 0, events: eventsDigest([]), parent: genesisOfPond, request: "", root: blake3("root"), time: 0 },
  {
    author: "ann",
    count: 7,
    events: eventsDigest(rows),
    parent: blake3("1"),
    request: "mkdir /é",
    root: blake3("2"),
    time: -5
  },
  {
    author: "ann",
    count: 65_536,
    events: blake3("3"),
    parent: blake3("4"),
    request: "x".repeat(300),
    root: blake3("5"),
    time: 2 ** 51
  }
].map((header, at) => ({ txn: [1, 24, 2 ** 40][at]!, header: { ...header, nonce: `${at}f`.repeat(16) } }))

const versions = [0, 1, 70_000, 2 ** 33].map((size) => ({ size, hash: blake3(`version of ${size} bytes`) }))
let list = ZEROS
const lists = versions.map(({ hash, size }) => ({ size, hash, list: (list = listHash(list, size, hash)) }))

const entries = [
  ...rows.map((row) => ({ row, children: row.type === "dir" ? trieHash(new Map()) : null })),
  { row: { ...NOTHING, type: "dir", name: "", attributes: attributes[2]!.text }, children: blake3("children") }
]

/** The first `count` names file-0, file-1 … whose BLAKE3 begins with `prefix`; the entry of each is BLAKE3 of "entry of <name>". */
const trieOf = (count: number, prefix: string) => {
  const names: Array<string> = []
  for (let at = 0; names.length < count; at++) if (blake3(`file-${at}`).startsWith(prefix)) names.push(`file-${at}`)
  return { count, prefix, hash: trieHash(new Map(names.map((name) => [name, blake3(`entry of ${name}`)]))) }
}
const tries = [0, 1, 2, 16, 256, 257, 1000, 5000].map((count) => trieOf(count, ""))

// A small pond: what lies where. Contents are texts; `series` were appended to and `table-series` got versions, in this order.
const tree = [
  { path: "/empty", type: "dir" },
  { path: "/logs", type: "dir", attributes: { owner: "ann", "10": 1, "9": true } },
  { path: "/logs/app.json", type: "series", texts: ['{"a":1}\n', '{"a":2}\n'] },
  { path: "/logs/latest", type: "symlink", target: "app.json" },
  { path: "/notes.txt", type: "file", texts: ["hello"] },
  { path: "/void", type: "file", texts: [""] },
  { path: "/café", type: "file", texts: ["composed"] },
  { path: "/cafe\u{301}", type: "file", texts: ["decomposed"] },
  { path: "/days", type: "table-series", texts: ["PAR1 monday PAR1", "PAR1 tuesday PAR1"] },
  { path: "/mirror", type: "dynamic", factory: "logfile", config: "source: /var/log\n" },
  { path: "/many", type: "dir" },
  ...Array.from({ length: 300 }, (_, at) => ({ path: `/many/${at}.txt`, type: "file", texts: [`number ${at}`] }))
] as ReadonlyArray<{
  readonly path: string
  readonly type: string
  readonly texts?: ReadonlyArray<string>
  readonly target?: string
  readonly factory?: string
  readonly config?: string
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}>

const rootOf = (folder: string, row: LogicalRow): string => {
  const children = new Map<string, string>()
  for (const node of tree) {
    const cut = node.path.lastIndexOf("/")
    if (node.path.slice(0, cut) !== folder) continue
    const name = node.path.slice(cut + 1)
    const all = Buffer.from((node.texts ?? []).join(""))
    const isList = node.type === "table-series"
    const lists = (node.texts ?? []).reduce((before, text) => listHash(before, text.length, blake3(text)), ZEROS)
    const keys = Object.keys(node.attributes ?? {}).toSorted((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right))
    )
    const given = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(node.attributes![key])}`)
    const own: LogicalRow = {
      ...NOTHING,
      name,
      type: node.type,
      size: node.texts === undefined ? null : all.length,
      hash: node.texts === undefined ? null : blake3(all),
      list_hash: isList ? lists : null,
      attributes: given.length === 0 ? null : `{${given.join(",")}}`,
      factory: node.factory ?? null,
      config: node.config === undefined ? null : Buffer.from(node.config),
      target: node.target ?? null
    }
    children.set(name, node.type === "dir" ? rootOf(node.path, own) : entryHash(own, null))
  }
  return entryHash(row, trieHash(children))
}

const ROOT_ROW: LogicalRow = { ...NOTHING, type: "dir", name: "" }
const sealText = (previous: string): string =>
  `{"commitInfo":{"seal":{"previous":"${previous}","digest":"${ZEROS}"},"inCommitTimestamp":1763683200000,"operation":"WRITE"}}\n` +
  `{"domainMetadata":{"domain":"pond","configuration":"{\\"format\\":1,\\"id\\":\\"${POND}\\"}","removed":false}}\n`

const vectors = {
  cbor: cbor.map((value) => ({ value: json(value), bytes: hex(encode(value as never)) })),
  attributes,
  events: events.map((list) => ({
    rows: json(list),
    cbor: list.map((row) => hex(eventBytes(row))),
    digest: eventsDigest(list)
  })),
  genesis: [POND, OTHER_POND].map((pond) => ({ pond, hash: genesis(pond) })),
  header: headers.map(({ header, txn }) => {
    const cbor = hex(headerBytes(POND, txn, header))
    return { pond: POND, txn, header, cbor, hash: headerHash(POND, txn, header) }
  }),
  list: lists,
  entry: entries.map(({ children, row }) => ({
    row: json(row),
    children,
    cbor: hex(entryBytes(row, children)),
    hash: entryHash(row, children)
  })),
  leaf: [0, 1, 2].map((count) => {
    const entries = Array.from({ length: count }, (_, at) => blake3(`entry ${at}`))
    return { entries, hash: derive("leaf", Buffer.from(entries.join(""), "hex")) }
  }),
  branch: [0, 5, 15].map((at) => {
    const children = Array.from({ length: 16 }, (_, nibble) =>
      nibble === at || at === 5 ? blake3(`child ${nibble}`) : ZEROS
    )
    return { children, hash: derive("branch", Buffer.from(children.join(""), "hex")) }
  }),
  trie: [...tries, trieOf(257, "a"), trieOf(257, "3c")],
  root: [
    { nodes: [], hash: entryHash(ROOT_ROW, trieHash(new Map())) },
    { nodes: tree, hash: rootOf("", ROOT_ROW) }
  ],
  seal: [ZEROS, blake3("entry")].map((previous) => ({
    blank: sealText(previous),
    previous,
    digest: sealDigest(Buffer.from(sealText(previous)))
  }))
}

const sections = Object.entries(vectors).map(([name, cases]) => {
  const lines = cases.map((one: unknown) => `    ${JSON.stringify(one)}`)
  return `  ${JSON.stringify(name)}: [\n${lines.join(",\n")}\n  ]`
})
const path = new URL("../test/golden/format/vectors.json", import.meta.url)
writeFileSync(path, `{\n${sections.join(",\n")}\n}\n`)
