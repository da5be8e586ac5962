/**
 * A pond on a file system whose calls fall short: no descriptor left at any open, once or from then on, and transfers that move a few bytes
 * at a time. Out of descriptors, transactions fail with an error that says to repeat them, nothing of them remains, and no descriptor
 * leaks; short transfers are nobody's business (R2, R10, F09, F10).
 *
 * `POND_ROUNDS` above 1 tries every call.
 */
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Random } from "effect"
import { localStore } from "../../../src/store/local/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { type OnCall, PosixError, PosixModel } from "../../support/store/posix.ts"
import { count, countedIn, damagesOf, noise, problemsAfterCounting } from "../../support/tlogfs/writers.ts"

const ROOT = "/made/data"
const IS_LONG = Number(process.env["POND_ROUNDS"] ?? 1) > 1

/** Counts a few times, with contents of every kind; opens the pond anew and reads it, and maintains it. Gives the last count. */
const workload = (store: Store) =>
  Effect.gen(function* () {
    const pond = yield* openAt(store, true, undefined)
    yield* count(pond, "a")
    yield* count(pond, "b", 80_000)
    yield* maintain(store, -60_000)
    const again = yield* openAt(store, false, undefined)
    const last = yield* count(again, "a", 70_000)
    const head = yield* again.head
    yield* head.readBytes("/noise-a")
    return last
  })

/** What is wrong with a pond that counted, in words: reads everything. */
const problemsOf = (store: Store) =>
  Effect.gen(function* () {
    const pond = yield* openAt(store, true, undefined)
    return [...(yield* problemsAfterCounting(pond, store)), ...(yield* damagesOf(store))]
  })

const quietly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  effect.pipe(Random.withSeed("calls"), Effect.provide(Logger.layer([])))

/** How many calls of some kinds the undisturbed workload makes. */
const callsOf = (isCounted: (name: string) => boolean) =>
  Effect.gen(function* () {
    const model = new PosixModel()
    let calls = 0
    model.onCall = ({ name }) => {
      if (isCounted(name)) calls += 1
      return undefined
    }
    expect(yield* workload(localStore(ROOT, model.calls))).toBe(3)
    expect(model.openDescriptors).toBe(0)
    return calls
  })

const OPENS: ReadonlySet<string> = new Set(["open", "readdir"])
const TRANSFERS: ReadonlySet<string> = new Set(["read", "write", "readAsync", "writeAsync"])

/** What goes wrong at the k-th call of some kinds, and, if it lasts, at those after it. */
const at = (
  kinds: ReadonlySet<string>,
  which: { readonly number: number; readonly isLasting: boolean },
  what: () => ReturnType<OnCall>
): OnCall => {
  let seen = 0
  return ({ name }) => {
    if (!kinds.has(name)) return undefined
    const number = seen++
    return number === which.number || (which.isLasting && number > which.number) ? what() : undefined
  }
}

const outOfDescriptors = (): never => {
  throw new PosixError("EMFILE", "injected")
}

/** What is wrong with how something failed, if it did: it must say what was missing, and that repeating helps. */
const complaintsOf = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => {
  if (Exit.isSuccess(exit)) return []
  const error = Cause.squash(exit.cause)
  if (!(error instanceof Error) || !("_tag" in error) || Cause.hasDies(exit.cause)) return [Cause.pretty(exit.cause)]
  return /EMFILE.*Repeat it in a moment|commit took effect if/su.test(error.message)
    ? []
    : [`${String(error._tag)}: ${error.message}`]
}

const IS_LASTING = [false, true]

describe("a pond on a file system that falls short", () => {
  it.live.each(IS_LASTING)(
    "fails with a typed error when there is no descriptor left, and goes on when there is (lasting: %s)",
    (isLasting) =>
      Effect.gen(function* () {
        const opens = yield* callsOf((name) => OPENS.has(name))
        expect(opens).toBeGreaterThan(50)
        for (let number = 0; number < opens; number += IS_LONG ? 1 : 4) {
          const model = new PosixModel()
          const store = localStore(ROOT, model.calls)
          model.onCall = at(OPENS, { number, isLasting }, outOfDescriptors)
          const problems = [...complaintsOf(yield* Effect.exit(workload(store)))]
          if (model.openDescriptors !== 0) problems.push(`${model.openDescriptors} descriptors are open`)
          model.onCall = () => undefined
          problems.push(...(yield* problemsOf(store)))
          const before = (yield* countedIn(yield* openAt(store, true, undefined))).counter
          const after = yield* workload(store)
          if (after !== before + 3) problems.push(`${after} follows ${before}`)
          problems.push(...(yield* problemsOf(localStore(ROOT, model.calls))))
          expect({ number, problems }).toEqual({ number, problems: [] })
        }
      }).pipe(quietly),
    120_000
  )

  it.live("is not disturbed by one transfer that moves a single byte, whichever it is", () =>
    Effect.gen(function* () {
      const transfers = yield* callsOf((name) => TRANSFERS.has(name))
      expect(transfers).toBeGreaterThan(30)
      for (let number = 0; number < transfers; number += IS_LONG ? 1 : 3) {
        const model = new PosixModel()
        const store = localStore(ROOT, model.calls)
        model.onCall = at(TRANSFERS, { number, isLasting: false }, () => ({ bytesMax: 1 }))
        expect(yield* workload(store)).toBe(3)
        expect({ number, problems: yield* problemsOf(store) }).toEqual({ number, problems: [] })
      }
    }).pipe(quietly)
  )

  it.live("is not disturbed when every transfer is short", () =>
    Effect.gen(function* () {
      for (const bytesMax of IS_LONG ? [7, 211, 4095] : [211]) {
        const model = new PosixModel()
        const store = localStore(ROOT, model.calls)
        model.onCall = at(TRANSFERS, { number: 0, isLasting: true }, () => ({ bytesMax }))
        expect(yield* workload(store)).toBe(3)
        const pond = yield* openAt(store, false, undefined)
        yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/more", noise(150_000, 9))))
        const head = yield* pond.head
        expect(Buffer.compare(yield* head.readBytes("/more"), noise(150_000, 9))).toBe(0)
        expect(yield* damagesOf(store)).toEqual([])
      }
    }).pipe(quietly)
  )
})
