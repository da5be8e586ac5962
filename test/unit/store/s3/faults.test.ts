import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import { PROBE_KEY } from "../../../../src/store/probe.ts"
import { s3Store } from "../../../../src/store/s3/store.ts"
import type { Misbehaviour } from "../../../support/s3/double.ts"
import { IMPATIENT, locationIn, provideCredentials, storeInDouble } from "../../../support/s3/subject.ts"
import { collected, patterned, utf8 } from "../../../support/store/bytes.ts"

const once = (misbehaviour: Misbehaviour, isMeant: (method: string, key: string) => boolean) => {
  let left = 1
  return ({ key, method }: { readonly key: string; readonly method: string }) =>
    isMeant(method, key) && left-- > 0 ? misbehaviour : undefined
}

const isPutOf = (name: string) => (method: string, key: string) => method === "PUT" && key.endsWith(name)
const isGet = (method: string) => method === "GET"

const PASSING: ReadonlyArray<Misbehaviour> = [
  { status: 500, code: "InternalError" },
  { status: 503, code: "SlowDown" },
  { status: 429, code: "TooManyRequests" },
  { status: 409, code: "ConditionalRequestConflict" },
  "reset"
]

describe("writing to a server that has bad moments (F24, F25, F26)", () => {
  it.live("repeats what failed for a passing reason, and creates once", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      for (const [at, misbehaviour] of [...PASSING, "lose the answer" as const].entries()) {
        double.script(once(misbehaviour, isPutOf(`object-${at}`)))
        expect([misbehaviour, yield* store.putIfAbsent(`object-${at}`, utf8(`mine ${at}`))]).toEqual([
          misbehaviour,
          true
        ])
        expect(yield* store.putIfAbsent(`object-${at}`, utf8("another's"))).toBe(false)
        expect(yield* store.get(`object-${at}`)).toEqual(utf8(`mine ${at}`))
      }
    })
  )

  it.live("does not take another's object for its own whose answer was lost", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      yield* store.putIfAbsent("taken", utf8("another's"))
      double.script(once({ status: 500, code: "InternalError" }, isPutOf("taken")))
      expect(yield* store.putIfAbsent("taken", utf8("mine"))).toBe(false)
    })
  )

  it.live("gives up after a bounded number of repetitions, and says what to do", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      yield* store.putIfAbsent("there", utf8("bytes"))
      double.requests.length = 0
      double.script(() => ({ status: 503, code: "SlowDown" }))
      const error = yield* Effect.flip(store.putIfAbsent("later", utf8("bytes")))
      expect(error).toMatchObject({ _tag: "StoreFailed", code: "SlowDown", transient: true, key: "later" })
      expect(error.message).toContain("Repeat it in a moment")
      expect(double.requests.length).toBe(1 + IMPATIENT.times)
    })
  )

  it.live("finds out that a server ignores conditions before it writes anything else", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      double.bucket.isIgnoringConditions = true
      expect(yield* Effect.flip(store.putIfAbsent("a", utf8("bytes")))).toMatchObject({ _tag: "ConditionalPutIgnored" })
      expect([...double.bucket.objects.keys()]).toEqual([`ponds/a pond/${PROBE_KEY}`])
    })
  )

  it.live("lets exactly one of sixteen racers create an object", () =>
    Effect.gen(function* () {
      const { double } = yield* storeInDouble
      const racers = Array.from({ length: 16 }, () => s3Store(locationIn(double), IMPATIENT))
      const won = yield* Effect.forEach(racers, (store, at) => store.putIfAbsent("prize", utf8(`racer ${at}`)), {
        concurrency: "unbounded"
      })
      expect(won.filter(Boolean).length).toBe(1)
      expect(yield* racers[0]!.get("prize")).toEqual(utf8(`racer ${won.indexOf(true)}`))
    })
  )

  it.live("tells which credentials are wrong, without telling them, and does not try again", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      yield* provideCredentials({ ...double, credentials: { ...double.credentials, secretAccessKey: "hunter2" } })
      const error = yield* Effect.flip(s3Store(locationIn(double), IMPATIENT).get("a"))
      expect(error).toMatchObject({ _tag: "StoreFailed", code: "SignatureDoesNotMatch", transient: false })
      expect(error.message).toContain("AWS_SECRET_ACCESS_KEY")
      expect(error.message).not.toContain("hunter2")
      expect(double.requests.length).toBe(1)
      double.script(() => ({ status: 403, code: "AccessDenied" }))
      expect(yield* Effect.flip(store.put("a", utf8("bytes")))).toMatchObject({
        _tag: "StoreReadOnly",
        code: "AccessDenied"
      })
    })
  )
})

describe("reading from a server that has bad moments (F24, F27)", () => {
  it.live("gives the right bytes, or an error, never others", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      const bytes = patterned(300_000)
      yield* store.putIfAbsent("object", bytes)
      const wholes: ReadonlyArray<Misbehaviour> = [...PASSING, "cut the body", "lose the answer"]
      for (const misbehaviour of wholes) {
        double.script(once(misbehaviour, isGet))
        expect([misbehaviour, Buffer.compare(yield* store.get("object"), bytes)]).toEqual([misbehaviour, 0])
        double.script(once(misbehaviour, isGet))
        expect([misbehaviour, Buffer.compare(yield* collected(store.stream("object")), bytes)]).toEqual([
          misbehaviour,
          0
        ])
      }
      for (const misbehaviour of [...wholes, "short", "wrong range", "whole"] as const) {
        for (const range of [{ start: 1000, end: 200_000 }, { last: 777 }, { start: 299_999 }]) {
          double.script(once(misbehaviour, isGet))
          const expected = "last" in range ? bytes.subarray(-777) : bytes.subarray(range.start, range.end)
          const read = yield* store.getRange("object", range)
          expect([misbehaviour, range, Buffer.compare(read, expected)]).toEqual([misbehaviour, range, 0])
        }
      }
    })
  )

  it.live("fails when a server keeps answering wrongly", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      yield* store.putIfAbsent("object", patterned(5000))
      for (const misbehaviour of ["short", "wrong range", "whole", "cut the body"] as const) {
        double.script(({ method }) => (isGet(method) ? misbehaviour : undefined))
        const error = yield* Effect.flip(store.getRange("object", { start: 10, end: 4000 }))
        expect([misbehaviour, error._tag]).toEqual([misbehaviour, "StoreFailed"])
      }
    })
  )

  it.live("refuses to talk to other machines unencrypted, unless it may (S22)", () =>
    Effect.gen(function* () {
      const { double } = yield* storeInDouble
      const away = { ...locationIn(double), endpoint: "http://192.0.2.1:9" }
      const error = yield* Effect.flip(s3Store(away, IMPATIENT).head("a"))
      expect(error).toMatchObject({ _tag: "StoreFailed", code: "PlainHttp", transient: false })
      expect(error.message).toContain("allow_http=true")
    })
  )

  it.live("lists in pages whatever the server says of them, and nothing that is not its own", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      for (let at = 0; at < 2500; at++) double.bucket.put(`ponds/a pond/many/${String(at).padStart(5, "0")}`, utf8("x"))
      double.bucket.put("ponds/a pond/many/", utf8("a folder as consoles make them"))
      double.bucket.put("ponds/a pond2/many/0", utf8("a neighbour's"))
      double.script(once("reset", isGet))
      const listed = yield* Stream.runCollect(store.list("many/"))
      expect(listed.map(({ key }) => key)).toEqual(
        Array.from({ length: 2500 }, (_, at) => `many/${String(at).padStart(5, "0")}`)
      )
    })
  )
})

describe("large objects (multipart)", () => {
  const bytes = patterned(20_000_000)
  const stage = (store: Effect.Success<typeof storeInDouble>["store"], key: string) =>
    Effect.scoped(
      Effect.gen(function* () {
        const staged = yield* store.stage
        for (let at = 0; at < bytes.length; at += 1_000_000) yield* staged.write(bytes.subarray(at, at + 1_000_000))
        return yield* staged.publish(key)
      })
    )

  it.live("go up in parts, each repeated by itself, and are not sent again", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      double.script(({ method, query }, number) =>
        method === "PUT" && query.has("partNumber") && number % 2 === 0 ? "lose the answer" : undefined
      )
      expect(yield* stage(store, "large")).toBe(true)
      expect(Buffer.compare(yield* store.get("large"), bytes)).toBe(0)
      const { received } = double.bytes
      expect(yield* stage(store, "large")).toBe(false)
      expect(double.bytes.received).toBe(received)
      expect(double.bucket.uploads.size).toBe(0)
    })
  )

  it.live("are known for their own when the answer of the completion was lost", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      double.script(({ method, query }) =>
        method === "POST" && query.has("uploadId") && double.bucket.objects.size === 1 ? "lose the answer" : undefined
      )
      expect(yield* stage(store, "large")).toBe(true)
    })
  )

  it.live("leave nothing when they fail or are interrupted; what a crash left is swept", () =>
    Effect.gen(function* () {
      const { double, store } = yield* storeInDouble
      double.script(({ query }) =>
        query.get("partNumber") === "2" ? { status: 403, code: "AccessDenied" } : undefined
      )
      expect((yield* Effect.flip(stage(store, "large")))._tag).toBe("StoreReadOnly")
      expect(double.bucket.uploads.size).toBe(0)
      double.script(({ query }) => (query.get("partNumber") === "2" ? { delayMs: 60_000 } : undefined))
      const fiber = yield* Effect.forkChild(stage(store, "large"))
      yield* until(() => double.requests.some(({ query }) => query.get("partNumber") === "2"))
      yield* Fiber.interrupt(fiber)
      expect(double.bucket.uploads.size).toBe(0)
      expect(Option.isNone(yield* store.head("large"))).toBe(true)
      double.bucket.begin("ponds/a pond/lost")
      double.bucket.begin("ponds/another/lost")
      expect(yield* store.sweep(0, true)).toBe(1)
      expect(double.bucket.uploads.size).toBe(2)
      expect(yield* store.sweep(0)).toBe(1)
      expect(double.bucket.uploads.size).toBe(1)
    })
  )
})

const until = (isTrue: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
  })
