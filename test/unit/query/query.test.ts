import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { asking } from "../../support/query/asking.ts"

describe("paths as tables", () => {
  it.live("reads a glob, with where each row comes from", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write({
        "/logs/site=a/day=2026-11-20/x.json": '{"n":1}\n\n{"n":2}\n',
        "/logs/site=b/day=2026-11-21/y.json": '{"n":3,"late":"yes"}\n'
      })
      const sql = "SELECT n, late, _path, _txn, _line, _1, _3, site, day FROM '/logs/*/*/*.json' ORDER BY n"
      expect(yield* rows(sql)).toStrictEqual([
        [1, null, "/logs/site=a/day=2026-11-20/x.json", 1, 1, "site=a", "x", "a", "2026-11-20"],
        [2, null, "/logs/site=a/day=2026-11-20/x.json", 1, 3, "site=a", "x", "a", "2026-11-20"],
        [3, "yes", "/logs/site=b/day=2026-11-21/y.json", 1, 1, "site=b", "y", "b", "2026-11-21"]
      ])
    })
  )

  it.live("widens integers, makes text of what contradicts, and says so between files", () =>
    Effect.gen(function* () {
      const { columns, notes, rows, write } = yield* asking
      yield* write({
        "/a.json": '{"n":1,"x":1}\n',
        "/b.json": '{"n":2.5,"x":"one"}\n{"x":true}\n',
        "/c.json": '{"n":null}\n',
        "/d.json": '{"x":2.5}\n'
      })
      expect((yield* columns("FROM '/*.json'")).slice(0, 2)).toStrictEqual([
        ["n", "DOUBLE"],
        ["x", "VARCHAR"]
      ])
      expect(yield* rows("SELECT n, x FROM '/*.json' ORDER BY _path, _line")).toStrictEqual([
        [1, "1"],
        [2.5, "one"],
        [null, "true"],
        [null, null],
        [null, "2.5"]
      ])
      // Once for each column; a file without values contradicts nothing.
      yield* write({ "/e.json": '{"x":null}\n', "/f.csv": "x\n", "/g.csv": "x\ntext\n" })
      expect(yield* notes("FROM '/*.csv'")).toStrictEqual([])
      expect(yield* notes("FROM '/*.json'")).toStrictEqual([
        { kind: "conflict", table: "/*.json", column: "x", types: ["BIGINT", "VARCHAR"] },
        { kind: "mixed", table: "/*.json", column: "x", path: "/b.json" }
      ])
    })
  )

  it.live("tells formats by names and beginnings, decompresses, and takes a format that is given", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write({
        "/a.json.1.gz": gzipSync('{"n":1}\n'),
        "/b.jsonl.zst": zstdCompressSync('{"n":2}\n'),
        "/list.json": '[{"n":3},{"n":4}]',
        "/t.tsv": "n\tname\n5\tfünf\n",
        "/notes": "hello\r\n\nlast",
        "/odd": '{"n":6}\n'
      })
      expect(
        yield* rows("SELECT n FROM '/a.json.1.gz' UNION ALL FROM (SELECT n FROM '/b.jsonl.zst') ORDER BY n")
      ).toStrictEqual([[1], [2]])
      expect(yield* rows("SELECT sum(n) FROM '/list.json'")).toStrictEqual([[7]])
      expect(yield* rows("SELECT n, name, _line FROM '/t.tsv'")).toStrictEqual([[5, "fünf", 2]])
      expect(yield* rows("SELECT line, _line FROM '/notes'")).toStrictEqual([
        ["hello", 1],
        ["", 2],
        ["last", 3]
      ])
      expect(yield* rows("SELECT n FROM '/odd'")).toStrictEqual([[6]])
      expect(yield* rows("SELECT line FROM 'lines:///odd'")).toStrictEqual([['{"n":6}']])
    })
  )

  it.live("reads empty files, headers alone, and objects without fields", () =>
    Effect.gen(function* () {
      const { columns, rows, write } = yield* asking
      yield* write({ "/e.json": "", "/h.csv": "a,b\n", "/o.json": "{}\n{}\n", "/e.csv": "" })
      expect(yield* rows("SELECT count(*) FROM '/e.json'")).toStrictEqual([[0]])
      expect(yield* rows("SELECT count(*) FROM '/e.csv'")).toStrictEqual([[0]])
      expect((yield* columns("FROM '/h.csv'")).slice(0, 2)).toStrictEqual([
        ["a", "VARCHAR"],
        ["b", "VARCHAR"]
      ])
      expect(yield* rows("SELECT _line FROM '/o.json'")).toStrictEqual([[1], [2]])
    })
  )

  it.live("numbers the records of CSV by the lines they begin on", () =>
    Effect.gen(function* () {
      const { notes, rows, write } = yield* asking
      yield* write({ "/t.csv": 'a,b\n1,"x\ny"\n2,"q""q"\n\n3\n4,w\n' })
      expect(yield* rows("SELECT a, b, _line FROM '/t.csv'")).toStrictEqual([
        [1, "x\ny", 2],
        [2, 'q"q', 4],
        [4, "w", 7]
      ])
      expect(yield* notes("FROM '/t.csv'")).toStrictEqual([
        { kind: "bad-lines", path: "/t.csv", count: 1, line: 6, reason: "1 fields instead of 2" }
      ])
    })
  )
})

describe("logs of other programs", () => {
  it.live("have typed columns, told apart by their first line", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      const record = {
        timeUnixNano: "1544712660300000001",
        severityNumber: 9,
        attributes: [{ key: "k", value: { intValue: "7" } }]
      }
      yield* write({
        "/access.log": 'h - bob [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.1" 404 12 "-" "curl"\nnonsense\n',
        "/messages": '<34>1 2003-10-11T22:14:15.003Z host app 12 ID [a@1 k="v"] hello\n',
        "/otel.log": `${JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record, record] }] }] })}\n`
      })
      expect(yield* rows("SELECT time, status + 1, bytes, user_agent, typeof(time) FROM '/access.log'")).toStrictEqual([
        ["2000-10-10 20:55:36", 405, 12, "curl", "TIMESTAMP"]
      ])
      expect(
        yield* rows("SELECT facility, severity, time, structured_data->'a@1'->>'k', message FROM '/messages'")
      ).toStrictEqual([[4, 2, "2003-10-11 22:14:15.003", "v", "hello"]])
      expect(yield* rows("SELECT kind, time, severity_number, attributes->>'k', _line FROM '/otel.log'")).toStrictEqual(
        Array.from({ length: 2 }, () => ["log", "2018-12-13 14:51:00.300000001", 9, "7", 1])
      )
      yield* write({ "/none": "" })
      expect(yield* rows("SELECT count(*), max(status) FROM 'weblog:///none'")).toStrictEqual([[0, null]])
    })
  )
})

describe("bad lines", () => {
  const BAD = { "/x.json": Buffer.from('{"a":1}\n{"a":\n[1]\n\xff\n{"a":"\\ud800"}\n{"a":2}\n', "latin1") }

  it.live("are left out, counted, and kept in a table", () =>
    Effect.gen(function* () {
      const { notes, rows, write } = yield* asking
      yield* write(BAD)
      expect(yield* rows("SELECT a, _line FROM '/x.json'")).toStrictEqual([
        [1, 1],
        [2, 6]
      ])
      expect(yield* notes("FROM '/x.json'")).toMatchObject([{ kind: "bad-lines", count: 4, line: 2 }])
      expect(yield* rows("SELECT path, line, reason FROM pond.bad_lines WHERE EXISTS (FROM '/x.json')")).toStrictEqual([
        ["/x.json", 2, "not JSON: Unexpected end of JSON input"],
        ["/x.json", 3, "not an object"],
        ["/x.json", 4, "not UTF-8"],
        ["/x.json", 5, "holds half of a character"]
      ])
      const skipped = "SELECT count(*) FROM pond.bad_lines WHERE EXISTS (FROM '/x.json')"
      expect(yield* rows(skipped, { badLines: "skip" })).toStrictEqual([[0]])
    })
  )

  it.live("are those whose keys make no columns, too", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      const odd = [
        '{"a":1,"a":2}',
        '{"a":1,"A":2}',
        '{"v":{"k":1,"K":2}}',
        '{"":1}',
        '{"a":"x:\\"{}:","n":{"a":1}}',
        `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`
      ]
      yield* write({ "/k.json": `${odd.join("\n")}\n`, "/twin.json": '{"t":1,"t_1":2,"C2":3}\n' })
      expect(yield* rows("SELECT a, _line FROM '/k.json'")).toStrictEqual([['x:"{}:', 5]])
      expect(yield* rows("SELECT line, reason FROM pond.bad_lines WHERE EXISTS (FROM '/k.json')")).toStrictEqual([
        [1, "a key that comes twice"],
        [2, "keys that differ only in case"],
        [3, "keys that differ only in case"],
        [4, "a key without a name"],
        [6, "nested deeper than 200 levels"]
      ])
      expect(yield* rows("SELECT t, t_1, C2, _line FROM '/twin.json'")).toStrictEqual([[1, 2, 3, 1]])
    })
  )

  it.live("fail a strict query, with the line and what to do", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write(BAD)
      const error = yield* Effect.flip(rows("FROM '/x.json'", { badLines: "strict" }))
      expect(error).toMatchObject({ _tag: "BadLinesFound", path: "/x.json", line: 2, count: 4 })
      expect(error.message).toContain("pond.bad_lines")
    })
  )

  it.live("are left for the next time where a log still grows", () =>
    Effect.gen(function* () {
      const { append, notes, rows } = yield* asking
      yield* append("/g.json", '{"n":1}\n{"n":')
      expect(yield* rows("SELECT n FROM '/g.json'")).toStrictEqual([[1]])
      expect(yield* notes("FROM '/g.json'")).toStrictEqual([{ kind: "unfinished", path: "/g.json", bytes: 5 }])
      yield* append("/g.json", "2}\n")
      expect(yield* rows("SELECT n, _line FROM '/g.json'")).toStrictEqual([
        [1, 1],
        [2, 2]
      ])
      expect(yield* notes("FROM '/g.json'")).toStrictEqual([])
    })
  )
})

describe("what cannot be read", () => {
  it.live("is named, and left out only when that is asked for", () =>
    Effect.gen(function* () {
      const { notes, rows, write } = yield* asking
      yield* write({
        "/good.json": '{"n":1}\n',
        "/cut.json.gz": gzipSync('{"n":2}\n').subarray(0, 12),
        "/no.parquet": "PAR1 is not enough",
        "/x.json.bz2": "BZh9",
        "/deep.json": `[${"[".repeat(1e5)}${"]".repeat(1e5)}]`
      })
      expect(yield* Effect.flip(rows("FROM '/cut.json.gz'"))).toMatchObject({
        _tag: "Unreadable",
        path: "/cut.json.gz"
      })
      expect((yield* Effect.flip(rows("FROM '/no.parquet'"))).message).toContain(
        '"/no.parquet" cannot be read as parquet'
      )
      expect(yield* rows("SELECT n FROM '/*'", { onError: "skip" })).toStrictEqual([[1]])
      expect((yield* notes("FROM '/*'", { onError: "skip" })).map((note) => "path" in note && note.path)).toStrictEqual(
        ["/cut.json.gz", "/deep.json", "/no.parquet", "/x.json.bz2"]
      )
    })
  )

  it.live("gives the place in the statement and the nearest name", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write({ "/logs/app.json": '{"level":"info"}\n' })
      const missing = yield* Effect.flip(rows("SELECT 1 FROM '/lgs/app.json'"))
      expect(missing).toMatchObject({ _tag: "NoSuchTable", position: 14, nearest: "/logs/app.json" })
      const column = yield* Effect.flip(rows("SELECT\n lvel FROM '/logs/app.json'"))
      expect(column).toMatchObject({ _tag: "QueryFailed", position: 8 })
      expect(column.message).toContain('"level"')
      const syntax = yield* Effect.flip(rows("SELECT 'é' FRM '/logs/app.json'"))
      expect(syntax).toMatchObject({ _tag: "QueryFailed", position: 15 })
      expect((yield* Effect.flip(rows("FROM 'ftp:///x'"))).message).toContain("is no format")
    })
  )

  it.live("tells what was perhaps meant where a path, a text or a table of the history stands as it cannot", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      yield* write({ "/logs/app.json": '{"level":"info"}\n' })
      const told = (sql: string) => Effect.map(Effect.flip(rows(sql)), ({ message }) => message)
      expect(yield* told("FROM '/logs'")).toContain("it is a directory: '/logs/*' are the files in it")
      expect(yield* told("FROM /logs/app.json")).toContain("Paths stand in quotes: FROM '/logs/*.json'")
      expect(yield* told("FROM csv:///logs/app.json")).toContain("Paths stand in quotes")
      expect(yield* told("FROM 'xlsx:///logs/app.json'")).toContain("there are jsonl, json, csv,")
      expect(yield* told("FROM 's3://logs/app.json'")).toContain("other ponds are named by --attach")
      expect(yield* told("FROM '/logs/*' WHERE level = \"info\"")).toContain("Texts stand in single quotes: 'info'")
      expect(yield* told("FROM pond.evnts")).toContain("there are transactions, events, versions, nodes, bad_lines")
    })
  )
})

describe("the pond's own tables", () => {
  it.live("tell its history, as of the state that is asked", () =>
    Effect.gen(function* () {
      const { pond, rows, write } = yield* asking
      yield* write({ "/d/a.txt": "one\n" })
      yield* write({ "/d/a.txt": "two\n" })
      expect(yield* rows("SELECT txn, kind, path, version FROM pond.events ORDER BY txn, op")).toStrictEqual([
        [1, "created", "/d", null],
        [1, "created", "/d/a.txt", 1],
        [2, "written", "/d/a.txt", 2]
      ])
      expect(yield* rows("SELECT path, version, size FROM pond.versions ORDER BY version")).toStrictEqual([
        ["/d/a.txt", 1, 4],
        ["/d/a.txt", 2, 4]
      ])
      expect(yield* rows("SELECT path, type, version FROM POND.Nodes ORDER BY path")).toStrictEqual([
        ["/d", "dir", null],
        ["/d/a.txt", "file", 2]
      ])
      const snapshot = yield* pond.at(1)
      expect(yield* rows("SELECT count(*) FROM pond.transactions", { snapshot })).toStrictEqual([[1]])
      expect(yield* rows("SELECT line FROM '/d/a.txt'", { snapshot })).toStrictEqual([["one"]])
    })
  )
})

describe("the cache", () => {
  it.live("tells apart what the same bytes mean under other names and types", () =>
    Effect.gen(function* () {
      const { append, rows, write } = yield* asking
      const packed = gzipSync('{"n":1}\n{"n":2}\n')
      yield* write({ "/a.jsonl": packed, "/a.jsonl.gz": packed, "/whole.jsonl": '{"n":1}\n{"n":2}' })
      yield* append("/growing.jsonl", '{"n":1}\n{"n":2}')
      const count = (path: string) => rows(`SELECT count(*) FROM '${path}'`)
      expect(yield* count("/a.jsonl.gz")).toStrictEqual([[2]])
      expect(yield* count("/a.jsonl")).toStrictEqual([[0]])
      expect(yield* count("/whole.jsonl")).toStrictEqual([[2]])
      expect(yield* count("/growing.jsonl")).toStrictEqual([[1]])
      const list = '[{"n":1},{"n":2}]'
      yield* write({ "/list.json": list, "/list": list, "/list.jsonl": list })
      for (let round = 0; round < 2; round += 1) {
        expect(yield* count("/list.json")).toStrictEqual([[2]])
        expect(yield* count("/list")).toStrictEqual([[1]])
        expect(yield* count("/list.jsonl")).toStrictEqual([[0]])
      }
    })
  )

  it.live("may be deleted or damaged at any time and changes no answer (R6)", () =>
    Effect.gen(function* () {
      const { directory, rows, write } = yield* asking
      yield* write({ "/a.json": '{"n":1}\n{"n":2}\n' })
      const answer = () => rows("SELECT sum(n) FROM '/a.json'")
      expect(yield* answer()).toStrictEqual([[3]])
      const kept = readdirSync(directory)
      expect(kept.filter((name) => name.startsWith("work-"))).toStrictEqual([])
      // What it was parsed as, what it became, and what its beginning looks like.
      expect(kept).toHaveLength(3)
      for (const name of kept) {
        const whole = readFileSync(join(directory, name))
        const damaged = Buffer.from(whole)
        damaged[damaged.length >> 1]! ^= 1
        writeFileSync(join(directory, name), damaged)
        expect(yield* answer()).toStrictEqual([[3]])
        rmSync(join(directory, name))
        expect(yield* answer()).toStrictEqual([[3]])
      }
    })
  )
})
