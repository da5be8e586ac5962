/**
 * Processes that commit to one table in a directory at the same time, without a lock (F15, F16).
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { listLog } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openTable } from "../../../src/delta/table.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { ROOT } from "../../support/root.ts"
import { testSeal } from "../../support/delta/seal.ts"
import { idsOf, newTable } from "../../support/delta/table.ts"
import { temporaryDirectory } from "../../support/delta/temporary.ts"

const PROCESSES = 3
const COMMITS = 20
const run = promisify(execFile)

describe("processes", () => {
  it.live("commit every row once, in versions without gaps, chained", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const log: Log = { store: localStore(directory), seal: testSeal }
      yield* newTable(log)
      const script = join(ROOT, "test", "support", "delta", "writer.ts")
      const writers = Array.from({ length: PROCESSES }, (_, at) =>
        Effect.promise(() => run(process.execPath, [script, directory, String(at * 100), String(COMMITS)]))
      )
      yield* Effect.all(writers, { concurrency: "unbounded" })
      const head = yield* (yield* openTable(log)).head
      expect(head.version).toBe(PROCESSES * COMMITS)
      const expected = Array.from(
        { length: PROCESSES * COMMITS },
        (_, at) => Math.floor(at / COMMITS) * 100 + (at % COMMITS)
      )
      expect(yield* idsOf(log, head)).toEqual(expected)
      const { entries } = yield* listLog(log)
      expect(entries.map(({ version }) => version)).toEqual(Array.from({ length: head.version + 1 }, (_, at) => at))
    })
  )
})
