/**
 * A small program over a store that uses every operation, and what must hold after it was stopped anywhere.
 */
import { Cause, Effect, Exit, Option, Stream } from "effect"
import type { StoreError } from "../../../src/store/errors.ts"
import type { NewObject, Store } from "../../../src/store/ObjectStore.ts"
import { SYNCHRONOUS_BYTES_MAX } from "../../../src/store/local/files.ts"
import { patterned, utf8 } from "./bytes.ts"

/** What is known about a key after the program was stopped. */
type Knowledge = "acknowledged" | "attempted"

/** The program's memory, outside of the store: what it was told. */
export class Ledger {
  readonly objects = new Map<string, { readonly bytes: Uint8Array; readonly knowledge: Knowledge }>()
  readonly hints = new Map<string, Array<Uint8Array>>()
  /** Keys that were created in order. */
  readonly orders: Array<ReadonlyArray<string>> = []

  attempt(key: string, bytes: Uint8Array): void {
    this.objects.set(key, { bytes, knowledge: "attempted" })
  }

  acknowledge(key: string, bytes: Uint8Array): void {
    this.objects.set(key, { bytes, knowledge: "acknowledged" })
  }
}

/** A step of the program. */
export type Step = (store: Store, ledger: Ledger) => Effect.Effect<void, StoreError>

const create =
  (key: string, bytes: Uint8Array): Step =>
  (store, ledger) =>
    Effect.suspend(() => {
      if (!ledger.objects.has(key)) ledger.attempt(key, bytes)
      return Effect.map(store.putIfAbsent(key, bytes), () => ledger.acknowledge(key, bytes))
    })

const createInOrder =
  (...objects: ReadonlyArray<NewObject>): Step =>
  (store, ledger) =>
    Effect.suspend(() => {
      ledger.orders.push(objects.map(({ key }) => key))
      for (const { bytes, key } of objects) if (!ledger.objects.has(key)) ledger.attempt(key, bytes)
      return Effect.map(store.putInOrder(objects), () => {
        for (const { bytes, key } of objects) ledger.acknowledge(key, bytes)
      })
    })

const publish =
  (key: string, bytes: Uint8Array): Step =>
  (store, ledger) =>
    Effect.scoped(
      Effect.gen(function* () {
        const staged = yield* store.stage
        yield* staged.write(bytes.subarray(0, 10))
        yield* staged.write(bytes.subarray(10))
        ledger.attempt(key, bytes)
        yield* staged.publish(key)
        ledger.acknowledge(key, bytes)
      })
    )

const hint =
  (key: string, bytes: Uint8Array): Step =>
  (store, ledger) =>
    Effect.suspend(() => {
      ledger.hints.set(key, [...(ledger.hints.get(key) ?? []), bytes])
      return store.put(key, bytes)
    })

const remove =
  (key: string): Step =>
  (store, ledger) =>
    Effect.suspend(() => {
      const object = ledger.objects.get(key)
      if (object !== undefined) ledger.attempt(key, object.bytes)
      return store.delete(key)
    })

/** Reads in every way what may or may not be there; only the store failing is a failure. */
const look =
  (key: string): Step =>
  (store) =>
    Effect.gen(function* () {
      const reads = [
        Effect.asVoid(store.get(key)),
        Effect.asVoid(store.getRange(key, { last: 3 })),
        Stream.runDrain(store.stream(key)),
        Effect.asVoid(store.head(key)),
        Stream.runDrain(store.list(key))
      ]
      for (const read of reads) {
        yield* Effect.catchTag(read, ["ObjectMissing", "ObjectRangeOutside"], () => Effect.void)
      }
    })

/** The program: as a commit does it, twice, with everything else in between. */
export const PROGRAM: ReadonlyArray<Step> = [
  create("_delta_log/0.json", utf8("entry zero")),
  publish("_blobs/ab/one", patterned(3000, 1)),
  create("1.parquet", patterned(500, 2)),
  create("_delta_log/1.json", utf8("entry one")),
  hint("_delta_log/_last", utf8("1")),
  create("_delta_log/1.json", utf8("entry one")),
  publish("_blobs/cd/two", patterned(SYNCHRONOUS_BYTES_MAX + 1, 3)),
  create("_delta_log/2.json", utf8("entry two")),
  createInOrder(
    { key: "3.parquet", bytes: patterned(700, 4) },
    { key: "_delta_log/3.json", bytes: utf8("entry three") }
  ),
  createInOrder(
    { key: "4.parquet", bytes: patterned(SYNCHRONOUS_BYTES_MAX + 1, 5) },
    { key: "_blobs/ef/4", bytes: utf8("the tree of four") },
    { key: "_delta_log/4.json", bytes: utf8("entry four") }
  ),
  look("_blobs/cd/two"),
  look("_delta_log/2.json"),
  look("_delta_log"),
  hint("_delta_log/_last", utf8("the second")),
  remove("_blobs/ab/one")
]

/** Runs the program until it fails or ends; a defect is thrown. */
export const run = (store: Store, ledger: Ledger, program = PROGRAM) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Effect.forEach(program, (step) => step(store, ledger), { discard: true }))
    if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) throw Cause.squash(exit.cause)
    return exit
  })

/** How a store may look after a crash. */
export interface Allowance {
  /** New objects may be met empty (`atomicCreate` is false). */
  readonly emptyObjects: boolean
  /** Hints may be cut short. */
  readonly cutHints: boolean
}

const isPrefix = (part: Uint8Array, whole: Uint8Array): boolean =>
  part.length <= whole.length && Buffer.compare(part, whole.subarray(0, part.length)) === 0

/** Lists what is wrong with a store after the program of `ledger` was stopped. Empty: every promise was kept. */
export const violations = (store: Store, ledger: Ledger, allowed: Allowance) =>
  Effect.gen(function* () {
    const wrong: Array<string> = []
    const listed = new Set((yield* Stream.runCollect(store.list(""))).map(({ key }) => key))
    for (const [key, { bytes, knowledge }] of ledger.objects) {
      const found = yield* Effect.option(store.get(key))
      if (listed.has(key) !== (found._tag === "Some")) wrong.push(`${key}: list and get disagree`)
      listed.delete(key)
      if (found._tag === "None") {
        if (knowledge === "acknowledged") wrong.push(`${key}: acknowledged and lost`)
        continue
      }
      const isEmptyClaim = allowed.emptyObjects && found.value.length === 0 && knowledge === "attempted"
      if (Buffer.compare(found.value, bytes) !== 0 && !isEmptyClaim) wrong.push(`${key}: torn or wrong`)
    }
    for (const keys of ledger.orders) {
      const there = yield* Effect.forEach(keys, (key) => Effect.map(store.head(key), Option.isSome))
      const first = there.indexOf(false)
      if (first !== -1 && there.includes(true, first)) wrong.push(`${keys[first]}: missing behind a later one`)
    }
    for (const [key, versions] of ledger.hints) {
      listed.delete(key)
      const found = yield* Effect.option(store.get(key))
      if (found._tag === "None" || found.value.every((byte) => byte === 0)) continue
      const { value } = found
      const isVersion = versions.some((version) => Buffer.compare(version, value) === 0)
      const isCut = versions.some((version) => isPrefix(value, version))
      if (!isVersion && !(allowed.cutHints && isCut)) wrong.push(`${key}: neither old nor new`)
    }
    for (const key of listed) wrong.push(`${key}: nobody wrote it`)
    return wrong
  })
