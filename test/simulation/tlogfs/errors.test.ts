/**
 * A store that fails at any one request, once or from then on: transactions fail with an error that says what to do, reads go on where they can,
 * and the pond is usable at once when the store is, by the same handle and by another (R2, R3, R10). A lost answer makes no transaction twice.
 *
 * `POND_ROUNDS` above 1 tries every request; otherwise some where reads fail, too.
 */
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Random } from "effect"
import { StoreFailed, StoreFull, StoreReadOnly } from "../../../src/store/errors.ts"
import { type Fault, faultyStore, type NumberedRequest } from "../../../src/store/faults.ts"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type OpenTransaction, Transaction } from "../../../src/tinyfs/index.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"
import { damagesOf, noise } from "../../support/tlogfs/writers.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const IS_LONG = Number(process.env["POND_ROUNDS"] ?? 1) > 1

type Tagged = { readonly _tag: string }

type Change = (tx: OpenTransaction) => Effect.Effect<unknown, Tagged>

/** One step of a workload: a change, or what changes nothing that is visible. */
type Step = "read" | "maintain" | Change

const FIRST: Change = (tx) =>
  Effect.gen(function* () {
    yield* tx.readText("/dir/small")
    yield* tx.write("/dir/new", bytes("new"))
    yield* tx.append("/s", bytes("2\n"))
  })

const STEPS: ReadonlyArray<Step> = [
  FIRST,
  (tx) => Effect.andThen(tx.write("/large", noise(80_000, 2)), tx.append("/s", bytes("3\n"))),
  "read",
  "maintain",
  (tx) => Effect.andThen(tx.move("/dir/new", "/dir/old"), tx.append("/s", noise(70_000, 3)))
]

/** Everything a pond holds, checked on the way. */
const told = (pond: PondInterface) =>
  Effect.gen(function* () {
    const head = yield* pond.head
    const files: Array<readonly [string, string]> = []
    for (const { node, path } of yield* head.glob("/**")) {
      if (node.content !== undefined) yield* head.readBytes(path)
      files.push([path, node.content?.hash ?? node.type])
    }
    return { txn: head.view.txn, root: head.view.root, files }
  })

/** A way in which a store fails. */
interface Illness {
  readonly name: string
  /** Whether it fails a request once it has broken out. */
  readonly isHit: (request: NumberedRequest) => boolean
  readonly isLasting: boolean
  readonly when: Fault["when"]
  readonly error: (request: NumberedRequest) => StoreFailed | StoreFull | StoreReadOnly
  /** What the message must advise. */
  readonly advice: RegExp
}

const WRITES = new Set(["putIfAbsent", "stage", "write", "publish", "put"])

const isWrite = ({ operation }: NumberedRequest): boolean => WRITES.has(operation)

const fields = ({ key, operation }: NumberedRequest, code: string) => ({
  url: "memory:",
  key,
  operation,
  code,
  cause: new Error(code)
})

const failed = (request: NumberedRequest) => new StoreFailed({ ...fields(request, "EIO"), transient: false })
const full = (request: NumberedRequest) => new StoreFull(fields(request, "ENOSPC"))
const readOnly = (request: NumberedRequest) => new StoreReadOnly(fields(request, "EROFS"))

const MEDIUM = /Check the medium|commit took effect if/u
const FREE = /Free space/u
const PERMISSIONS = /Check owner, permissions and mount/u

const ILLNESSES: ReadonlyArray<Illness> = [
  { name: "EIO once", isHit: () => true, isLasting: false, when: "before", error: failed, advice: MEDIUM },
  { name: "EIO from then on", isHit: () => true, isLasting: true, when: "before", error: failed, advice: MEDIUM },
  { name: "ENOSPC once", isHit: isWrite, isLasting: false, when: "before", error: full, advice: FREE },
  { name: "ENOSPC from then on", isHit: isWrite, isLasting: true, when: "before", error: full, advice: FREE },
  { name: "EROFS from then on", isHit: isWrite, isLasting: true, when: "before", error: readOnly, advice: PERMISSIONS },
  { name: "a lost answer", isHit: () => true, isLasting: false, when: "after", error: failed, advice: MEDIUM }
]

/** A store that falls ill at a request; `heal` ends that. */
const illStore = (disk: MemoryDisk, { error, isHit, isLasting, when }: Illness, at: number) => {
  let isOver = false
  let seen = 0
  const { store } = faultyStore(memoryStore(disk), (request) => {
    if (isOver || !isHit(request)) return undefined
    const number = seen++
    const isNow = isLasting ? number >= at : number === at
    return isNow ? { when, error: error(request) } : undefined
  })
  return { store, heal: () => void (isOver = true), hits: () => seen }
}

const copyOf = (disk: MemoryDisk): MemoryDisk => {
  const copy = new MemoryDisk()
  for (const key of disk.keys()) copy.create(key, disk.read(key)!)
  return copy
}

const run = (pond: PondInterface, store: Store, step: Step): Effect.Effect<unknown, Tagged> => {
  if (step === "maintain") return maintain(store, -60_000)
  if (step === "read") return told(pond)
  return pond.transaction(Effect.flatMap(Transaction, step))
}

/** What the steps of a workload leave, on a store that never fails. */
const expectedOf = (base: MemoryDisk, steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const store = memoryStore(copyOf(base))
    const pond = yield* openAt(store, false, undefined)
    const states = [yield* told(pond)]
    for (const step of steps) {
      yield* run(pond, store, step)
      states.push(yield* told(pond))
    }
    return states
  })

/** The problem with how something failed, if any: untyped, or without advice. */
const complaint = (cause: Cause.Cause<unknown>, { advice }: Illness): ReadonlyArray<string> => {
  const error = Cause.squash(cause)
  if (!(error instanceof Error) || !("_tag" in error) || Cause.hasDies(cause))
    return [`untyped: ${Cause.pretty(cause)}`]
  const isKnown = ["PersistenceFailed", "StoreFailed", "StoreFull", "StoreReadOnly", "CommitUncertain"].includes(
    String(error._tag)
  )
  return isKnown && advice.test(error.message) ? [] : [`${String(error._tag)}: ${error.message}`]
}

/** A workload, and what is to be told after each of its steps. */
interface Workload {
  readonly base: MemoryDisk
  readonly steps: ReadonlyArray<Step>
  readonly states: ReadonlyArray<Effect.Success<ReturnType<typeof told>>>
}

/** Runs the steps on a store that falls ill at one request, each again after a failure, and tells what must not be. */
const problemsWith = ({ base, states, steps }: Workload, illness: Illness, at: number) =>
  Effect.gen(function* () {
    const disk = copyOf(base)
    const { heal, hits, store } = illStore(disk, illness, at)
    const problems: Array<string> = []
    const first = yield* Effect.exit(openAt(store, false, undefined))
    if (Exit.isFailure(first)) {
      problems.push(...complaint(first.cause, illness))
      heal()
    }
    const pond = Exit.isSuccess(first) ? first.value : yield* openAt(store, false, undefined)
    for (const [number, step] of steps.entries()) {
      const exit = yield* Effect.exit(run(pond, store, step))
      if (Exit.isSuccess(exit)) continue
      problems.push(...complaint(exit.cause, illness).map((what) => `step ${number}: ${what}`))
      const isReadable = !illness.isLasting || illness.isHit !== ILLNESSES[1]!.isHit
      if (isReadable && (yield* told(pond)).root !== states[number]!.root)
        problems.push(`step ${number} left something`)
      heal()
      const again = yield* Effect.exit(run(pond, store, step))
      if (Exit.isFailure(again)) problems.push(`step ${number} again: ${Cause.pretty(again.cause)}`)
    }
    heal()
    const fresh = yield* openAt(memoryStore(disk), false, undefined)
    for (const one of [pond, fresh]) {
      const { files, root, txn } = yield* told(one)
      const wanted = states[states.length - 1]!
      if (txn !== wanted.txn) problems.push(`txn ${txn} instead of ${wanted.txn}`)
      if (root !== wanted.root || JSON.stringify(files) !== JSON.stringify(wanted.files)) problems.push("another state")
    }
    problems.push(...(yield* damagesOf(memoryStore(disk))))
    return { problems, isPast: hits() <= at }
  })

const small = Effect.gen(function* () {
  const disk = new MemoryDisk()
  const pond = yield* openAt(memoryStore(disk), true, undefined)
  const fill: Change = (tx) =>
    Effect.gen(function* () {
      yield* tx.mkdir("/dir")
      yield* tx.write("/dir/small", bytes("small"))
      yield* tx.append("/s", bytes("1\n"))
    })
  yield* pond.transaction(Effect.flatMap(Transaction, fill))
  yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write("/large", noise(80_000, 1))))
  return disk
})

/** A pond whose next transaction is followed by maintenance. */
const beforePublication = Effect.gen(function* () {
  const disk = yield* small
  const pond = yield* openAt(memoryStore(disk), false, undefined)
  for (let txn = 3; txn < 64; txn++) {
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/many", bytes(`${txn}\n`))))
  }
  return disk
})

const strideOf = ({ isHit }: Illness, stride: number): number => (IS_LONG || isHit === isWrite ? 1 : stride)

/** Tries requests in turn, in the short form one of `sparse` where reads fail, too; gives how many it tried. */
const everywhere = (base: MemoryDisk, steps: ReadonlyArray<Step>, illness: Illness, first: number, sparse: number) =>
  Effect.gen(function* () {
    const stride = strideOf(illness, sparse)
    const workload: Workload = { base, steps, states: yield* expectedOf(base, steps) }
    for (let tried = 0; ; tried++) {
      const at = first + (ILLNESSES.indexOf(illness) % stride) + tried * stride
      const { isPast, problems } = yield* problemsWith(workload, illness, at)
      expect({ at, problems }).toEqual({ at, problems: [] })
      if (isPast) return tried
    }
  })

const quietly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  effect.pipe(Random.withSeed("errors"), Effect.provide(Logger.layer([])))

describe("a pond on a store that fails", () => {
  it.live.each(ILLNESSES)(
    "$name, at the requests of a workload: a typed error, and usable at once (R2, R10)",
    (illness) =>
      Effect.gen(function* () {
        const tried = yield* everywhere(yield* small, STEPS, illness, 0, 5)
        expect(tried).toBeGreaterThan(9)
      }).pipe(quietly),
    120_000
  )

  it.live.each(ILLNESSES)(
    "$name, during the maintenance after a commit: the commit stands (R3)",
    (illness) =>
      Effect.gen(function* () {
        const base = yield* beforePublication
        const probe = illStore(copyOf(base), illness, Number.POSITIVE_INFINITY)
        yield* openAt(probe.store, false, undefined)
        expect(yield* everywhere(base, [FIRST], illness, probe.hits(), 17)).toBeGreaterThan(4)
      }).pipe(quietly),
    120_000
  )
})
