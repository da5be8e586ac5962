/**
 * The history of a pond is a Delta table: delta-rs, Arrow, Polars and DuckDB read the same values from it as Pond does, every one of them.
 */
import { Effect } from "effect"
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { localStore } from "../../../src/store/local/store.ts"
import { maintain } from "../../../src/tlogfs/index.ts"
import { writeHistory } from "../../support/interop/history.ts"
import { python } from "../../support/interop/python.ts"
import { type Said, saidByPond } from "../../support/interop/said.ts"
import { Folder } from "../../support/pond.ts"

const TRANSACTIONS = 2100
/** See read.py. */
const ENGINES = ["delta-rs", "arrow", "polars", "duckdb-files", "duckdb-delta"]

const folder = new Folder()
afterAll(() => folder[Symbol.dispose]())
const url = join(folder.path, "pond")
const table = join(url, "data")
const log = join(table, "_delta_log")
let said: Said

const read = (engine: string, ...rest: ReadonlyArray<string>) => python("read.py", engine, ...rest)

beforeAll(async () => {
  await writeHistory(url, TRANSACTIONS)
  said = await saidByPond(url)
})

it("the history has what there is to compare", () => {
  expect(said).toMatchObject({
    lastTxn: TRANSACTIONS,
    greatestVersion: TRANSACTIONS - 2,
    greatestSize: 5_000_000,
    firstName: " leading and trailing ",
    lastName: "\u{10ffff}",
    leastTime: Number.MIN_SAFE_INTEGER,
    greatestTime: Number.MAX_SAFE_INTEGER
  })
  const kinds = ["appended", "attributed", "configured", "created", "moved", "removed", "txn", "written"]
  expect(Object.keys(said.kinds).toSorted()).toEqual(kinds)
  // Files were merged and checkpoints written: other programs meet both, and entries after the last checkpoint.
  const names = readdirSync(log)
  expect(names.filter((name) => name.endsWith(".checkpoint.parquet")).length).toBeGreaterThan(3)
  expect(names.filter((name) => name.endsWith(".json")).length).toBeGreaterThan(TRANSACTIONS + 30)
})

describe("R4: every value of every row is the same", () => {
  it.each(ENGINES)("read by %s", (engine) => {
    expect(read(engine, table)).toEqual(said)
  })

  it.each(["delta-rs", "duckdb-delta"])("without checkpoints, read by %s", (engine) => {
    const copy = join(folder.path, `without checkpoints ${engine}`)
    cpSync(table, copy, { recursive: true })
    for (const name of readdirSync(join(copy, "_delta_log"))) {
      if (!name.endsWith(".json")) rmSync(join(copy, "_delta_log", name))
    }
    expect(read(engine, copy)).toEqual(said)
  })

  it.each([1, 65, 1777])("after transaction %i, by the versions of Delta", async (txn) => {
    const entry = readdirSync(log).find(
      (name) => name.endsWith(".json") && readFileSync(join(log, name), "utf8").includes(`"txns":"${txn}-${txn}"`)
    )
    const version = String(Number.parseInt(entry!, 10))
    const then = await saidByPond(url, txn)
    expect(then.lastTxn).toBe(txn)
    for (const engine of ["delta-rs", "polars", "duckdb-delta"]) expect(read(engine, table, version)).toEqual(then)
  })
})

describe("R7: after thorough maintenance nothing is different", () => {
  // Where the bytes of long series lie is told by columns that these digests hold.
  const asTheyLie = { longSeriesExtents: Number.POSITIVE_INFINITY }
  beforeAll(() => Effect.runPromise(maintain(localStore(table), 0, asTheyLie)))

  it("to Pond", async () => {
    expect(await saidByPond(url)).toEqual(said)
  })

  it.each(ENGINES)("to %s", (engine) => {
    expect(read(engine, table)).toEqual(said)
  })
})
