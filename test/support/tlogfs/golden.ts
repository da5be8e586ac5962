/**
 * Golden ponds: their files, what must be found in them, and how Pond reads all of it.
 */
import { Effect, Stream } from "effect"
import { readFileSync } from "node:fs"
import { hash, toHex } from "../../../src/bao/index.ts"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type Node, ROOT_ID } from "../../../src/tinyfs/index.ts"
import type { Snapshot } from "../../../src/tlogfs/index.ts"
import { readArchive } from "../delta/archive.ts"
import type { Files } from "../reader/files.ts"

/** The golden ponds, by what they show. */
export const GOLDEN_PONDS = ["types", "contents", "history"] as const

/** What is known of one node; contents by size and hash. */
export interface KnownNode {
  readonly type: string
  readonly size?: number
  readonly hash?: string
  readonly target?: string
  readonly factory?: string
  readonly config?: string
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** Nodes by their paths. */
export type KnownTree = Readonly<Record<string, KnownNode>>

/** A golden pond: the files below `data/`, and what must be found. */
export interface GoldenPond {
  readonly files: Files
  readonly known: {
    readonly id: string
    /** Of each transaction, from txn 1 on. */
    readonly chain: ReadonlyArray<{ readonly chain: string; readonly root: string }>
    /** What lies where after some of the transactions. */
    readonly states: Readonly<Record<string, KnownTree>>
  }
}

/** Reads a golden pond. */
export const goldenPond = (name: (typeof GOLDEN_PONDS)[number]): GoldenPond => {
  const path = (extension: string): string =>
    new URL(`../../golden/ponds/${name}.${extension}`, import.meta.url).pathname
  const files = [...readArchive(path("tar.zst"))].map(([file, bytes]) => [file.replace(/^data\//, ""), bytes] as const)
  return { files: new Map(files), known: JSON.parse(readFileSync(path("json"), "utf8")) }
}

/** When the objects of a made store were written, in milliseconds since 1970. */
const LONG_AGO_MS = 1_000_000

/** A disk in memory that holds these files. */
export const diskOf = (files: Files): MemoryDisk => {
  const disk = new MemoryDisk()
  for (const [key, bytes] of files) {
    disk.create(key, { bytes, modifiedMs: LONG_AGO_MS })
    disk.sync(key)
  }
  return disk
}

/** A store in memory that holds these files. */
export const storeOf = (files: Files): Store => memoryStore(diskOf(files))

/** Reads everything that a snapshot holds, contents verified. */
export const treeOf = Effect.fnUntraced(function* (snapshot: Snapshot) {
  const tree: Record<string, KnownNode> = {}
  const pending = [{ id: ROOT_ID, path: "" }]
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const node of yield* snapshot.view.children(directory.id)) {
      const path = `${directory.path}/${node.name}`
      tree[path] = yield* knownOf(snapshot, node)
      if (node.type === "dir") pending.push({ id: node.id, path })
    }
  }
  return tree
})

/** Reads what is known of a node, its content verified. */
export const knownOf = Effect.fnUntraced(function* (snapshot: Snapshot, node: Node) {
  const { attributes, config, content, factory, target, type } = node
  const known: KnownNode = {
    type,
    ...(content === undefined ? {} : yield* readNode(snapshot, node.id, content.version)),
    ...(target === undefined ? {} : { target }),
    ...(factory === undefined ? {} : { factory }),
    ...(config === undefined ? {} : { config: Buffer.from(config).toString() }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes: { ...attributes } })
  }
  return known
})

/** Size and hash of the bytes that a version is read as. */
const readNode = Effect.fnUntraced(function* (snapshot: Snapshot, id: string, version: number) {
  const bytes = yield* Stream.mkUint8Array(snapshot.view.read(id, version))
  return { size: bytes.length, hash: toHex(hash(bytes)) }
})
