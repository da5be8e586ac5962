/**
 * What remotes cost, counted at the server: requests, and bytes either way (R9).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { compare, pull, push } from "../../../src/factories/remote/exchange.ts"
import { keptPieces } from "../../../src/factories/remote/kept.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { s3Store } from "../../../src/store/s3/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { lines, makeHistory, noise } from "../../support/interop/history.ts"
import { IMPATIENT, locationIn, storeInDouble } from "../../support/s3/subject.ts"

const MIB = 1024 * 1024

/** A pond with a history, pushed to a double; `cost` runs something against a fresh connection and counts. */
const pushed = (txns: number) =>
  Effect.gen(function* () {
    const own = memoryStore()
    const pond = yield* openAt(own, true, undefined)
    yield* makeHistory(pond, txns)
    const { double } = yield* storeInDouble
    const cache = memoryStore()
    const remote = () => {
      const bare = s3Store(locationIn(double), IMPATIENT)
      return { name: "remote", own, remote: keptPieces(bare, cache), bare }
    }
    yield* push(remote())
    const cost = <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.gen(function* () {
        double.requests.length = 0
        Object.assign(double.bytes, { received: 0, sent: 0 })
        const value = yield* work
        return { value, requests: double.requests.length, ...double.bytes }
      })
    const transact = (program: (open: Transaction["Service"]) => Effect.Effect<unknown, unknown>) =>
      pond.transaction(Effect.flatMap(Transaction, program))
    return { cost, double, pond, remote, transact }
  })

const readBack = (store: Store) =>
  Effect.flatMap(openAt(store, false, undefined), (pond) =>
    Effect.flatMap(pond.head, (head) => head.readBytes("/large"))
  )

describe("a remote", () => {
  it.live("is begun with few requests, and a part of it is sent by one (R9)", () =>
    Effect.gen(function* () {
      const own = memoryStore()
      const pond = yield* openAt(own, true, undefined)
      yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.write("/large", noise("large", 12 * MIB))))
      const { double, store } = yield* storeInDouble
      const known = { name: "remote", own, remote: store, bare: store }
      expect((yield* push(known)).carried).toMatchObject({ transactions: 1, blobs: 1 })
      expect(double.requests.length).toBeLessThanOrEqual(16)
      expect(double.requests.filter(({ query }) => query.has("uploads"))).toEqual([])
      expect(Buffer.compare(yield* readBack(store), noise("large", 12 * MIB))).toBe(0)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("is checked by one request for each small blob and a few more; without contents by a handful (R9)", () =>
    Effect.gen(function* () {
      const { cost, double, remote, transact } = yield* pushed(60)
      for (let at = 0; at < 30; at++) yield* transact((open) => open.write(`/f${at}`, noise(`f${at}`, 100_000)))
      yield* push(remote())
      const check = (isQuick: boolean) => cost(Effect.scoped(fsck(s3Store(locationIn(double), IMPATIENT), isQuick)))
      const blobs = [...double.bucket.objects.keys()].filter((key) => key.includes("/_blobs/")).length
      const whole = yield* check(false)
      expect([blobs > 30, whole.value.findings.filter(({ kind }) => kind !== "foreign")]).toEqual([true, []])
      expect(whole.requests).toBeLessThanOrEqual(blobs + 20)
      const quick = yield* check(true)
      expect([quick.value.findings.length, quick.requests <= 20]).toEqual([whole.value.findings.length, true])
      // A lost blob and a damaged one are found, by either where it can be.
      const [lost, wrong] = [...double.bucket.objects.keys()].filter((key) => key.includes("/_blobs/"))
      double.bucket.objects.delete(lost!)
      const damagedIn = (report: typeof whole.value) =>
        new Set(report.findings.filter(({ kind }) => kind !== "foreign").map(({ where }) => where)).size
      expect(damagedIn((yield* check(true)).value)).toBe(1)
      double.script(({ key, method }) => (method === "GET" && key === wrong ? "flip" : undefined))
      expect(damagedIn((yield* check(false)).value)).toBeGreaterThanOrEqual(2)
      double.script(() => undefined)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("costs a few requests to find that there is nothing to do, and nothing is sent", () =>
    Effect.gen(function* () {
      const { cost, remote } = yield* pushed(60)
      for (const work of [push(remote()), pull(remote(), {}), compare(remote())]) {
        const { received, requests, value } = yield* cost(work)
        expect([value.state, received, requests]).toEqual(["equal", 0, expect.any(Number)])
        expect(requests).toBeLessThanOrEqual(4)
      }
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("is sent of a log that grew what was appended, and nothing of what is there", () =>
    Effect.gen(function* () {
      const { cost, remote, transact } = yield* pushed(10)
      yield* transact((open) => open.append("/big.log", noise("begin", 4 * MIB)))
      yield* push(remote())
      yield* transact((open) => open.append("/big.log", noise("end", MIB)))
      const grown = yield* cost(push(remote()))
      expect(grown.value.carried).toMatchObject({ transactions: 1, blobs: 1 })
      expect(grown.received).toBeGreaterThan(MIB)
      expect(grown.received).toBeLessThan(1.1 * MIB)
      // Nothing of the remote's index is fetched: what the push before wrote was kept.
      expect(grown.sent).toBeLessThan(0.02 * MIB)
      expect(grown.requests).toBeLessThanOrEqual(12)
      yield* transact((open) => open.write("/same", noise("end", MIB)))
      expect((yield* cost(push(remote()))).received).toBeLessThan(0.1 * MIB)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("gives a part of a large compressed file for about a megabyte", () =>
    Effect.gen(function* () {
      const { cost, double, remote, transact } = yield* pushed(10)
      yield* transact((open) => open.write("/large.log", Buffer.from(lines(400_000))))
      yield* push(remote())
      const range = { start: 20 * MIB, end: 20 * MIB + 16 * 1024 }
      const read = yield* cost(
        Effect.gen(function* () {
          const there = yield* openAt(s3Store(locationIn(double), IMPATIENT), false, undefined)
          return yield* (yield* there.head).readBytes("/large.log", { range })
        })
      )
      expect(read.value.length).toBe(16 * 1024)
      expect(read.sent).toBeLessThan(1.2 * MIB)
      expect(read.requests).toBeLessThanOrEqual(14)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
