/**
 * The local store over a model of a file system, stopped and failed at every single call (F01, F04, F05, F06, F07, F08, F09, F10).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Result, Stream } from "effect"
import { localStore } from "../../../src/store/local/store.ts"
import { keepAll, loseAll } from "../../../src/store/memory/disk.ts"
import type { Choose } from "../../../src/store/memory/disk.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { utf8 } from "../../support/store/bytes.ts"
import { Killed, PosixError, PosixModel } from "../../support/store/posix.ts"
import type { Call, OnCall } from "../../support/store/posix.ts"
import { seeded } from "../../support/store/seeded.ts"
import { Ledger, run, violations } from "../../support/store/workload.ts"

const ROOT = "/made/pond"

interface Medium {
  readonly name: string
  readonly hardLinks: boolean
}

const MEDIA: ReadonlyArray<Medium> = [
  { name: "hard links", hardLinks: true },
  { name: "no hard links", hardLinks: false }
]

const modelOf = ({ hardLinks }: Medium): PosixModel => {
  const model = new PosixModel()
  model.hardLinks = hardLinks
  return model
}

/** How many calls the undisturbed program makes. */
const callsOf = (medium: Medium) =>
  Effect.gen(function* () {
    const model = modelOf(medium)
    const exit = yield* run(localStore(ROOT, model.calls), new Ledger())
    expect(Exit.isSuccess(exit)).toBe(true)
    expect(model.openDescriptors).toBe(0)
    return model.callCount
  })

const killAt =
  (number: number): OnCall =>
  (call) => {
    if (call.number >= number) throw new Killed(`killed at call ${call.number}: ${call.name} ${call.path}`)
    return undefined
  }

const failing =
  (code: string, when: (call: Call) => boolean): OnCall =>
  (call) => {
    if (when(call)) throw new PosixError(code, `injected into ${call.name} ${call.path}`)
    return undefined
  }

const allowed = ({ hardLinks }: Medium) => ({ emptyObjects: !hardLinks, cutHints: true })

/** Stops the program at a call, loses or keeps what was not synced, and tells what is wrong then and after going on. */
const stoppedAt = (medium: Medium, number: number, choose: Choose, prepare: (model: PosixModel) => void = () => {}) =>
  Effect.gen(function* () {
    const model = modelOf(medium)
    prepare(model)
    const ledger = new Ledger()
    model.onCall = killAt(number)
    yield* run(localStore(ROOT, model.calls), ledger)
    model.powerCut(choose)
    const reopened = localStore(ROOT, model.calls)
    const wrong = yield* violations(reopened, ledger, allowed(medium))
    return { model, ledger, reopened, wrong: wrong.map((what) => `call ${number}: ${what}`) }
  })

/** Removes what a dead writer left under a name where names are claimed first. */
const removeEmptyClaims = (store: Store) =>
  Stream.runForEach(store.list(""), ({ key, sizeBytes }) => (sizeBytes === 0 ? store.delete(key) : Effect.void))

describe.each(MEDIA)("a local store with $name", (medium) => {
  it.effect("keeps every promise when power fails at any call, whatever unsynced part survives (F01, F05, F06)", () =>
    Effect.gen(function* () {
      const calls = yield* callsOf(medium)
      for (let number = 0; number <= calls; number++) {
        for (const choose of [loseAll, keepAll, seeded(number), seeded(number + 1000)]) {
          expect((yield* stoppedAt(medium, number, choose)).wrong).toEqual([])
        }
      }
    })
  )

  it.effect("goes on after any crash, also after a second one, and sweeps what is left (F04)", () =>
    Effect.gen(function* () {
      const calls = yield* callsOf(medium)
      for (let number = 0; number <= calls; number += 3) {
        const { model, ledger } = yield* stoppedAt(medium, number, seeded(number))
        model.onCall = killAt(model.callCount + (number % 17))
        yield* run(localStore(ROOT, model.calls), ledger)
        model.powerCut(seeded(number + 1))
        const store = localStore(ROOT, model.calls)
        expect(yield* violations(store, ledger, allowed(medium))).toEqual([])
        yield* removeEmptyClaims(store)
        expect(Exit.isSuccess(yield* run(store, ledger))).toBe(true)
        yield* store.sweep(0)
        expect(model.calls.lstat(`${ROOT}/.staging`)?.kind).toBe("directory")
        expect(model.calls.readdir(`${ROOT}/.staging`)).toEqual([])
        expect(model.openDescriptors).toBe(0)
      }
    })
  )

  it.effect("fails the operation, not the store, when any one call fails (F07, F08, F09)", () =>
    Effect.gen(function* () {
      const calls = yield* callsOf(medium)
      for (let number = 0; number < calls; number++) {
        // Every call fails with EIO, and with each of the others in turn.
        for (const code of ["EIO", ["ENOSPC", "EROFS", "EMFILE"][number % 3] as string]) {
          const model = modelOf(medium)
          const ledger = new Ledger()
          const store = localStore(ROOT, model.calls)
          model.onCall = failing(code, (call) => call.number === number)
          yield* run(store, ledger)
          expect([code, number, model.openDescriptors]).toEqual([code, number, 0])
          model.onCall = () => undefined
          expect([code, number, yield* violations(store, ledger, allowed(medium))]).toEqual([code, number, []])
          expect([code, number, Exit.isSuccess(yield* run(store, ledger))]).toEqual([code, number, true])
        }
      }
    })
  )

  it.effect("is as it was once a medium that failed for good comes back", () =>
    Effect.gen(function* () {
      const calls = yield* callsOf(medium)
      for (let number = 0; number < calls; number++) {
        const code = ["EIO", "ENOSPC", "EROFS"][number % 3] as string
        const model = modelOf(medium)
        const ledger = new Ledger()
        const store = localStore(ROOT, model.calls)
        model.onCall = failing(code, (call) => call.number >= number && call.name !== "close")
        yield* run(store, ledger)
        model.onCall = () => undefined
        expect([code, number, yield* violations(store, ledger, allowed(medium))]).toEqual([code, number, []])
        yield* removeEmptyClaims(store)
        expect([code, number, Exit.isSuccess(yield* run(store, ledger))]).toEqual([code, number, true])
        model.powerCut(loseAll)
        const reopened = localStore(ROOT, model.calls)
        expect([code, number, yield* violations(reopened, ledger, allowed(medium))]).toEqual([code, number, []])
      }
    })
  )

  it.effect("continues short and interrupted transfers (F10)", () =>
    Effect.gen(function* () {
      const model = modelOf(medium)
      const ledger = new Ledger()
      const store = localStore(ROOT, model.calls)
      const isTransfer = ({ name }: Call): boolean => /^(read|write)(Async)?$/.test(name)
      let interruptions = 0
      model.onCall = (call) => {
        if (!isTransfer(call)) return undefined
        if (call.number % 3 === 0) {
          interruptions++
          throw new PosixError(call.number % 2 === 0 ? "EINTR" : "EAGAIN", "injected")
        }
        return { bytesMax: 4097 }
      }
      expect(Exit.isSuccess(yield* run(store, ledger))).toBe(true)
      expect(yield* violations(store, ledger, allowed(medium))).toEqual([])
      expect(interruptions).toBeGreaterThan(10)
    })
  )

  it.effect("touches nothing outside of its root but the directories it makes on the way", () =>
    Effect.gen(function* () {
      const model = modelOf(medium)
      yield* run(localStore(ROOT, model.calls), new Ledger())
      const outside = [...model.touched].filter((path) => !path.startsWith(`${ROOT}/`))
      expect(outside.toSorted()).toEqual(["/", "/made", ROOT])
    })
  )
})

describe("the simulation finds broken stores", () => {
  const [medium] = MEDIA as [Medium]

  it.effect.each(["fsync file", "fsync directory"] as const)("notices a missing %s", (ignored) =>
    Effect.gen(function* () {
      const calls = yield* callsOf(medium)
      const wrong: Array<string> = []
      for (let number = 0; number <= calls; number++) {
        const stopped = yield* stoppedAt(medium, number, loseAll, (model) => model.ignored.add(ignored))
        wrong.push(...stopped.wrong)
      }
      expect(wrong.length).toBeGreaterThan(calls / 2)
    })
  )
})

describe("an object that another process left unsynced", () => {
  const target = "_blobs/ab/object"

  it.effect.each(MEDIA)("is durable once `false` was answered for it ($name)", (medium) =>
    Effect.gen(function* () {
      const undisturbed = modelOf(medium)
      yield* localStore(ROOT, undisturbed.calls).putIfAbsent(target, utf8("bytes"))
      const answers = new Map<string, number>()
      for (let number = 0; number <= undisturbed.callCount; number++) {
        const model = modelOf(medium)
        model.onCall = killAt(number)
        yield* Effect.exit(localStore(ROOT, model.calls).putIfAbsent(target, utf8("bytes")))
        model.kill()
        const answer = yield* Effect.result(localStore(ROOT, model.calls).putIfAbsent(target, utf8("bytes")))
        const told = Result.isSuccess(answer) ? String(answer.success) : answer.failure._tag
        answers.set(told, (answers.get(told) ?? 0) + 1)
        if (Result.isFailure(answer)) continue
        model.powerCut(loseAll)
        expect([number, yield* localStore(ROOT, model.calls).get(target)]).toEqual([number, utf8("bytes")])
      }
      expect([...answers.keys()].toSorted()).toEqual(
        medium.hardLinks ? ["false", "true"] : ["StoreFailed", "false", "true"]
      )
    })
  )
})
