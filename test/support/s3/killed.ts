/**
 * Clones from a bucket whose process is killed at a request, the next run going on from what is left.
 */
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PondFolder } from "../cli.ts"
import { startPond } from "../pond.ts"
import { s3Double } from "./double.ts"

/** A pond in a bucket, and commands that find it there. */
const inBucket = Effect.gen(function* () {
  const double = yield* s3Double
  const home = yield* Effect.acquireDisposable(Effect.sync(() => new PondFolder()))
  const env = {
    AWS_ACCESS_KEY_ID: double.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: double.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: double.endpoint,
    XDG_CACHE_HOME: join(home.path, "cache"),
    XDG_STATE_HOME: join(home.path, "state")
  }
  /** Runs a command, killed when the bucket is asked for the `stop`-th time. */
  const run = (args: ReadonlyArray<string>, stop = Number.POSITIVE_INFINITY) =>
    Effect.callback<{ readonly code: number | null; readonly requests: number; readonly output: string }>((resume) => {
      const before = double.requests.length
      const child = startPond(args, { cwd: home.path, env })
      let output = ""
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)))
      double.script((_, number) => {
        if (number < stop) return undefined
        child.kill("SIGKILL")
        return "reset"
      })
      child.once("close", (code) => {
        double.script(() => undefined)
        resume(Effect.succeed({ code, requests: double.requests.length - before, output }))
      })
    })
  return { double, home, run }
})

/** Kills clones at each `stride`-th request; gives what is wrong after the run that follows, and how often it was killed. */
export const killClones = Effect.fnUntraced(function* (stride: number) {
  const { double, home, run } = yield* inBucket
  const url = `s3://${double.bucketName}/ponds/one`
  writeFileSync(join(home.path, "a.log"), "a line of the log\n".repeat(20_000))
  writeFileSync(join(home.path, "b.bin"), Buffer.alloc(200_000, "some bytes "))
  const [log, bytes] = ["a.log", "b.bin"].map((name) => readFileSync(join(home.path, name)))
  home.text("copy", "host:a.log", "/a.log")
  home.text("copy", "host:b.bin", "/b.bin")
  home.text("remote", "add", "offsite", url)
  const problems: Array<string> = []
  const require = (isSo: boolean, what: string): void => void (isSo || problems.push(what))
  require((yield* run(["push"])).code === 0, "the push failed")
  const root = /root +(\w+)/.exec(home.text("status"))![1]!
  const { requests } = yield* run(["clone", url, "copy-whole"])
  let kills = 0
  for (let stop = 0; stop < requests; stop += stride) {
    const copy = join(home.path, `copy-${stop}`)
    const killed = yield* run(["clone", url, `copy-${stop}`], stop)
    require(killed.code === null, `${stop}: it was not killed: ${killed.output}`)
    require(!existsSync(copy), `${stop}: half a copy has the final name`)
    kills += 1
    const next = yield* run(["clone", url, `copy-${stop}`])
    require(next.code === 0, `${stop}: the next run failed: ${next.output}`)
    const there = /root +(\w+)/.exec(home.text("--pond", `copy-${stop}`, "status"))?.[1]
    require(there === root, `${stop}: the copy has the root ${there}`)
    if (stop !== requests >> 1) continue
    require(home.text("--pond", `copy-${stop}`, "fsck").includes("sound"), `${stop}: the copy is not sound`)
    for (const [name, there] of [["/a.log", log] as const, ["/b.bin", bytes] as const]) {
      require(home.run(["--pond", `copy-${stop}`, "cat", name]).stdout.equals(there!), `${stop}: ${name} differs`)
    }
  }
  const left = readdirSync(home.path).filter((name) => name.endsWith(".cloning"))
  require(left.length === 0, `left behind: ${left.join(", ")}`)
  rmSync(join(home.path, "copy-whole"), { recursive: true })
  return { kills, problems, requests }
})
