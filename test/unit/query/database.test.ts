import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { expectDatabases, openDatabase } from "../../../src/query/database.ts"
import { scopedFolder } from "../../support/query/asking.ts"

const allowance = Effect.map(scopedFolder, (spill) => ({ memoryMb: 256, threads: 1, spill, spillMb: 64 }))

describe("databases that are expected", () => {
  it.live("are opened as new ones are: empty, apart from each other, and locked down", () =>
    Effect.gen(function* () {
      yield* expectDatabases(2)
      const given = yield* allowance
      for (let at = 0; at < 3; at += 1) {
        const database = yield* openDatabase(given)
        expect(yield* database.rows("SELECT table_name FROM information_schema.tables")).toStrictEqual([])
        yield* database.run("CREATE TABLE kept AS SELECT 1 AS n")
        for (const sql of ["SET threads = 2", "SELECT * FROM read_text('/etc/passwd')", "LOAD httpfs"]) {
          expect(Exit.isFailure(yield* Effect.exit(database.run(sql))), sql).toBe(true)
        }
      }
    })
  )

  it.live("are nobody's after the scope for which they were expected", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Effect.provideService(expectDatabases(2), Scope.Scope, scope)
      const database = yield* openDatabase(yield* allowance)
      yield* Scope.close(scope, Exit.void)
      expect(yield* database.rows("SELECT 1 AS n")).toStrictEqual([{ n: 1 }])
      const another = yield* openDatabase(yield* allowance)
      expect(yield* another.rows("SELECT 2 AS n")).toStrictEqual([{ n: 2 }])
    })
  )
})
