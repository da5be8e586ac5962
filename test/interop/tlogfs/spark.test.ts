/**
 * Apache Spark with delta-spark reads the history of a pond as Pond does, every value of it, and is refused as a writer by `pondfs`.
 */
import { Effect } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { localStore } from "../../../src/store/local/store.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { writeHistory } from "../../support/interop/history.ts"
import { type Outcome, spark, SPARK_JARS } from "../../support/interop/python.ts"
import { type Said, saidByPond } from "../../support/interop/said.ts"
import { Folder } from "../../support/pond.ts"

const TRANSACTIONS = 2100
/** Half a minute on a machine of its own; several on one that others use. */
const HOOK_MS = 300_000

const folder = new Folder()
afterAll(() => folder[Symbol.dispose]())
const large = join(folder.path, "large")
const small = join(folder.path, "small")
let answer: { readonly read: Said; readonly written: Readonly<Record<string, Outcome>> }

beforeAll(async () => {
  await writeHistory(large, TRANSACTIONS)
  await writeHistory(small, 150)
  const copies = join(folder.path, "copies")
  // One process for all: a Java machine takes long to start.
  answer = spark("spark.py", SPARK_JARS, join(large, "data"), join(small, "data"), copies) as typeof answer
}, HOOK_MS)

it("R4: every value of every row is the same, after merges and checkpoints", async () => {
  const log = readdirSync(join(large, "data/_delta_log"))
  expect(log.filter((name) => name.endsWith(".checkpoint.parquet")).length).toBeGreaterThan(3)
  const said = await saidByPond(large)
  expect(said.lastTxn).toBe(TRANSACTIONS)
  expect(answer.read).toEqual(said)
})

it("Spark is refused as a writer because of the feature", () => {
  const { written } = answer
  expect(Object.keys(written)).toEqual(["insert", "delete", "optimize", "vacuum", "set properties"])
  for (const [name, { error }] of Object.entries(written)) {
    expect([name, error]).toEqual([name, expect.stringMatching(/UNSUPPORTED_FEATURES.*pondfs/s)])
  }
})

it("R6: nothing that the log names is another one then, and no answer", async () => {
  const said = await saidByPond(small)
  for (const [name, { changed, copy }] of Object.entries(answer.written)) {
    // Rows that were written before Spark asked belong to no table: leftovers, which fsck tells of.
    const files = changed.filter(
      (path) => path !== "_delta_log" && !/^\.?part-[0-9a-z-]+.*\.parquet(\.crc)?$/.test(path)
    )
    expect([name, files]).toEqual([name, []])
    if (changed.length === 0) continue
    expect([name, await saidByPond(copy)]).toEqual([name, said])
    const { findings } = await Effect.runPromise(fsck(localStore(join(copy, "data"))))
    expect([name, findings.filter(({ kind }) => kind !== "foreign")]).toEqual([name, []])
  }
})
