/**
 * Other programs do not write into a pond: its writer feature `pondfs` makes them refuse. What some of them write all the same without
 * asking (a checkpoint, a leftover) changes no answer.
 */
import { Effect } from "effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { localStore } from "../../../src/store/local/store.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { writeHistory } from "../../support/interop/history.ts"
import { type Outcome, python } from "../../support/interop/python.ts"
import { type Said, saidByPond } from "../../support/interop/said.ts"
import { Folder } from "../../support/pond.ts"

/** What is not refused because of the feature: what the program says, and which files it wrote. */
const OTHERWISE: Readonly<Record<string, { readonly error: RegExp | null; readonly wrote: ReadonlyArray<RegExp> }>> = {
  // delta-rs asks for no feature where it commits nothing. The retention of the log keeps its clean-up from removing entries.
  "delta-rs clean-up": { error: null, wrote: [] },
  "delta-rs checkpoint": {
    error: null,
    wrote: [/^_delta_log\/\d{20}\.checkpoint\.parquet$/, /^_delta_log\/_last_checkpoint$/]
  },
  "delta-rs compact logs": { error: null, wrote: [/^_delta_log\/\d{20}\.\d{20}\.compacted\.json$/] },
  // DuckDB writes the rows first and asks when it commits: the file stays behind, and belongs to no table.
  "duckdb insert": { error: /'pondfs' is not supported/, wrote: [/^duckdb-[0-9a-f-]{36}\.parquet$/] },
  // What DuckDB cannot do to any Delta table.
  "duckdb delete": { error: /Can only delete from base table/, wrote: [] },
  "duckdb drop": { error: /do not support dropping/, wrote: [] }
}

const folder = new Folder()
afterAll(() => folder[Symbol.dispose]())
const url = join(folder.path, "pond")
let said: Said
let outcomes: ReadonlyArray<readonly [string, Outcome]>

beforeAll(async () => {
  await writeHistory(url, 150)
  said = await saidByPond(url)
  const document = python("write.py", join(url, "data"), join(folder.path, "copies"))
  outcomes = Object.entries(document as Record<string, Outcome>)
})

const refused = () => outcomes.filter(([name]) => !(name in OTHERWISE))

it("every other writer is refused because of the feature, and changes not one file", () => {
  expect(refused().length).toBeGreaterThan(20)
  for (const [name, { changed, error }] of refused()) {
    expect([name, error, changed]).toEqual([name, expect.stringMatching(/Unsupported table features.*pondfs/), []])
  }
})

it("what is written without asking is that and nothing else", () => {
  for (const [name, { error, wrote }] of Object.entries(OTHERWISE)) {
    const outcome = outcomes.find(([other]) => other === name)![1]
    if (error === null) expect([name, outcome.error]).toEqual([name, null])
    else expect([name, outcome.error]).toEqual([name, expect.stringMatching(error)])
    const files = outcome.changed.filter((path) => path !== "_delta_log")
    expect([name, files]).toEqual([name, wrote.map((pattern) => expect.stringMatching(pattern))])
  }
})

it("R6: it changes no answer, whichever way the pond is opened", async () => {
  const changed = outcomes.filter(([, outcome]) => outcome.changed.length > 0)
  expect(changed.length).toBeGreaterThan(0)
  for (const [name, { copy }] of changed) {
    expect([name, await saidByPond(copy)]).toEqual([name, said])
    const report = await Effect.runPromise(fsck(localStore(join(copy, "data"))))
    // Told are leftovers, and a checkpoint without a seal, which Pond does not use: nothing of the truth.
    const damaged = report.findings.filter(({ kind }) => kind !== "foreign" && kind !== "checkpoint")
    expect([name, damaged]).toEqual([name, []])
    rmSync(join(copy, "data/_index"), { recursive: true })
    expect([name, await saidByPond(copy)]).toEqual([name, said])
  }
})
