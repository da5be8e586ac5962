/**
 * Many machines and one server of S3, through the real command: each with a prefix of its own, two that race on one, one that is killed again
 * and again. Copies end equal to the last bit, and who loses is told.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { S3Location } from "../../src/store/s3/location.ts"
import { PondFolder } from "../support/cli.ts"
import { lines, noise } from "../support/interop/history.ts"
import { GATEWAY_ENVIRONMENT, versitygw } from "../support/interop/versitygw.ts"
import { startPond } from "../support/pond.ts"

/** Runs `pond` in a folder without waiting; `killAfterMs` ends it as a power cut would. */
const starting = (home: PondFolder, args: ReadonlyArray<string>, killAfterMs?: number) =>
  Effect.callback<{ readonly code: number | null; readonly output: string }>((resume) => {
    const child = startPond(args, { cwd: home.path, env: GATEWAY_ENVIRONMENT })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)))
    const killing = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs)
    child.once("close", (code) => {
      clearTimeout(killing)
      resume(Effect.succeed({ code, output }))
    })
  })

const running = (home: PondFolder, ...args: ReadonlyArray<string>) =>
  Effect.map(starting(home, args), ({ code, output }) => {
    expect([args, code, output]).toEqual([args, 0, output])
    return output
  })

const urlIn = ({ bucket, endpoint }: S3Location, prefix: string): string =>
  `s3://${bucket}/${prefix}?endpoint=${endpoint}&path_style=true&region=us-east-1`

/** A pond with some files, of a machine with a number. */
const machine = (number: number): PondFolder => {
  const home = new PondFolder()
  writeFileSync(join(home.path, "app.log"), lines(2000 + number))
  writeFileSync(join(home.path, "noise"), noise(`machine ${number}`, 300_000))
  home.text("copy", "host:app.log", "host:noise", "/")
  return home
}

const rootOf = (home: PondFolder, ...where: ReadonlyArray<string>): string =>
  /root +(\w+)/.exec(home.text(...where, "status"))![1]!

describe("machines at one server", () => {
  it.live("push to eight prefixes at once; each is cloned back equal", () =>
    Effect.gen(function* () {
      const server = yield* versitygw
      const homes = Array.from({ length: 8 }, (_, number) => machine(number))
      const all = { concurrency: "unbounded" } as const
      yield* Effect.forEach(
        homes,
        (home, number) =>
          Effect.gen(function* () {
            const url = urlIn(server, `machines/${number}`)
            yield* running(home, "remote", "add", "backup", url)
            yield* running(home, "push")
            yield* running(home, "verify")
            yield* running(home, "clone", url, "copy")
            expect(rootOf(home, "--pond", "copy")).toBe(rootOf(home))
            home.text("--pond", "copy", "fsck")
          }),
        all
      )
      expect(new Set(homes.map((home) => rootOf(home))).size).toBe(8)
      for (const home of homes) home[Symbol.dispose]()
    })
  )

  it.live("race on one prefix: one history wins whole, the other machine is told that they part", () =>
    Effect.gen(function* () {
      const server = yield* versitygw
      const url = urlIn(server, "shared")
      const one = machine(1)
      yield* running(one, "remote", "add", "backup", url)
      yield* running(one, "push")
      yield* running(one, "clone", url, "copy")
      one.text("--pond", "copy", "promote")
      one.text("mkdir", "/here")
      one.text("--pond", "copy", "mkdir", "/there")
      const outcomes = yield* Effect.all([starting(one, ["push"]), starting(one, ["--pond", "copy", "push"])], {
        concurrency: "unbounded"
      })
      const lost = outcomes.filter(({ code }) => code !== 0)
      expect(lost.map(({ code }) => code)).toEqual([1])
      expect(lost[0]!.output).toContain("different histories")
      const winner = outcomes[0].code === 0 ? rootOf(one) : rootOf(one, "--pond", "copy")
      yield* running(one, "clone", url, "after")
      expect(rootOf(one, "--pond", "after")).toBe(winner)
      one[Symbol.dispose]()
    })
  )

  it.live("are killed in the middle of push, pull and clone; the next run ends it (F29)", () =>
    Effect.gen(function* () {
      const server = yield* versitygw
      const url = urlIn(server, "killed")
      const home = machine(9)
      yield* running(home, "remote", "add", "backup", url)
      for (let afterMs = 120; afterMs < 420; afterMs += 75) {
        home.text("mkdir", `/at-${afterMs}`)
        yield* starting(home, ["push"], afterMs)
        yield* running(home, "push")
        yield* starting(home, ["clone", url, `copy-${afterMs}`], afterMs)
        const again = yield* starting(home, ["clone", url, `copy-${afterMs}`])
        if (again.code !== 0) expect(again.output).toContain("exists already")
        expect(rootOf(home, "--pond", `copy-${afterMs}`)).toBe(rootOf(home))
        home.text("--pond", `copy-${afterMs}`, "fsck")
      }
      const copy = ["--pond", "copy-120"]
      for (let afterMs = 120; afterMs < 420; afterMs += 100) {
        home.text("mkdir", `/later-${afterMs}`)
        yield* running(home, "push")
        yield* starting(home, [...copy, "pull"], afterMs)
        yield* running(home, ...copy, "pull")
        expect(rootOf(home, ...copy)).toBe(rootOf(home))
        home.text(...copy, "fsck")
      }
      home[Symbol.dispose]()
    })
  )
})
