import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { s3Double, type Misbehaviour } from "../../../support/s3/double.ts"
import { storeOnTheWeb } from "../../../support/s3/subject.ts"
import { patterned, utf8 } from "../../../support/store/bytes.ts"
import { storeAt } from "../../../../src/store/stores.ts"

describe("objects behind a web server", () => {
  it.live("are read whole and in parts, whatever passes (F24, F27)", () =>
    Effect.gen(function* () {
      const { double, reading, writing } = yield* storeOnTheWeb
      const bytes = patterned(100_000)
      yield* writing.putIfAbsent("a b/ü%", bytes)
      const passing: ReadonlyArray<Misbehaviour> = [
        "reset",
        "cut the body",
        "short",
        "wrong range",
        "whole",
        { status: 503, code: "x" }
      ]
      for (const misbehaviour of passing) {
        double.script((_, number) => (number === 0 ? misbehaviour : undefined))
        const read = yield* reading.getRange("a b/ü%", { start: 100, end: 90_000 })
        expect([misbehaviour, Buffer.compare(read, bytes.subarray(100, 90_000))]).toEqual([misbehaviour, 0])
      }
    })
  )

  it.live("are refused when a proxy compresses them, or they change between two requests", () =>
    Effect.gen(function* () {
      const { double, reading, writing } = yield* storeOnTheWeb
      yield* writing.putIfAbsent("a", patterned(1000))
      double.script(() => "compress")
      expect((yield* Effect.flip(reading.get("a"))).message).toContain("encoding gzip")
      double.script(() => undefined)
      yield* reading.getRange("a", { start: 0, end: 10 })
      double.bucket.put("ponds/a pond/a", utf8("another object, of another size"))
      double.requests.length = 0
      expect(yield* reading.getRange("a", { start: 0, end: 7 })).toEqual(utf8("another"))
      // Noticed, and asked again.
      expect(double.requests.length).toBe(2)
    })
  )

  it.live("are found through redirects, but not in circles", () =>
    Effect.gen(function* () {
      const { double, reading, writing } = yield* storeOnTheWeb
      yield* writing.putIfAbsent("a", utf8("bytes"))
      const location = `${double.endpoint}/${double.bucketName}/ponds/a%20pond/a`
      double.script((_, number) => (number < 3 ? { location } : undefined))
      expect(yield* reading.get("a")).toEqual(utf8("bytes"))
      double.script(() => ({ location }))
      expect((yield* Effect.flip(reading.get("a"))).message).toContain("redirects more than 5 times")
      double.script(() => ({ location: "file:///etc/passwd" }))
      expect((yield* Effect.flip(reading.get("a"))).message).toContain("redirects from http:// to file://")
      // Nobody out there may send us to what only this machine can mean (S20).
      for (const inner of [
        "http://localhost/a",
        "http://169.254.169.254/latest",
        "http://[::1]/a",
        "http://0.0.0.0/a"
      ]) {
        double.script(() => ({ location: inner }))
        expect((yield* Effect.flip(reading.get("a"))).message).toContain("which is not its own to name")
      }
    })
  )

  it.live("cannot be written or listed; a refusal and a dead server are named", () =>
    Effect.gen(function* () {
      const { double, reading } = yield* storeOnTheWeb
      expect((yield* Effect.flip(reading.putIfAbsent("a", utf8("x"))))._tag).toBe("StoreReadOnly")
      expect((yield* Effect.flip(Effect.scoped(reading.stage)))._tag).toBe("StoreReadOnly")
      expect((yield* Effect.flip(Stream.runDrain(reading.list("")))).message).toContain("cannot be listed over HTTP")
      expect(Option.isNone(yield* reading.head("nothing"))).toBe(true)
      double.script(() => ({ status: 401, code: "x" }))
      expect(yield* Effect.flip(reading.head("a"))).toMatchObject({
        _tag: "StoreFailed",
        code: "status 401",
        transient: false
      })
      const { endpoint } = yield* Effect.scoped(s3Double)
      const nobody = yield* storeAt(`${endpoint}/pond`)
      expect(yield* Effect.flip(nobody.head("a"))).toMatchObject({ _tag: "StoreFailed", code: "ECONNREFUSED" })
    })
  )

  it.effect("have URLs without credentials and queries", () =>
    Effect.gen(function* () {
      for (const url of ["https://me:hunter2@host/pond", "https://host/pond?token=hunter2", "https://host/#hunter2"]) {
        const error = yield* Effect.flip(storeAt(url))
        expect(error._tag).toBe("UnknownStoreUrl")
        expect(error.message).not.toContain("hunter2")
      }
    })
  )
})
