/**
 * Replication to and from a server of S3 that stops at every request, and that has bad moments.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { push } from "../../../src/factories/remote/exchange.ts"
import { keptPieces } from "../../../src/factories/remote/kept.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { s3Store } from "../../../src/store/s3/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { replicate } from "../../../src/tlogfs/replicate/replicate.ts"
import { makeHistory } from "../../support/interop/history.ts"
import type { Misbehaviour } from "../../support/s3/double.ts"
import { IMPATIENT, locationIn, storeInDouble } from "../../support/s3/subject.ts"

/** Requests between those at which a first push stops; `POND_ROUNDS` above 1 stops at each. */
const APART = Number(process.env["POND_ROUNDS"] ?? 1) > 1 ? 1 : 3

const SILENT = Logger.layer([])
const NO_RETRY = { ...IMPATIENT, times: 0 }

const headOf = (store: Store) => Effect.flatMap(openAt(store, false, undefined), (pond) => pond.head)

const aPond = (txns: number) =>
  Effect.gen(function* () {
    const store = memoryStore()
    const pond = yield* openAt(store, true, undefined)
    yield* makeHistory(pond, txns)
    return { store, id: pond.id, pond }
  })

const damageIn = (store: Store) =>
  Effect.map(fsck(store), ({ findings }) => findings.filter(({ kind }) => kind !== "foreign"))

describe("replication over S3", () => {
  it.live("converges after a push stopped at any request; the old tip stays valid (F29)", () =>
    Effect.gen(function* () {
      const { id, store: source } = yield* aPond(4)
      const { double } = yield* storeInDouble
      const at = (name: string) => s3Store(locationIn(double, `${name}/`), NO_RETRY)
      const whole = at("whole")
      yield* createPond(whole, id)
      double.requests.length = 0
      yield* replicate(source, whole)
      const requests = double.requests.length
      for (let stop = 0; stop < requests; stop++) {
        const target = at(`stop-${stop}`)
        yield* createPond(target, id)
        double.script((_, number) => (number >= stop ? "reset" : undefined))
        yield* Effect.exit(replicate(source, target))
        double.script(() => undefined)
        const there = yield* headOf(target)
        expect([stop, [0, 4].includes(there.view.txn)]).toEqual([stop, true])
        yield* replicate(source, target)
        expect((yield* headOf(target)).view.chain).toBe((yield* headOf(source)).view.chain)
      }
      expect(yield* damageIn(at("stop-7"))).toEqual([])
    }).pipe(Effect.provide(SILENT))
  )

  it.live("converges after a first push, which makes the remote, stopped at many requests", () =>
    Effect.gen(function* () {
      const { double } = yield* storeInDouble
      const { store: own } = yield* aPond(3)
      const known = (name: string) => {
        const bare = s3Store(locationIn(double, `${name}/`), NO_RETRY)
        return { name, own, remote: keptPieces(bare, memoryStore()), bare }
      }
      yield* push(known("whole"))
      const requests = double.requests.length
      for (let stop = 0; stop < requests; stop += APART) {
        const there = known(`stop-${stop}`)
        double.script((_, number) => (number >= stop ? "reset" : undefined))
        yield* Effect.exit(push(there))
        double.script(() => undefined)
        expect([stop, (yield* push(there)).state]).toEqual([stop, "equal"])
        expect((yield* headOf(there.bare)).view.chain).toBe((yield* headOf(own)).view.chain)
        if (stop % 9 === 0) expect([stop, yield* damageIn(there.bare)]).toEqual([stop, []])
      }
      expect(requests).toBeGreaterThan(9)
    }).pipe(Effect.provide(SILENT))
  )

  it.live("converges after a pull stopped at any request", () =>
    Effect.gen(function* () {
      const { id, store } = yield* aPond(4)
      const { double, store: remote } = yield* storeInDouble
      yield* createPond(remote, id)
      yield* replicate(store, remote)
      const source = s3Store(locationIn(double), NO_RETRY)
      double.requests.length = 0
      const first = memoryStore()
      yield* createPond(first, id)
      yield* replicate(source, first)
      const requests = double.requests.length
      for (let stop = 0; stop < requests; stop++) {
        const target = memoryStore()
        yield* createPond(target, id)
        double.script((_, number) => (number >= stop ? "reset" : undefined))
        yield* Effect.exit(replicate(s3Store(locationIn(double), NO_RETRY), target))
        double.script(() => undefined)
        expect([stop, [0, 4].includes((yield* headOf(target)).view.txn)]).toEqual([stop, true])
        yield* replicate(source, target)
        expect([stop, yield* damageIn(target)]).toEqual([stop, []])
      }
    }).pipe(Effect.provide(SILENT))
  )

  it.live("passes over every kind of bad moment, with nothing doubled (F24-F27)", () =>
    Effect.gen(function* () {
      const { id, pond, store: source } = yield* aPond(6)
      const { double, store: target } = yield* storeInDouble
      yield* createPond(target, id)
      const moments: ReadonlyArray<Misbehaviour> = [
        { status: 500, code: "InternalError" },
        { status: 503, code: "SlowDown" },
        { status: 409, code: "ConditionalRequestConflict" },
        "reset",
        "lose the answer",
        "cut the body",
        "short",
        "wrong range"
      ]
      double.script((_, number) => (number % 3 === 0 ? moments[(number / 3) % moments.length] : undefined))
      yield* replicate(source, target)
      yield* replicate(source, target)
      double.script(() => undefined)
      const head = yield* headOf(target)
      expect(head.view.chain).toBe((yield* pond.head).view.chain)
      expect(yield* damageIn(target)).toEqual([])
    }).pipe(Effect.provide(SILENT))
  )

  it.live("lets four racing pushes of one history all succeed", () =>
    Effect.gen(function* () {
      const { id, store: source } = yield* aPond(6)
      const { double, store: target } = yield* storeInDouble
      yield* createPond(target, id)
      const pushes = Array.from({ length: 4 }, () => replicate(source, s3Store(locationIn(double), IMPATIENT)))
      const outcomes = yield* Effect.forEach(pushes, (push) => Effect.result(push), { concurrency: "unbounded" })
      expect(outcomes.map(({ _tag }) => _tag)).toEqual(pushes.map(() => "Success"))
      expect((yield* headOf(target)).view.chain).toBe((yield* headOf(source)).view.chain)
      expect(yield* damageIn(target)).toEqual([])
    }).pipe(Effect.provide(SILENT))
  )

  it.live("leaves a copy that opens with a handful of requests, also after it was written to (R9)", () =>
    Effect.gen(function* () {
      const { id, store: source } = yield* aPond(150)
      const { double, store: target } = yield* storeInDouble
      yield* createPond(target, id)
      yield* replicate(source, target)
      const requestsToOpen = Effect.gen(function* () {
        double.requests.length = 0
        const pond = yield* openAt(s3Store(locationIn(double), NO_RETRY), false, undefined)
        yield* (yield* pond.head).list("/")
        return double.requests.length
      })
      expect(yield* requestsToOpen).toBeLessThanOrEqual(8)
      const pond = yield* openAt(target, false, undefined)
      let most = 0
      for (let at = 0; at < 40; at++) {
        yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.mkdir(`/directory-${at}`)))
        most = Math.max(most, yield* requestsToOpen)
      }
      expect(most).toBeLessThanOrEqual(20)
    }).pipe(Effect.provide(SILENT))
  )
})
