/**
 * Questions to several ponds, through the real command: in directories, in a bucket, behind a web server, and imported.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { picture, PondFolder } from "../support/cli.ts"
import { startPond } from "../support/pond.ts"
import { s3DoubleFor } from "../support/s3/double.ts"

const CANARY = "canary-5ecret/Key+0123456789abcdefghijkl"

const put = (home: PondFolder, pond: string, n: number): void => {
  home.text("--pond", pond, "init")
  writeFileSync(join(home.path, "app.json"), `{"n":${n}}\n`)
  home.text("--pond", pond, "copy", "host:app.json", "/logs/")
}

/** A pond and two others beside it. */
const withOthers = (): PondFolder => {
  const home = new PondFolder()
  writeFileSync(join(home.path, "app.json"), '{"n":1}\n')
  home.text("copy", "host:app.json", "/logs/")
  put(home, "two", 2)
  put(home, "three", 3)
  return home
}

describe("pond sql --attach", () => {
  it("gives other ponds as schemas, older states too, and changes none of them", () => {
    using home = withOthers()
    writeFileSync(join(home.path, "app.json"), '{"n":10}\n')
    home.text("copy", "host:app.json", "/logs/")
    home.text("remote", "add", "imported", "three", "/imports/three")
    const before = ["two/data", "three/data"].map((place) => picture(join(home.path, place)))
    const all = ["--attach", "two=two", "--attach", "before=@1", "--attach", "imported"]
    const ask = (sql: string, ...flags: ReadonlyArray<string>) =>
      home
        .text("sql", sql, ...flags, "--format", "csv")
        .split("\n")
        .slice(1, -1)
    expect(ask("SELECT _source, _path, n FROM 'all:/logs/app.json' ORDER BY n, _source", ...all)).toStrictEqual([
      "before,/logs/app.json,1",
      "two,/logs/app.json,2",
      "/imports/three,/imports/three/logs/app.json,3",
      "imported,/logs/app.json,3",
      "local,/logs/app.json,10"
    ])
    expect(ask("SELECT _source FROM 'imports:/logs/*'")).toStrictEqual(["/imports/three"])
    expect(ask("SELECT n FROM 'local:/**/*.json'")).toStrictEqual(["10"])
    expect(home.run(["sql", "FROM 'imports:/../../logs/app.json'"]).stderr).toContain("may not hold ..")
    expect(
      ask(`SELECT now.n, b.n FROM '/logs/app.json' now, before."/logs/app.json" b`, "--attach", "before=@1")
    ).toStrictEqual(["10,1"])
    expect(ask("SELECT path FROM two.nodes ORDER BY path", "--attach", "two=two@2999-01-01")).toStrictEqual([
      "/logs",
      "/logs/app.json"
    ])
    expect(["two/data", "three/data"].map((place) => picture(join(home.path, place)))).toStrictEqual(before)
    rmSync(join(home.path, "three"), { recursive: true })
    rmSync(join(home.path, ".pond/control"), { recursive: true })
    const { code, stderr, stdout } = home.run(["sql", "SELECT n FROM 'all:/logs/app.json'", "--format", "csv"])
    expect([code, stdout.toString(), stderr]).toStrictEqual([
      3,
      "n\n10\n",
      expect.stringMatching(/^pond: \/imports\/three is left out: [^\n]*\n/u)
    ])
  })

  it("says what is wrong, with the name of the pond", () => {
    using home = withOthers()
    const failing = (sql: string, ...flags: ReadonlyArray<string>) => {
      const { code, stderr } = home.run(["sql", sql, ...flags])
      return [code, stderr]
    }
    expect(failing("SELECT 1", "--attach", "all=two")[0]).toBe(2)
    expect(failing("SELECT 1", "--attach", "Two=two")[0]).toBe(2)
    expect(failing("SELECT 1", "--attach", "two=")[0]).toBe(2)
    expect(failing("SELECT 1", "--attach", "two=two", "--attach", "two=three")[0]).toBe(2)
    expect(failing("FROM two.nodes", "--attach", "two=nowhere")).toStrictEqual([
      1,
      expect.stringContaining('pond: "two:" cannot be read: ')
    ])
    expect(failing(`FROM two."/logs/apq.json"`, "--attach", "two=two")).toStrictEqual([
      1,
      '  FROM two."/logs/apq.json"\n       ^\npond: "two:/logs/apq.json" (character 6 of the statement) is no table: nothing in the pond attached as "two" ' +
        'matches it. Did you mean "two:/logs/app.json"?\n'
    ])
    expect(failing("SELECT n FROM 'all:/logs/*'", "--attach", "two=nowhere")[0]).toBe(1)
    const { code, stderr, stdout } = home.run([
      "sql",
      "SELECT n FROM 'all:/logs/*'",
      "--attach",
      "two=nowhere",
      "--on-error",
      "skip"
    ])
    expect([code, stderr, stdout.toString()]).toStrictEqual([1, expect.stringMatching(/^two:: left out: /u), "n\n1\n"])
  })

  it.live("reads ponds in buckets and behind web servers; no statement sees where, nor any secret", () =>
    Effect.gen(function* () {
      const keys = { accessKeyId: "canaryKeyId0123456789", secretAccessKey: CANARY }
      const double = yield* s3DoubleFor(keys)
      const home = yield* Effect.acquireDisposable(Effect.sync(withOthers))
      const server = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const made = createServer(({ url }, response) => {
            try {
              response.end(readFileSync(join(home.path, url!)))
            } catch {
              response.writeHead(404).end()
            }
          })
          made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
        }),
        (made) => Effect.sync(() => made.close())
      )
      const run = (...args: ReadonlyArray<string>) =>
        Effect.callback<string>((resume) => {
          const env = {
            AWS_ACCESS_KEY_ID: keys.accessKeyId,
            AWS_SECRET_ACCESS_KEY: CANARY,
            AWS_ENDPOINT_URL: double.endpoint,
            XDG_CACHE_HOME: join(home.path, "cache"),
            XDG_STATE_HOME: join(home.path, "state")
          }
          const child = startPond(args, { cwd: home.path, env })
          let output = ""
          for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)))
          child.once("close", (code) => resume(Effect.succeed(`${output}exit ${code}\n`)))
        })
      const bucket = `s3://${double.bucketName}/three`
      yield* run("--pond", "three", "remote", "add", "off", bucket)
      yield* run("--pond", "three", "push")
      const attach = ["--attach", `web=http://127.0.0.1:${(server.address() as AddressInfo).port}/two`, "--attach"]
      const all = [...attach, `off=${bucket}`]
      expect(yield* run("sql", "SELECT _source, n FROM 'all:/logs/*' ORDER BY n", ...all, "--format", "csv")).toBe(
        "_source,n\nlocal,1\nweb,2\noff,3\nexit 0\n"
      )
      const catalog =
        "SELECT * FROM duckdb_columns(), information_schema.schemata, (SELECT count(*) FROM off.nodes), " +
        "(SELECT count(*) FROM web.events)"
      const seen = yield* run("sql", catalog, ...all)
      expect(seen).toMatch(/exit 0\n$/u)
      for (const secret of [CANARY, double.bucketName, "127.0.0.1"]) expect(seen).not.toContain(secret)
      const denied = yield* run("sql", "FROM off.nodes", ...attach, `off=s3://key:${encodeURIComponent(CANARY)}@b/p`)
      expect(denied).toContain('pond: "off:" cannot be read: ')
      expect(denied).not.toContain("canary")
    })
  )
})
