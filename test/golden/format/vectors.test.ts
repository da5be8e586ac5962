/**
 * Golden vectors of the format: what a second implementation says (`scripts/golden-format.ts`) is what Pond hashes (format.md section 4).
 */
import { Effect, Exit } from "effect"
import { decode as decodeCbor, encode as encodeCbor } from "cborg"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { hash, toHex } from "../../../src/bao/index.ts"
import { BLANK, checkSeal, sealEntry } from "../../../src/delta/seal.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import {
  type Attributes,
  buildTrie,
  decodeAttributes,
  encodeAttributes,
  entryHash,
  eventsDigest,
  genesis,
  headerHash,
  listHash,
  Transaction
} from "../../../src/tinyfs/index.ts"
import { eventOf, headerOf, nodeOf } from "../../../src/tlogfs/event-row.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { row, type Row } from "../../../src/tlogfs/row.ts"
import { pondLog } from "../../../src/tlogfs/table.ts"
import { decode, encode } from "../../support/reader/cbor.ts"

interface TreeNode {
  readonly path: string
  readonly type: string
  readonly texts?: ReadonlyArray<string>
  readonly target?: string
  readonly factory?: string
  readonly config?: string
  readonly attributes?: Attributes
}

interface Vectors {
  readonly cbor: ReadonlyArray<{ readonly value: unknown; readonly bytes: string }>
  readonly attributes: ReadonlyArray<{ readonly given: Attributes; readonly text: string | null }>
  readonly events: ReadonlyArray<{ readonly rows: ReadonlyArray<Row>; readonly digest: string }>
  readonly genesis: ReadonlyArray<{ readonly pond: string; readonly hash: string }>
  readonly header: ReadonlyArray<{ pond: string; txn: number; header: Record<string, unknown>; hash: string }>
  readonly list: ReadonlyArray<{ readonly size: number; readonly hash: string; readonly list: string }>
  readonly entry: ReadonlyArray<{ readonly row: Row; readonly children: string | null; readonly hash: string }>
  readonly trie: ReadonlyArray<{ readonly count: number; readonly prefix: string; readonly hash: string }>
  readonly root: ReadonlyArray<{ readonly nodes: ReadonlyArray<TreeNode>; readonly hash: string }>
  readonly seal: ReadonlyArray<{ readonly blank: string; readonly previous: string; readonly digest: string }>
}

const bytesOfHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))

/** Byte strings are written as `{"hex": …}`. */
const revive = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "hex" in value && typeof value.hex === "string"
    ? bytesOfHex(value.hex)
    : value

const vectors: Vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"), revive)

const hashText = (text: string): Uint8Array => hash(new TextEncoder().encode(text))

describe("CBOR", () => {
  it.each(vectors.cbor)("encodes $value as $bytes, whoever does it", ({ bytes, value }) => {
    for (const encoded of [encodeCbor(value), encode(value as never)])
      expect(Buffer.from(encoded).toString("hex")).toBe(bytes)
    for (const decoded of [decodeCbor(bytesOfHex(bytes)), decode(bytesOfHex(bytes))]) expect(decoded).toEqual(value)
  })
})

describe("hashes (R7)", () => {
  it.each(vectors.attributes)("attributes are $text", ({ given, text }) => {
    expect(encodeAttributes(given)).toBe(text)
    if (text !== null) expect({ ...decodeAttributes(text) }).toEqual(given)
  })

  it.each(vectors.events)("the events digest $digest", ({ digest, rows }) => {
    expect(eventsDigest(rows.map((one) => eventOf(row(one), 0)))).toBe(digest)
  })

  it.each(vectors.genesis)("the genesis of $pond", ({ hash, pond }) => {
    expect(genesis(pond)).toBe(hash)
  })

  it.each(vectors.header)("the header of txn $txn", ({ hash, header, pond, txn }) => {
    const read = headerOf(row({ txn, op: 0, kind: "txn", header: JSON.stringify(header) }))
    expect(headerHash(read, pond)).toBe(hash)
  })

  it("lists of versions", () => {
    let before: string | undefined
    for (const { hash, list, size } of vectors.list) {
      before = listHash(before, size, hash)
      expect(before).toBe(list)
    }
  })

  it.each(vectors.entry)("the entry $hash", ({ children, hash, row: one }) => {
    const above = children === null ? undefined : bytesOfHex(children)
    expect(toHex(entryHash(nodeOf(row(one), 0), above))).toBe(hash)
  })

  it.each(vectors.trie)("the trie of $count names that hash to $prefix…", ({ count, hash, prefix }) => {
    const entries: Array<{ readonly nameHash: Uint8Array; readonly entryHash: Uint8Array }> = []
    for (let at = 0; entries.length < count; at++) {
      const nameHash = hashText(`file-${at}`)
      if (toHex(nameHash).startsWith(prefix)) entries.push({ nameHash, entryHash: hashText(`entry of file-${at}`) })
    }
    const sorted = entries.toSorted((left, right) => Buffer.compare(left.nameHash, right.nameHash))
    expect(toHex(buildTrie(sorted).hash)).toBe(hash)
  })

  it.each(vectors.seal)("the seal of an entry after $previous", ({ blank, digest, previous }) => {
    const { seal } = pondLog(memoryStore())
    const bytes = new TextEncoder().encode(blank)
    expect(sealEntry(bytes, seal!)).toBe(digest)
    expect(checkSeal(bytes, seal!, previous)).toBe(digest)
    expect(checkSeal(Buffer.from(bytes.buffer), seal!, previous)).toBe(digest)
    expect(Buffer.from(bytes).toString()).toBe(blank.replace(`"digest":"${BLANK}"`, `"digest":"${digest}"`))
  })
})

/** Makes one node of a tree in the open transaction. */
const make = Effect.fnUntraced(function* ({ attributes, config, factory, path, target, texts = [], type }: TreeNode) {
  const open = yield* Transaction
  if (type === "dir") yield* open.mkdir(path, { parents: true })
  if (type === "symlink") yield* open.symlink(target!, path)
  if (type === "dynamic") yield* open.configure(path, factory!, new TextEncoder().encode(config))
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text)
    if (type === "file") yield* open.write(path, bytes)
    if (type === "series") yield* open.append(path, bytes)
    if (type === "table-series") yield* open.addVersion(path, bytes)
  }
  if (attributes !== undefined) yield* open.setAttributes(path, attributes)
})

/** Groups of nodes that transactions make one after the other; versions of a table series need one each. */
const rootAfter = (transactions: ReadonlyArray<ReadonlyArray<TreeNode>>) =>
  Effect.gen(function* () {
    const pond = yield* openAt(memoryStore(), true, undefined)
    for (const nodes of transactions) {
      yield* pond.transaction(Effect.forEach(nodes, make, { discard: true }))
    }
    return (yield* pond.head).view.root
  })

const versionsApart = (node: TreeNode): ReadonlyArray<TreeNode> =>
  node.type === "table-series" ? node.texts!.map((text) => ({ ...node, texts: [text] })) : [node]

describe("the root of a pond (R7)", () => {
  it.each(vectors.root)("$hash", async ({ hash, nodes }) => {
    const isFolder = ({ type }: TreeNode): boolean => type === "dir"
    const folders = nodes.filter(isFolder)
    const files = nodes.filter((node) => !isFolder(node)).flatMap(versionsApart)
    const isLater = ({ path }: TreeNode, at: number): boolean => files.findIndex((one) => one.path === path) < at
    const later = files.filter(isLater)
    const first = files.filter((file) => !later.includes(file))
    const orders = [
      [[...folders, ...first], later],
      [first.toReversed(), later, folders],
      [...folders.map((one) => [one]), first.slice(0, 7), first.slice(7), later]
    ]
    for (const order of orders) {
      // Folders come to be by what lies in them, wherever they stand in the order.
      const withParents = order.map((nodes) =>
        nodes.flatMap((node) => {
          const parent = node.path.slice(0, node.path.lastIndexOf("/"))
          return parent === "" ? [node] : [{ path: parent, type: "dir" }, node]
        })
      )
      const exit = await Effect.runPromiseExit(rootAfter(withParents))
      expect(Exit.isSuccess(exit) ? exit.value : exit.cause).toBe(hash)
    }
  })
})
