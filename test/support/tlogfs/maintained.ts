/**
 * A pond that has every kind of file but blobs: the golden pond of types, maintained twice, with transactions before, between and after.
 */
import { Effect, Random } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { maintain, openAt } from "../../../src/tlogfs/index.ts"
import type { Files } from "../reader/files.ts"
import { blake3 } from "../reader/hashes.ts"
import { diskOf, goldenPond, type KnownTree } from "./golden.ts"
import { type KnownStates, runQuietly } from "./pond-damage.ts"

const LAST_GOLDEN = 9

const makePond = async (): Promise<{ readonly files: Files; readonly known: KnownStates }> => {
  const golden = goldenPond("types")
  const disk = diskOf(golden.files)
  const store = memoryStore(disk)
  const head: Record<string, KnownTree[string]> = { ...golden.known.states[LAST_GOLDEN] }
  const states: Record<number, KnownTree> = {}
  for (const txn of [3, 8]) states[txn] = golden.known.states[txn]!
  let txn = LAST_GOLDEN
  const commit = Effect.fnUntraced(function* (path: string) {
    const bytes = new TextEncoder().encode(`the text of ${path}\n`)
    const pond = yield* openAt(store, false, undefined)
    yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.write(path, bytes)))
    head[path] = { type: "file", size: bytes.length, hash: blake3(bytes) }
    states[++txn] = { ...head }
  })
  const program = Effect.gen(function* () {
    yield* maintain(store, 0)
    yield* Effect.forEach(["/ten", "/eleven"], commit, { discard: true })
    yield* maintain(store, 0)
    yield* Effect.forEach(["/twelve", "/thirteen"], commit, { discard: true })
  })
  await runQuietly(Effect.orDie(Random.withSeed(program, "damage")))
  const files = new Map(disk.keys().map((key) => [key, new Uint8Array(disk.read(key)!.bytes)]))
  return { files, known: { 3: states[3]!, 8: states[8]!, 13: states[13]! } }
}

const { files, known } = await makePond()
const keys = [...files.keys()]
const text = (key: string): string => Buffer.from(files.get(key)!).toString()

/** The key of a log entry. */
export const entryKey = (version: number): string => `_delta_log/${String(version).padStart(20, "0")}.json`

const newest = keys.filter((key) => /^_delta_log\/\d+\.json$/.test(key)).length - 1
const isMerged = (path: string): boolean => keys.some((key) => text(key).includes(`{"remove":{"path":"${path}"`))
const published = Number(text("_index/_head"))

/** The pond, what must be found in it, and what its files are. */
export const MAINTAINED = {
  files,
  known,
  /** The newest version of the log, and the one with the newest publication. */
  newest,
  published,
  /** Live data files, oldest txn first. */
  data: keys.filter((key) => /^\d{20}-/.test(key) && !isMerged(key)).toSorted(),
  /** Index pieces of the newest publication. */
  pieces: keys.filter((key) => key.startsWith("_index/0") && text(entryKey(published)).includes(key)),
  checkpoints: keys.filter((key) => key.includes(".checkpoint."))
}

/** Contents that might come to stand in the place of a file: others of its kind, older and newer. */
export const othersOf = (key: string, alike: ReadonlyArray<string>): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(alike.filter((other) => other !== key).map((other) => [other, files.get(other)!]))
