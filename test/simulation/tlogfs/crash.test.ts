/**
 * Power cuts at every change of the disk that a workload makes: whatever survives, the pond holds what was acknowledged, or besides that the
 * transaction that was in flight; it is sound, and it goes on (R2, R3).
 */
import { Effect, Exit, Logger, Random } from "effect"
import { describe, expect, it } from "vitest"
import { type Choose, keepAll, loseAll, MemoryDisk } from "../../../src/store/memory/disk.ts"
import type { OnStep } from "../../../src/store/memory/session.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { StoreFailed } from "../../../src/store/errors.ts"
import { type OpenTransaction, type Reader, Transaction } from "../../../src/tinyfs/index.ts"
import { fsck } from "../../../src/tlogfs/fsck/check.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that do not compress, so that they need a blob of their own size. */
const noise = (sizeBytes: number, seed: number): Uint8Array => {
  const out = new Uint8Array(sizeBytes)
  let state = seed
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    out[at] = state >>> 24
  }
  return out
}

/** One step of the workload: a transaction, or maintenance, which changes nothing that is visible. */
type Step = "maintain" | ((tx: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>)

const WORKLOAD: ReadonlyArray<Step> = [
  (tx) => Effect.andThen(tx.mkdir("/logs/app", { parents: true }), tx.append("/logs/app/a.log", bytes("first\n"))),
  (tx) => tx.write("/large", noise(150_000, 7)),
  (tx) => Effect.andThen(tx.append("/logs/app/a.log", bytes("second\n")), tx.symlink("app/a.log", "/logs/now")),
  "maintain",
  (tx) =>
    Effect.andThen(tx.move("/logs/app/a.log", "/logs/app/a.log.1"), tx.append("/logs/app/a.log", noise(90_000, 9))),
  (tx) => tx.write("/large", noise(200_000, 8)),
  (tx) => tx.remove("/logs/now"),
  "maintain",
  (tx) => tx.setAttributes("/large", { kept: true })
]

interface Told {
  readonly root: string
  readonly files: ReadonlyArray<readonly [string, string]>
}

const told = (reader: Reader, root: string) =>
  Effect.gen(function* () {
    const files: Array<readonly [string, string]> = []
    for (const { node, path } of yield* reader.glob("/**")) {
      if (node.content === undefined) files.push([path, node.type])
      else files.push([path, Buffer.from(yield* reader.readBytes(path)).toString("base64")])
    }
    return { root, files } satisfies Told
  })

interface Progress {
  /** What each acknowledged transaction left, by number. */
  readonly acknowledged: Array<Told>
}

/** Runs the workload until it fails; `progress` has what was acknowledged. Random draws follow the seed. */
const run = (disk: MemoryDisk, onStep: OnStep | undefined, progress: Progress, seed: number) =>
  Effect.gen(function* () {
    const store = memoryStore(disk, onStep)
    const pond = yield* openAt(store, true, undefined)
    for (const step of WORKLOAD) {
      if (step === "maintain") {
        yield* maintain(store, -60_000)
        continue
      }
      yield* pond.transaction(Effect.flatMap(Transaction, step))
      const head = yield* pond.head
      progress.acknowledged[head.view.txn] = yield* told(head, head.view.root)
    }
  }).pipe(Random.withSeed(`workload ${seed}`), Effect.provide(Logger.layer([])))

const cutAt = (
  disk: MemoryDisk,
  at: number,
  choose: Choose
): { readonly onStep: OnStep; readonly steps: () => number } => {
  let steps = 0
  return {
    steps: () => steps,
    onStep: ({ key, operation }) =>
      Effect.suspend(() => {
        steps += 1
        if (steps !== at) return Effect.void
        disk.crash(choose)
        return Effect.fail(
          new StoreFailed({
            url: "memory:",
            key,
            operation,
            code: "EIO",
            transient: false,
            cause: new Error("power cut")
          })
        )
      })
  }
}

/** Survivors drawn by a small generator of their own. */
const drawn = (seed: number): Choose => {
  let state = seed
  return (alternatives) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % alternatives
  }
}

const reference = async (): Promise<{ readonly states: ReadonlyArray<Told>; readonly steps: number }> => {
  const disk = new MemoryDisk()
  const progress: Progress = { acknowledged: [] }
  const { onStep, steps } = cutAt(disk, Number.POSITIVE_INFINITY, loseAll)
  await Effect.runPromise(run(disk, onStep, progress, 1))
  return { states: progress.acknowledged, steps: steps() }
}

/** After a cut: opens, checks everything, and goes on. Gives what must not be, in words. */
const problemsAfter = (disk: MemoryDisk, acknowledged: number, states: ReadonlyArray<Told>) =>
  Effect.gen(function* () {
    const store = memoryStore(disk)
    const pond = yield* openAt(store, true, undefined)
    const head = yield* pond.head
    const { root, txn } = head.view
    if (txn < acknowledged || txn > acknowledged + 1) return [`txn ${txn} after ${acknowledged} was acknowledged`]
    if (txn > 0 && JSON.stringify(yield* told(head, root)) !== JSON.stringify(states[txn]))
      return [`another state at ${txn}`]
    const { findings } = yield* fsck(store)
    const damages = findings.filter(({ kind }) => kind !== "foreign")
    if (damages.length > 0) return damages.map(({ kind, what, where }) => `${kind} ${where}: ${what}`)
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write("/afterwards", bytes("goes on"))))
    yield* maintain(store, -60_000)
    const after = yield* (yield* openAt(memoryStore(disk), false, undefined)).head
    if ((yield* after.readText("/afterwards")) !== "goes on") return ["what was written afterwards is not there"]
    return []
  }).pipe(Effect.provide(Logger.layer([])))

describe("a pond whose disk loses power", () => {
  const survivors: ReadonlyArray<readonly [string, (at: number) => Choose]> = [
    ["nothing unsynced survives", () => loseAll],
    ["everything visible survives", () => keepAll],
    ["any subset survives", (at) => drawn(at * 7919 + 1)]
  ]

  it.each(survivors)(
    "holds what was acknowledged at every change of the disk: %s (R2, R3)",
    async (_, chooseAt) => {
      const { states, steps } = await reference()
      expect(steps).toBeGreaterThan(50)
      for (let at = 1; at <= steps; at++) {
        const disk = new MemoryDisk()
        const progress: Progress = { acknowledged: [] }
        const { onStep } = cutAt(disk, at, chooseAt(at))
        const exit = await Effect.runPromiseExit(run(disk, onStep, progress, 1))
        const acknowledged = Math.max(0, progress.acknowledged.length - 1)
        if (Exit.isSuccess(exit)) disk.crash(chooseAt(at))
        const problems = await Effect.runPromise(problemsAfter(disk, acknowledged, states))
        expect({ at, problems }).toEqual({ at, problems: [] })
      }
    },
    120_000
  )
})
