/**
 * Any programs, side by side, with parts that fail by themselves, leave a pond in memory that tells what a plain tree
 * tells, now and at every transaction there was; its root is that of a pond in a store that was given the same (R2,
 * R7).
 */
import { describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as fc from "fast-check"
import { expect } from "vitest"
import { memoryStore } from "../../../src/store/memory/store.ts"
import {
  applyAll,
  EMPTY_TREE,
  layerMemory,
  type OpenTransaction,
  Persistence,
  Reader,
  runTransaction,
  Transaction
} from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { openPersistence } from "../../../src/tlogfs/persistence.ts"
import { fullRoot } from "../../support/tinyfs/root.ts"
import { aRace, someOperations } from "../../support/tlogfs/model/arbitrary.ts"
import { onModel, onPond, type Operation } from "../../support/tlogfs/model/operations.ts"
import { tellPond } from "../../support/tlogfs/model/pond.ts"
import { copyTree, type ModelNode, newNode, tellTree, type Told } from "../../support/tlogfs/model/tree.ts"

/** A part of a program: its operations, all undone when it fails. */
interface Part {
  readonly operations: ReadonlyArray<Operation>
  readonly isFailing: boolean
}

type Run = (program: (open: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>) => Promise<unknown>

const runOn =
  (persistence: Persistence["Service"]): Run =>
  (program) =>
    Effect.runPromise(
      Effect.match(runTransaction(persistence, Effect.flatMap(Transaction, program)), {
        onSuccess: ({ committed }) => (Option.isSome(committed) ? "committed" : "nothing"),
        onFailure: ({ _tag }) => _tag
      })
    )

/** Restores the model to an earlier state without changing who it is. */
const restore = (tree: ModelNode, saved: ModelNode): void => {
  tree.children.clear()
  for (const [name, child] of saved.children) {
    child.parent = tree
    tree.children.set(name, child)
  }
  tree.attributes.clear()
  for (const [key, value] of saved.attributes) tree.attributes.set(key, value)
}

/** A deep copy that keeps what was committed before as it is counted now. */
const snapshot = (node: ModelNode): ModelNode => {
  const copy = copyTree(node)
  const count = (to: ModelNode, from: ModelNode): void => {
    to.committed = from.committed
    for (const [name, child] of to.children) count(child, from.children.get(name)!)
  }
  count(copy, node)
  return copy
}

/** Runs parts on the model; gives the answers. */
const partsOnModel = (tree: ModelNode, parts: ReadonlyArray<Part>): ReadonlyArray<unknown> =>
  parts.flatMap(({ isFailing, operations }) => {
    const saved = snapshot(tree)
    const answers = operations.map((operation) => onModel(operation, tree))
    if (isFailing) restore(tree, saved)
    return answers
  })

const partsOnPond = (open: OpenTransaction, parts: ReadonlyArray<Part>) =>
  Effect.forEach(parts, ({ isFailing, operations }) => {
    const answers: Array<unknown> = []
    const part = Effect.gen(function* () {
      for (const operation of operations) answers.push(yield* onPond(operation, open))
      if (isFailing) return yield* Effect.fail({ _tag: "PartFailed" })
    })
    return Effect.as(Effect.ignore(open.attempt(part)), answers)
  }).pipe(Effect.map((answers) => answers.flat()))

/** What is remembered of a transaction. */
interface Remembered {
  readonly root: string
  readonly told: ReadonlyArray<Told>
}

const someParts = fc.array(
  fc.record({ operations: someOperations, isFailing: fc.integer({ max: 3, min: 0 }).map((chance) => chance === 0) }),
  { minLength: 1, maxLength: 3 }
)

const view = (persistence: Persistence["Service"], txn?: number) =>
  Effect.runPromise(txn === undefined ? persistence.head : persistence.at(txn))

describe("a pond in memory beside a plain tree", () => {
  it("tells the same, also where parts of programs failed, and has the root of a pond in a store (R2, R7)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someParts, { maxLength: 8 }), async (programs) => {
        const memory = await Effect.runPromise(Effect.provide(Persistence, layerMemory))
        const store = memoryStore()
        const stored = await Effect.runPromise(Effect.andThen(createPond(store), openPersistence(store)))
        let tree = newNode("dir")
        const remembered: Array<Remembered> = [{ root: (await view(memory)).root, told: tellTree(tree) }]
        for (const parts of programs) {
          const after = copyTree(tree)
          const wanted = partsOnModel(after, parts)
          const outcomes = await Promise.all(
            [memory, stored].map((persistence) =>
              runOn(persistence)((open) =>
                Effect.gen(function* () {
                  expect(yield* partsOnPond(open, parts)).toStrictEqual(wanted)
                  expect(yield* tellPond(open)).toStrictEqual(tellTree(after))
                })
              )
            )
          )
          const head = await view(memory)
          expect(outcomes).toStrictEqual(
            head.txn === remembered.length ? ["committed", "committed"] : ["nothing", "nothing"]
          )
          tree = after
          expect([head.root, head.root]).toStrictEqual([
            await Effect.runPromise(fullRoot(head)),
            (await view(stored)).root
          ])
          if (head.txn === remembered.length) remembered.push({ root: head.root, told: tellTree(tree) })
          else expect(remembered.at(-1)!.told).toStrictEqual(tellTree(tree))
        }
        for (const [txn, { root, told }] of remembered.entries()) {
          const past = await view(memory, txn)
          expect(past.root).toBe(root)
          expect(await Effect.runPromise(tellPond(new Reader(past)))).toStrictEqual(told)
        }
      }),
      { numRuns: 60 }
    )
  })

  it("comes to the same as one transaction after the other, or is a conflict and nothing (R2)", async () => {
    await fc.assert(
      fc.asyncProperty(someOperations, aRace, async (first, { isDisjoint, mine, others }) => {
        const memory = await Effect.runPromise(Effect.provide(Persistence, layerMemory))
        const run = runOn(memory)
        const tree = newNode("dir")
        const all = (operations: ReadonlyArray<Operation>) => (open: OpenTransaction) =>
          Effect.forEach(operations, (operation) => onPond(operation, open))
        await run(all(first))
        for (const operation of first) onModel(operation, tree)
        const afterOthers = copyTree(tree)
        for (const operation of others) onModel(operation, afterOthers)
        const afterBoth = copyTree(afterOthers)
        const wanted = mine.map((operation) => onModel(operation, afterBoth))
        let answers: ReadonlyArray<unknown> = []
        const outcome = await run((open) =>
          Effect.gen(function* () {
            answers = yield* all(mine)(open)
            yield* Effect.promise(() => run(all(others)))
          })
        )
        if (outcome === "committed") expect(answers).toStrictEqual(wanted)
        else expect(["nothing", "TransactionConflict"]).toContain(outcome)
        if (isDisjoint) expect(outcome).not.toBe("TransactionConflict")
        const now = await Effect.runPromise(tellPond(new Reader(await view(memory))))
        expect(now).toStrictEqual(tellTree(outcome === "committed" ? afterBoth : afterOthers))
      }),
      { numRuns: 300 }
    )
  })

  it("has events that can be applied one after the other, each by itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someOperations, { maxLength: 4 }), async (programs) => {
        const memory = await Effect.runPromise(Effect.provide(Persistence, layerMemory))
        let tree = EMPTY_TREE
        for (const operations of programs) {
          const { committed } = await Effect.runPromise(
            runTransaction(
              memory,
              Effect.flatMap(Transaction, (open) => Effect.forEach(operations, (operation) => onPond(operation, open)))
            )
          )
          for (const { events } of Option.toArray(committed)) {
            const result = applyAll(tree, events)
            expect(result).toMatchObject({ _tag: "Success" })
            if (result._tag === "Success") tree = result.success
          }
        }
      }),
      { numRuns: 150 }
    )
  })
})
