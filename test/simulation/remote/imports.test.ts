/**
 * Imports of ponds in a bucket and behind a web server, counted at the server: what is asked for when, and what is read without it.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { join } from "node:path"
import { Pond } from "../../../src/factories/pond.ts"
import type { ImportReport } from "../../../src/factories/imports/report.ts"
import { storeWithin } from "../../../src/store/within.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { pondIn } from "../../support/imports/ponds.ts"
import { lines, makeHistory, noise } from "../../support/interop/history.ts"
import type { S3Double } from "../../support/s3/double.ts"
import { storeOnTheWeb } from "../../support/s3/subject.ts"
import { temporaryDirectory } from "../../support/store/subjects.ts"
import { within } from "../../support/tlogfs/open.ts"

const MIB = 1024 * 1024

const LARGE = Buffer.from(lines(400_000))
const NOISE = noise("noise", 3 * MIB)

const OVER = {
  s3: ({ bucketName, endpoint }: S3Double) => ({ url: `s3://${bucketName}/ponds/a pond`, endpoint, path_style: true }),
  http: ({ bucketName, endpoint }: S3Double) => ({ url: `${endpoint}/${bucketName}/ponds/a%20pond` })
}

/** A pond in a bucket, one that is to import it, and what the server was asked for. */
const twoPonds = (over: keyof typeof OVER) =>
  Effect.gen(function* () {
    const { double, writing } = yield* storeOnTheWeb
    const theirs = yield* openAt(storeWithin(writing, "data/"), true, undefined)
    yield* makeHistory(theirs, 20)
    yield* within(theirs, (open) => Effect.andThen(open.write("/large.log", LARGE), open.write("/noise.bin", NOISE)))
    const directory = join(yield* temporaryDirectory, "ours")
    const open = Effect.suspend(() => Effect.provide(Pond, Pond.layer({ url: directory, create: true })))
    const ours = yield* open
    yield* ours.add("import", "team", { ...OVER[over](double), path: "/team" })
    const cost = <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.gen(function* () {
        double.requests.length = 0
        Object.assign(double.bytes, { received: 0, sent: 0 })
        const value = yield* work
        return { value, requests: double.requests.length, ...double.bytes }
      })
    const pull = (flags = {}) =>
      Effect.map(
        Effect.flatMap(open, (one) => one.run("team", "pull", { flags })),
        (report) => report as unknown as ImportReport
      )
    return { cost, directory, double, pull, theirs }
  })

/** What each step may cost: requests, and bytes that are sent to us. */
const BUDGETS: Readonly<Record<string, readonly [requests: number, sentBytes: number]>> = {
  mount: [18, 0.2 * MIB],
  "open and list": [0, 0],
  range: [6, 1.1 * MIB],
  "range again": [0, 0],
  "the other one": [1, 0.1 * MIB],
  "pull nothing": [10, 0.05 * MIB],
  "pull one": [18, 0.05 * MIB],
  whole: [40, 7 * MIB],
  "all of it": [0, 0]
}

describe.each(["s3", "http"] as const)("an import over %s", (over) => {
  it.live("costs what is looked at, once; whole, all of it at once", () =>
    Effect.gen(function* () {
      const { cost, directory, pull, theirs } = yield* twoPonds(over)
      const costs = <A, E, R>(name: string, work: Effect.Effect<A, E, R>) =>
        Effect.map(cost(work), ({ requests, sent, value }) => {
          const [requestsMax, sentMax] = BUDGETS[name]!
          expect([name, requests, sent, requests <= requestsMax && sent <= sentMax]).toEqual([
            name,
            requests,
            sent,
            true
          ])
          return value
        })
      const fresh = Effect.flatMap(
        Effect.suspend(() => pondIn(directory)),
        (one) => one.head
      )
      yield* costs("mount", pull())
      const all = yield* costs(
        "open and list",
        Effect.flatMap(fresh, (head) => head.glob("/team/**"))
      )
      expect(all.length).toBe(36)
      const range = { start: 20 * MIB, end: 20 * MIB + 16 * 1024 }
      const read = Effect.flatMap(fresh, (head) => head.readBytes("/team/large.log", { range }))
      const end = { start: 2 * MIB, end: 2 * MIB + 16 * 1024 }
      const raw = Effect.flatMap(fresh, (head) => head.readBytes("/team/noise.bin", { range: end }))
      expect(Buffer.compare(yield* costs("range", read), LARGE.subarray(range.start, range.end))).toBe(0)
      expect(Buffer.compare(yield* costs("range again", read), LARGE.subarray(range.start, range.end))).toBe(0)
      expect(Buffer.compare(yield* costs("the other one", raw), NOISE.subarray(end.start, end.end))).toBe(0)
      expect(yield* costs("pull nothing", pull())).toMatchObject({ state: "equal" })
      yield* within(theirs, (open) => open.write("/new", new Uint8Array(10)))
      expect(yield* costs("pull one", pull())).toMatchObject({ state: "moved on", by: 1 })
      yield* costs("whole", pull({ whole: true }))
      const whole = yield* costs(
        "all of it",
        Effect.flatMap(fresh, (head) => head.readBytes("/team/large.log"))
      )
      expect(Buffer.compare(whole, LARGE)).toBe(0)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

describe("an import", () => {
  it.live("is read without a network where it was read before; the rest fails soon, and says which pond is away", () =>
    Effect.gen(function* () {
      const { cost, directory, double, pull } = yield* twoPonds("s3")
      yield* pull()
      const fresh = Effect.flatMap(
        Effect.suspend(() => pondIn(directory)),
        (one) => one.head
      )
      const before = yield* fresh
      yield* before.readBytes("/team/noise.bin")
      yield* before.readBytes("/team/large.log", { range: { start: 0, end: 10 } })
      double.script(() => "reset")
      const head = yield* fresh
      const read = yield* cost(head.readBytes("/team/noise.bin"))
      expect([Buffer.compare(read.value, NOISE), read.requests]).toEqual([0, 0])
      expect((yield* head.readBytes("/team/large.log", { range: { start: 0, end: 10 } })).length).toBe(10)
      const away = yield* cost(Effect.flip(head.readBytes("/team/large.log")))
      expect([away.value._tag, away.value.message]).toEqual(["ImportUnavailable", expect.stringContaining("ponds/a")])
      const again = yield* cost(Effect.flip(head.readBytes("/team/large.log")))
      // One that was on its way may arrive late.
      expect([again.value._tag, again.requests <= 1]).toEqual(["ImportUnavailable", true])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
