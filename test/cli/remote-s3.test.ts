/**
 * Remotes in a bucket, through the real command: where it is and who may use it comes from the environment, and nothing secret comes out.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { picture, PondFolder } from "../support/cli.ts"
import { startPond } from "../support/pond.ts"
import { killClones } from "../support/s3/killed.ts"
import { s3DoubleFor } from "../support/s3/double.ts"

const CANARY = "canary-5ecret/Key+0123456789abcdefghijkl"
const KEY_ID = "canaryKeyId0123456789"

/** How the canary may look where it does not belong: as it is, without its signs, and in the encodings of bytes. */
const GUISES = [
  CANARY,
  encodeURIComponent(CANARY),
  ...(["base64", "base64url", "hex"] as const).map((encoding) => Buffer.from(CANARY).toString(encoding).slice(0, 40))
]

const requireNoCanary = (where: string, text: string): void => {
  for (const guise of GUISES) expect([where, text.includes(guise)]).toEqual([where, false])
}

/** A pond and a bucket; commands find both in their environment. */
const withBucket = Effect.gen(function* () {
  const double = yield* s3DoubleFor({ accessKeyId: KEY_ID, secretAccessKey: CANARY })
  const home = yield* Effect.acquireDisposable(Effect.sync(() => new PondFolder()))
  writeFileSync(join(home.path, "a.log"), "a line of the log\n".repeat(20_000))
  home.text("mkdir", "/logs")
  home.text("copy", "host:a.log", "/logs/a.log")
  const environment = {
    AWS_ACCESS_KEY_ID: KEY_ID,
    AWS_SECRET_ACCESS_KEY: CANARY,
    AWS_ENDPOINT_URL: double.endpoint,
    XDG_CACHE_HOME: join(home.path, "cache"),
    XDG_STATE_HOME: join(home.path, "state")
  }
  const said: Array<string> = []
  const run = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
    Effect.callback<{ readonly code: number | null; readonly output: string }>((resume) => {
      const child = startPond(args, { cwd: home.path, env: { ...environment, ...env } })
      let output = ""
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)))
      requireNoCanary("arguments", readFileSync(`/proc/${child.pid}/cmdline`, "latin1"))
      child.once("close", (code) => {
        said.push(output)
        resume(Effect.succeed({ code, output }))
      })
    })
  return { double, home, run, said }
})

const everyFile = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe("a remote in a bucket", () => {
  it.live("is found by the environment, and secrets are in nothing that is said or kept (S21)", () =>
    Effect.gen(function* () {
      const { double, home, run, said } = yield* withBucket
      const url = `s3://${double.bucketName}/ponds/one`
      const lines: ReadonlyArray<readonly [number, ...ReadonlyArray<string>]> = [
        [0, "remote", "add", "offsite", url],
        [0, "push"],
        [0, "push", "--json"],
        [0, "verify"],
        [0, "pull", "--limit-requests", "500", "--limit-rate", "100MiB"],
        [0, "remote", "list", "--json"],
        [0, "status", "--json"],
        [0, "log", "--json"],
        [0, "clone", url, "copy"],
        [0, "--pond", url, "list", "-l", "/logs"],
        [0, "--pond", url, "cat", "/logs/a.log", "--range", "0-17"],
        [0, "--pond", url, "fsck"]
      ]
      for (const [code, ...args] of lines) {
        const ran = yield* run(args)
        expect([args, ran.code, ran.output]).toEqual([args, code, ran.output])
      }
      expect(said.at(-2)).toContain("a line of the log")
      // What is kept on this machine hides no damage.
      const [blob] = [...double.bucket.objects.keys()].filter((key) => key.includes("/_blobs/"))
      double.script(({ key, method }) => (method === "GET" && key === blob ? "flip" : undefined))
      expect((yield* run(["--pond", url, "cat", "/logs/a.log", "--range", "0-17"])).code).toBe(0)
      for (const args of [["--pond", url, "fsck"], ["verify"]]) {
        expect(yield* run(args)).toMatchObject({ code: 1, output: expect.stringMatching(/damaged/iu) })
      }
      double.script(() => undefined)
      // What fails says why, and no more.
      const failed = yield* run(["push"], { AWS_SECRET_ACCESS_KEY: `${CANARY}-wrong`, NODE_DEBUG: "http" })
      expect([failed.code, failed.output]).toEqual([1, expect.stringContaining("check AWS_SECRET_ACCESS_KEY")])
      for (const output of said) requireNoCanary("output", output)
      for (const file of everyFile(home.path)) requireNoCanary(file, readFileSync(file, "latin1"))
      for (const [key, { bytes }] of double.bucket.objects) requireNoCanary(key, Buffer.from(bytes).toString("latin1"))
    })
  )

  it.live("is cloned in a dry run without a byte of contents, and nothing is touched (R8)", () =>
    Effect.gen(function* () {
      const { double, home, run } = yield* withBucket
      const url = `s3://${double.bucketName}/ponds/one`
      yield* run(["remote", "add", "offsite", url])
      yield* run(["push"])
      const before = picture(home.path)
      double.requests.length = 0
      const dry = yield* run(["clone", url, "copy", "--dry-run"])
      expect([dry.code, dry.output]).toEqual([0, expect.stringContaining("Would copy")])
      const asked = double.requests.filter(({ key }) => key.includes("/_blobs/")).map(({ method }) => method)
      expect(new Set(asked)).toEqual(new Set(["HEAD"]))
      expect(picture(home.path)).toEqual(before)
    })
  )

  it.live("is cloned by the run after one that was killed, and there is no half copy under the final name (F29)", () =>
    Effect.gen(function* () {
      expect(yield* killClones(4)).toMatchObject({ problems: [] })
    })
  )

  it.live(
    "is refused with credentials in its URL, or where they would travel openly; nothing is written then (S22)",
    () =>
      Effect.gen(function* () {
        const { double, home, run, said } = yield* withBucket
        const keyed = `s3://key:${encodeURIComponent(CANARY)}@${double.bucketName}/p`
        writeFileSync(join(home.path, "remote.yaml"), `url: ${keyed}\n`)
        const before = picture(join(home.path, ".pond/data"))
        const refused = (args: ReadonlyArray<string>) =>
          Effect.gen(function* () {
            const child = yield* Effect.promise(() => Promise.resolve(home.run(args)))
            const output = `${child.stdout.toString()}${child.stderr}`
            said.push(output)
            expect([args, child.code === 0]).toEqual([args, false])
            return output
          })
        for (const url of [
          keyed,
          `https://user:${encodeURIComponent(CANARY)}@example.org/pond`,
          `https://example.org/pond?X-Amz-Signature=${encodeURIComponent(CANARY)}`,
          `s3://bucket/p?secret=${encodeURIComponent(CANARY)}`,
          `s3://bucket/p?endpoint=https://key:${encodeURIComponent(CANARY)}@example.org`
        ]) {
          yield* refused(["remote", "add", "offsite", url])
        }
        yield* refused(["clone", keyed, "copy"])
        yield* refused(["--pond", keyed, "list", "/"])
        yield* refused(["config", "set", "url", keyed])
        yield* refused(["mknod", "remote", "/system/etc/offsite", "--config-path", "remote.yaml"])
        const openly = ["remote", "add", "offsite", "s3://bucket/p", "--endpoint", "http://192.0.2.1"]
        expect(yield* refused(openly)).toContain("--allow-http")
        expect(yield* refused(["clone", "s3://bucket/p?endpoint=http://192.0.2.1", "copy"])).toContain("unencrypted")
        expect(picture(join(home.path, ".pond/data"))).toEqual(before)
        for (const output of said) requireNoCanary("output", output)
        expect((yield* run([...openly, "--allow-http"])).code).toBe(0)
        const plain = yield* run(["--pond", "s3://bucket/p", "list", "/"], { AWS_ENDPOINT_URL: "http://192.0.2.1" })
        expect([plain.code, plain.output]).toEqual([1, expect.stringContaining("would travel unencrypted")])
      })
  )
})
