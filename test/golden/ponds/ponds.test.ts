/**
 * Golden ponds: what was written once is what two readers find, the one of Pond and one made from format.md alone (R1, R4, R5, R7).
 */
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { fsck, openAt } from "../../../src/tlogfs/index.ts"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Folder } from "../../support/pond.ts"
import { readFolder } from "../../support/reader/files.ts"
import { blake3 } from "../../support/reader/hashes.ts"
import { listAt, type PlainPond, readAt, readPond } from "../../support/reader/pond.ts"
import type { PlainRow } from "../../support/reader/rows.ts"
import {
  GOLDEN_PONDS,
  goldenPond,
  type GoldenPond,
  type KnownNode,
  storeOf,
  treeOf
} from "../../support/tlogfs/golden.ts"

/** What the second reader finds after a transaction; contents that it has read already are remembered by node and version. */
const plainTree = (
  { files }: GoldenPond,
  pond: PlainPond,
  txn: number,
  read: Map<string, string>
): Readonly<Record<string, KnownNode>> => {
  const known = ({ attributes, config, factory, hash, node_id, size, target, type, version }: PlainRow): KnownNode => {
    const key = `${node_id} ${version}`
    if (hash !== null && !read.has(key)) read.set(key, blake3(readAt(files, pond, txn, node_id!, version!)!))
    return {
      type: type!,
      ...(hash === null ? {} : { size: size!, hash: read.get(key)! }),
      ...(target === null ? {} : { target }),
      ...(factory === null ? {} : { factory }),
      ...(config === null ? {} : { config: Buffer.from(config).toString() }),
      ...(attributes === null ? {} : { attributes: JSON.parse(attributes) as NonNullable<KnownNode["attributes"]> })
    }
  }
  return Object.fromEntries([...listAt(pond, txn)].map(([path, row]) => [path, known(row)]))
}

describe.each(GOLDEN_PONDS)("the golden pond %s", (name) => {
  const golden = goldenPond(name)
  const { chain, id, states } = golden.known

  it("is read by the second reader", async () => {
    const pond = await readPond(golden.files)
    expect(pond.id).toBe(id)
    expect(pond.transactions.map(({ chain, header }) => ({ chain, root: header.root }))).toEqual(chain)
    const read = new Map<string, string>()
    for (const [txn, state] of Object.entries(states)) expect(plainTree(golden, pond, Number(txn), read)).toEqual(state)
  })

  it("is read by Pond", async () => {
    const program = Effect.gen(function* () {
      const pond = yield* openAt(storeOf(golden.files), false, undefined)
      expect(pond.id).toBe(id)
      const log = yield* Stream.runCollect(pond.log())
      expect(log.toReversed().map(({ hash, header }) => ({ chain: hash, root: header.root }))).toEqual(chain)
      for (const [txn, state] of Object.entries(states)) {
        const snapshot = yield* pond.at(Number(txn))
        expect([snapshot.view.chain, snapshot.view.root]).toEqual(Object.values(chain[Number(txn) - 1]!))
        expect(yield* treeOf(snapshot)).toEqual(state)
      }
    })
    await Effect.runPromise(program)
  })

  it("is sound, and fsck leaves it as it is", async () => {
    const store = storeOf(golden.files)
    const { findings, txn } = await Effect.runPromise(fsck(store))
    expect({ findings, txn }).toEqual({ findings: [], txn: chain.length })
    const keys = await Effect.runPromise(Stream.runCollect(store.list("")))
    expect(keys.map(({ key }) => key).toSorted()).toEqual([...golden.files.keys()].toSorted())
  })
})

it("what was forgotten on purpose is known to be so by both readers", async () => {
  const golden = goldenPond("contents")
  const { transactions, ...plain } = await readPond(golden.files, false)
  const forgotten = transactions.flatMap(({ rows }) => rows).filter(({ kind }) => kind === "pruned")
  expect(forgotten.map(({ name, attributes }) => [name, attributes])).toEqual([
    ["forgotten", '{"pond.pruned":"1"}'],
    ["forgotten-inline", '{"pond.pruned":"1"}']
  ])
  const last = transactions.length
  for (const { node_id: id } of forgotten) {
    expect(readAt(golden.files, { ...plain, transactions }, last, id!, 1)).toBeUndefined()
    const read = Effect.gen(function* () {
      const { head } = yield* openAt(storeOf(golden.files), false, undefined)
      return yield* Effect.flip(Stream.runDrain((yield* head).view.read(id!, 1)))
    })
    expect(await Effect.runPromise(read)).toMatchObject({ _tag: "Pruned", version: 1 })
  }
})

it("reads a pond from a directory, as plain programs do", async () => {
  using folder = new Folder()
  const { files, known } = goldenPond("types")
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true })
    writeFileSync(join(folder.path, path), bytes)
  }
  const { transactions } = await readPond(readFolder(folder.path))
  expect(transactions.at(-1)?.chain).toBe(known.chain.at(-1)?.chain)
})
