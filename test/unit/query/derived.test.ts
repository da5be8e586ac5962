import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { readFileSync, rmSync } from "node:fs"
import { derivedFile } from "../../../src/query/extract.ts"
import { asking } from "../../support/query/asking.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"

const line = (level: string, ms: number): string => `${JSON.stringify({ level, ms })}\n`

const COUNTS = "SELECT level, count(*) AS n, sum(ms) AS total FROM '/logs/*.json' GROUP BY level"

/** A pond with derived nodes. */
const deriving = Effect.gen(function* () {
  const base = yield* asking
  const change = (program: (open: typeof Transaction.Service) => Effect.Effect<unknown, unknown>) =>
    Effect.orDie(base.pond.transaction(Effect.flatMap(Transaction, program)))
  return {
    ...base,
    change,
    /** Makes a derived node, or changes it. */
    derive: (path: string, query: string, more: object = {}) =>
      change((open) =>
        Effect.andThen(
          open.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true }),
          open.configure(path, "sql", new TextEncoder().encode(JSON.stringify({ query, ...more })))
        )
      ),
    /** The bytes of a derived node. */
    sum: (path: string) =>
      Effect.gen(function* () {
        const file = yield* derivedFile(base.pond, base.directory, path, yield* base.pond.head)
        return createHash("sha256").update(readFileSync(file)).digest("hex")
      }).pipe(Effect.scoped)
  }
})

describe("a derived node", () => {
  it.live("is a table that is never stale", () =>
    Effect.gen(function* () {
      const { append, derive, rows, write } = yield* deriving
      yield* write({ "/logs/a.json": line("info", 1) + line("warn", 5) })
      yield* derive("/reports/counts", COUNTS)
      yield* derive("/reports/most", "SELECT max(n)::INTEGER AS most FROM '/reports/counts'")
      expect(yield* rows("SELECT level, n, total FROM '/reports/counts'")).toEqual([
        ["info", 1, "1"],
        ["warn", 1, "5"]
      ])
      yield* append("/logs/b.json", line("info", 2))
      expect(yield* rows("SELECT level, n, total FROM '/reports/counts'")).toEqual([
        ["info", 2, "3"],
        ["warn", 1, "5"]
      ])
      expect(yield* rows("SELECT most FROM '/reports/most'")).toEqual([[2]])
      yield* write({ "/logs/a.json": line("info", 1) + line("info", 1) })
      expect(yield* rows("SELECT most FROM '/reports/most'")).toEqual([[3]])
      yield* derive("/reports/counts", `${COUNTS} HAVING level = 'nothing'`)
      expect(yield* rows("SELECT most FROM '/reports/most'")).toEqual([[null]])
    })
  )

  it.live("answers as of a state", () =>
    Effect.gen(function* () {
      const { append, derive, pond, rows, write } = yield* deriving
      yield* write({ "/logs/a.json": line("info", 1) })
      yield* derive("/counts", COUNTS)
      const before = yield* pond.head
      yield* append("/logs/b.json", line("warn", 2))
      yield* derive("/counts", "SELECT 'other' AS level")
      expect(yield* rows("SELECT level, n FROM '/counts'", { snapshot: before })).toEqual([["info", 1]])
      expect(yield* rows("SELECT level FROM '/counts'")).toEqual([["other"]])
      const early = yield* pond.at(1)
      expect((yield* Effect.flip(rows("FROM '/counts'", { snapshot: early })))._tag).toBe("NoSuchTable")
    })
  )

  it.live("has the same bytes for equal inputs, whatever was kept, and is made once", () =>
    Effect.gen(function* () {
      const { append, derive, directory, rows, sum, write } = yield* deriving
      const many = Array.from({ length: 5000 }, (_, at) => line(`level ${(at * 7919) % 1000}`, at)).join("")
      yield* write({ "/logs/none.json": "" })
      yield* append("/logs/a.json", many)
      yield* append("/logs/a.json", many.slice(0, many.indexOf("\n") + 1))
      yield* derive("/counts", COUNTS)
      yield* derive(
        "/first",
        "SELECT level, first(ms) AS ms, list(ms) AS all_ms FROM '/logs/*' GROUP BY level ORDER BY length(level)"
      )
      const [counts, first] = [yield* sum("/counts"), yield* sum("/first")]
      expect(yield* sum("/counts")).toBe(counts)
      rmSync(directory, { recursive: true })
      // Now everything is parsed at once, not as it grew.
      expect(yield* sum("/first")).toBe(first)
      expect(yield* sum("/counts")).toBe(counts)
      const sorted = yield* rows(
        "SELECT list(level ORDER BY _line) = list(level ORDER BY level) AS is_sorted FROM '/counts'"
      )
      expect(sorted).toEqual([[true]])
    })
  )

  it.live("is part of what a glob matches, and joins with files", () =>
    Effect.gen(function* () {
      const { derive, rows, write } = yield* deriving
      yield* write({ "/t/a.json": line("info", 1), "/names.csv": "level,title\ninfo,Information\n" })
      yield* derive("/t/b", "SELECT 'warn' AS level, 2 AS ms")
      yield* derive("/titled", "SELECT title FROM '/t/*' JOIN '/names.csv' USING (level)")
      expect(yield* rows("SELECT _path, level, ms FROM '/t/*' ORDER BY ms")).toEqual([
        ["/t/a.json", "info", 1],
        ["/t/b", "warn", 2]
      ])
      expect(yield* rows("SELECT title FROM '/titled'")).toEqual([["Information"]])
    })
  )

  it.live.each<readonly [what: string, query: string, message: RegExp]>([
    ["asks itself", "FROM '/d/x'", /asks itself: "x" asks "x"/u],
    ["asks itself by a glob", "FROM '/d/*'", /asks itself/u],
    ["asks itself over another", "FROM '/d/y'", /asks itself: "x" asks "y" asks "x"/u],
    ["asks for the time", "SELECT now() AS t", /now\(\) gives another value each time/u],
    ["asks for today", "SELECT current_date AS t", /current_date gives another/u],
    ["asks for chance", "SELECT * FROM range(9) WHERE random() > 0.5", /random\(\) gives another/u],
    ["takes a sample", "SELECT * FROM range(9) USING SAMPLE 3", /a sample without REPEATABLE gives another/u],
    ["is wrong", "SELEC 1", /syntax error/u],
    ["names nothing", "FROM '/nothing'", /nothing in the pond matches it/u],
    ["names a file of the machine", "FROM 'host:/etc/passwd'", /only the person at the command line/u],
    ["reads a file of the machine", "FROM read_text('/etc/passwd')", /may not stand for a table/u],
    ["writes", "DELETE FROM '/logs/a.json'", /only SELECT/u],
    ["has a bad line", "FROM '/bad.json'", /line 2 of "\/bad.json" is bad/u]
  ])("that %s fails who reads it, and says why", ([, query, message]) =>
    Effect.gen(function* () {
      const { derive, rows, write } = yield* deriving
      yield* write({ "/logs/a.json": line("info", 1), "/bad.json": `${line("info", 1)}{"level":\n` })
      yield* derive("/d/x", query)
      yield* derive("/d/y", "FROM '/d/x'")
      const error = yield* Effect.flip(rows("FROM '/d/x'", { isHostAllowed: true }))
      expect(error._tag).toBe("Unreadable")
      expect(error.message).toMatch(message)
      expect(yield* rows("SELECT level FROM '/logs/*'")).toEqual([["info"]])
    })
  )

  it.live("has sums to the last digit", () =>
    Effect.gen(function* () {
      const { derive, rows } = yield* deriving
      yield* derive("/d", "SELECT sum(n) AS total FROM (VALUES (9007199254740993), (9007199254740992)) AS t(n)")
      expect(yield* rows("SELECT total FROM '/d'")).toEqual([["18014398509481985"]])
    })
  )

  it.live("leaves bad lines out when it is told to", () =>
    Effect.gen(function* () {
      const { derive, rows, write } = yield* deriving
      yield* write({ "/bad.json": `${line("info", 1)}{"level":\n` })
      yield* derive("/d", "SELECT level FROM '/bad.json'", { bad_lines: "skip" })
      expect(yield* rows("SELECT level FROM '/d'")).toEqual([["info"]])
    })
  )

  it.live("may ask the history of the pond", () =>
    Effect.gen(function* () {
      const { derive, rows, write } = yield* deriving
      yield* derive("/d", "SELECT max(txn)::INTEGER AS txn FROM pond.transactions")
      expect(yield* rows("SELECT txn FROM '/d'")).toEqual([[1]])
      yield* write({ "/x": "1" })
      expect(yield* rows("SELECT txn FROM '/d'")).toEqual([[2]])
    })
  )
})
