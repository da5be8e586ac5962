/**
 * The state of a table is the same however it is read: from checkpoints and tails, by replay of everything, step by step, at any version; and it
 * is what a plain model says (D16, R6).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, HashMap, Option } from "effect"
import * as fc from "fast-check"
import type { Action } from "../../../src/delta/actions.ts"
import { HINT, logKey } from "../../../src/delta/log.ts"
import type { Log } from "../../../src/delta/log.ts"
import { openLog, refresh } from "../../../src/delta/open.ts"
import type { Snapshot } from "../../../src/delta/snapshot.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { testSeal } from "../../support/delta/seal.ts"
import { newTable } from "../../support/delta/table.ts"

/** What a commit does to a few files, applications and domains. */
interface Step {
  readonly add: ReadonlyArray<readonly [file: number, size: number]>
  readonly remove: ReadonlyArray<number>
  readonly txn: readonly [app: number, version: bigint] | null
  readonly domain: readonly [name: number, value: string | null] | null
  readonly checkpoint: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  add: fc.uniqueArray(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 9 })), { maxLength: 4, selector: ([file]) => file }),
  remove: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 4 }),
  txn: fc.option(fc.tuple(fc.nat({ max: 2 }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })), { nil: null }),
  domain: fc.option(fc.tuple(fc.nat({ max: 2 }), fc.option(fc.string(), { nil: null })), { nil: null }),
  checkpoint: fc.boolean()
})

/** The table as plain maps. */
class Model {
  readonly files: Map<string, number>
  readonly txns: Map<string, bigint>
  readonly domains: Map<string, string>
  constructor(from?: Model) {
    this.files = new Map(from?.files)
    this.txns = new Map(from?.txns)
    this.domains = new Map(from?.domains)
  }
}

const pathOf = (file: number): string => ["a", "b b", "c/d", "%", "__proto__", "ü", "x=1/y", "z"][file] ?? "z"

/** Applies a step to the model; gives the actions that do the same. */
const actionsOf = (model: Model, { add, domain, remove, txn }: Step): ReadonlyArray<Action> => {
  const actions: Array<Action> = []
  for (const file of remove) {
    const path = pathOf(file)
    if (!model.files.delete(path)) continue
    actions.push({ remove: { path: encodeURIComponent(path), dataChange: true, deletionTimestamp: 2n ** 50n } })
  }
  for (const [file, size] of add) {
    const path = pathOf(file)
    model.files.set(path, size)
    const partitionValues = new Map<string, string | null>()
    actions.push({
      add: {
        path: encodeURIComponent(path),
        partitionValues,
        size: BigInt(size),
        modificationTime: 1n,
        dataChange: true
      }
    })
  }
  if (txn !== null) {
    model.txns.set(`${txn[0]}`, txn[1])
    actions.push({ txn: { appId: `${txn[0]}`, version: txn[1] } })
  }
  if (domain !== null) {
    const [name, value] = domain
    if (value === null) model.domains.delete(`${name}`)
    else model.domains.set(`${name}`, value)
    actions.push({ domainMetadata: { domain: `${name}`, configuration: value ?? "", removed: value === null } })
  }
  return actions
}

const asModel = (snapshot: Snapshot): Model => {
  const model = new Model()
  for (const [path, { size }] of snapshot.files) model.files.set(path, Number(size))
  for (const [app, { version }] of snapshot.txns) model.txns.set(app, version)
  for (const [name, { configuration }] of snapshot.domains) model.domains.set(name, configuration)
  return model
}

const stateOf = (snapshot: Snapshot) => ({
  ...snapshot,
  files: new Map(snapshot.files),
  tombstones: new Map(snapshot.tombstones),
  txns: new Map(snapshot.txns),
  domains: new Map(snapshot.domains)
})

const check = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const log: Log = { store: memoryStore(), seal: testSeal }
    const table = yield* newTable(log)
    const model = new Model()
    const models = [new Model()]
    const states: Array<Snapshot> = [yield* table.head]
    for (const one of steps) {
      const base = yield* table.head
      const { snapshot } = yield* table.commit(base, { operation: "STEP", actions: actionsOf(model, one) })
      models.push(new Model(model))
      states.push(snapshot)
      if (one.checkpoint) yield* table.checkpoint
    }
    const last = states.length - 1
    for (const [version, expected] of models.entries()) {
      const opened = yield* openLog(log, version)
      expect(asModel(opened)).toEqual(expected)
      expect(stateOf(opened)).toEqual(stateOf(states[version] as Snapshot))
      const followed = Option.getOrUndefined(yield* refresh(log, states[version]))
      expect(stateOf(followed as Snapshot)).toEqual(stateOf(states[last] as Snapshot))
    }
    const replayed = Option.getOrUndefined(yield* refresh(log, undefined))
    expect(stateOf(replayed as Snapshot)).toEqual(stateOf(yield* openLog(log)))
    yield* log.store.delete(logKey(HINT))
    expect(stateOf(yield* openLog(log))).toEqual(stateOf(states[last] as Snapshot))
    const bytes = [...HashMap.values((states[last] as Snapshot).files)].reduce((sum, { size }) => sum + size, 0n)
    expect((states[last] as Snapshot).sizeBytes).toBe(bytes)
  })

describe("a table's state", () => {
  it("is the same by every way of reading it", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), (steps) => Effect.runPromise(check(steps))),
      { numRuns: 40 }
    ))
})
