/**
 * Any sequence of transactions, races, reopenings and maintenance leaves a pond that tells what a plain tree in memory tells, now and at
 * every transaction there was (R1, R2, R6, R7, R8).
 *
 * `POND_ROUNDS` multiplies the number of runs.
 */
import { describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { Folder } from "../../support/pond.ts"
import { aCrowd, aRace, someOperations } from "../../support/tlogfs/model/arbitrary.ts"
import { ModelledPond } from "../../support/tlogfs/model/pond.ts"

const ROUNDS = Number(process.env["POND_ROUNDS"] ?? 1)

const DAY_MS = 24 * 60 * 60 * 1000

/** The model of fast-check is in the subject already: the real thing and the model are compared by it. */
class Command implements fc.AsyncCommand<Record<string, never>, ModelledPond> {
  readonly #name: string
  readonly run: (model: Record<string, never>, pond: ModelledPond) => Promise<void>
  constructor(name: string, act: (pond: ModelledPond) => Promise<void>) {
    this.#name = name
    this.run = (_, pond) => act(pond)
  }
  check(): boolean {
    return true
  }
  toString(): string {
    return this.#name
  }
}

const named = (operations: ReadonlyArray<{ readonly name: string }>): string =>
  operations.map(({ name }) => name).join("; ")

const transaction = fc
  .tuple(someOperations, fc.integer({ min: 0, max: 9 }))
  .map(
    ([all, chance]) =>
      new Command(`transaction${chance === 0 ? " given up" : ""}: ${named(all)}`, (pond) =>
        pond.transact(all, chance === 0)
      )
  )

const race = aRace.map(({ isDisjoint, isOneProcess, mine, others }) => {
  const how = `${isOneProcess ? "one process" : "two processes"}${isDisjoint ? ", apart" : ""}`
  const name = `race (${how}): ${named(mine)} AFTER ${named(others)}`
  return new Command(name, (pond) => pond.race(mine, others, { isDisjoint, isOneProcess }))
})

const commands = fc.commands(
  [
    // The likelier ones stand here several times: every one of the list is as likely as every other.
    ...Array.from({ length: 5 }, () => transaction),
    ...Array.from({ length: 2 }, () => race),
    someOperations.map((all) => new Command(`dry run: ${named(all)}`, (pond) => pond.dryRun(all))),
    aCrowd.map((all) => new Command(`transaction: ${named(all)}`, (pond) => pond.transact(all, false))),
    ...Array.from({ length: 2 }, () => fc.constant(new Command("publish", (pond) => pond.publish()))),
    fc.constant(new Command("reopen", (pond) => pond.reopen())),
    fc.constant(new Command("checkpoint", (pond) => pond.checkpoint())),
    fc.constant(new Command("vacuum", (pond) => pond.vacuum())),
    fc
      .constantFrom(-DAY_MS, 3650 * DAY_MS)
      .map((jumpMs) => new Command(`clock ${jumpMs}`, async (pond) => void (pond.offsetMs += jumpMs))),
    fc.constant(new Command("forget hints", (pond) => pond.forgetHints())),
    fc.constant(new Command("history", (pond) => pond.checkHistory(false)))
  ],
  { maxCommands: 25 }
)

const holds = async (store: Store, all: Iterable<fc.AsyncCommand<Record<string, never>, ModelledPond>>) => {
  const pond = await ModelledPond.make(store)
  await fc.asyncModelRun(() => ({ model: {}, real: pond }), all)
  await pond.checkHistory(false)
  await pond.checkHistory(true)
  await pond.fsck()
  await pond.checkRoot()
}

describe("a pond beside a tree in memory", () => {
  it(
    "tells the same in a store in memory (R1, R2, R6, R7, R8)",
    async () => {
      await fc.assert(
        fc.asyncProperty(commands, (all) => holds(memoryStore(), all)),
        { numRuns: 35 * ROUNDS }
      )
    },
    60_000 * ROUNDS
  )

  it(
    "tells the same in a local directory (R1, R2, R6, R7, R8)",
    async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (all) => {
          using folder = new Folder()
          await holds(localStore(folder.path), all)
        }),
        { numRuns: 3 * ROUNDS }
      )
    },
    60_000 * ROUNDS
  )
})
