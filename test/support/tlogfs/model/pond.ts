/**
 * A pond beside its model: every command is done to both, and both must tell the same.
 */
import { Clock, Effect, Logger, Option } from "effect"
import { expect } from "vitest"
import { writeCheckpoint } from "../../../../src/delta/checkpoint.ts"
import { openLog } from "../../../../src/delta/open.ts"
import type { Store } from "../../../../src/store/ObjectStore.ts"
import { overlayStore } from "../../../../src/store/overlay/store.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { type OpenTransaction, type Reader, Transaction } from "../../../../src/tinyfs/index.ts"
import { createPond } from "../../../../src/tlogfs/create.ts"
import { fsck } from "../../../../src/tlogfs/fsck/check.ts"
import { Pieces } from "../../../../src/tlogfs/index/pieces.ts"
import { HEAD_HINT } from "../../../../src/tlogfs/names.ts"
import { openState } from "../../../../src/tlogfs/open.ts"
import { openPersistence } from "../../../../src/tlogfs/persistence.ts"
import { pondOf, type PondInterface } from "../../../../src/tlogfs/pond.ts"
import { publish } from "../../../../src/tlogfs/publish.ts"
import { pondLog } from "../../../../src/tlogfs/table.ts"
import { carryTries } from "../../../../src/tlogfs/carry.ts"
import { vacuum } from "../../../../src/tlogfs/vacuum.ts"
import type { ContentLimits } from "../../../../src/tlogfs/content/limits.ts"
import { bytesOfStore } from "../store.ts"
import { attribute, onModel, onPond, type Operation } from "./operations.ts"
import { copyTree, type ModelNode, newNode, tell, tellTree, type Told } from "./tree.ts"

/** Limits so small that a few bytes reach blobs and packs. */
const LIMITS: ContentLimits = {
  inlineBytes: 64,
  inlineTotalBytes: 200,
  memberBytes: 20_000,
  packBytes: 40_000,
  extentBytes: 1024 * 1024,
  compressionLevel: 1
}

/** No path of the model is as long. */
const PATH_LENGTH_MAX = 16_000

class GivenUp extends Error {
  readonly _tag = "GivenUp"
}

/** What the model remembers of one transaction. */
interface Remembered {
  readonly root: string
  readonly chain: string
  readonly tree: ReadonlyArray<Told>
}

/** Everything a reader tells, all versions read. */
export const tellPond = (reader: Reader): Effect.Effect<ReadonlyArray<Told>, { readonly _tag: string }> =>
  Effect.gen(function* () {
    const all: Array<Told> = []
    const visit = (path: string): Effect.Effect<void, { readonly _tag: string }> =>
      Effect.gen(function* () {
        const node = yield* reader.stat(path, { isFollowing: false })
        const versions: Array<Uint8Array> = []
        for (let version = 1; version <= (node.content?.version ?? 0); version++) {
          versions.push(yield* reader.readBytes(path, { version }))
        }
        const { attributes, ...rest } = node
        all.push(tell(path, { ...rest, versions, attributes: Object.entries(attributes) }))
        if (node.type !== "dir") return
        for (const child of yield* reader.list(path)) {
          if (child.path === path || child.path.length > PATH_LENGTH_MAX) throw new Error(`${path} lies in itself`)
          yield* visit(child.path)
        }
      })
    yield* visit("/")
    return all
  })

/** Runs operations in a transaction; gives their answers. */
const script = (operations: ReadonlyArray<Operation>) =>
  Effect.flatMap(Transaction, (open: OpenTransaction) =>
    Effect.forEach(operations, (operation) => onPond(operation, open))
  )

/** Opens the pond in a store with small limits. */
const openSmall = (store: Store) => Effect.map(openPersistence(store, LIMITS), (all) => pondOf(all, undefined))

/** A pond, what it must hold, and what it held after each transaction. */
export class ModelledPond {
  readonly store: Store
  readonly warnings: Array<unknown> = []
  tree: ModelNode = newNode("dir")
  readonly history: Array<Remembered> = []
  offsetMs = 0
  #pond: PondInterface
  /** Another process that has the pond open all the time. */
  #other: PondInterface

  private constructor(store: Store, pond: PondInterface, other: PondInterface) {
    this.store = store
    this.#pond = pond
    this.#other = other
  }

  /** Creates a pond in an empty store. */
  static async make(store: Store): Promise<ModelledPond> {
    const open = Effect.andThen(createPond(store), Effect.all([openSmall(store), openSmall(store)]))
    const [pond, other] = await Effect.runPromise(open)
    const modelled = new ModelledPond(store, pond, other)
    await modelled.#remember(0)
    return modelled
  }

  /** Runs an effect at the time of this pond; warnings are kept. */
  run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    const nowMs = (): number => Date.now() + this.offsetMs
    const logger = Logger.make(({ message }) => this.warnings.push(message))
    return Effect.runPromise(
      Effect.clockWith((clock) =>
        Effect.provideService(effect, Clock.Clock, {
          ...clock,
          sleep: (duration) => clock.sleep(duration),
          currentTimeNanosUnsafe: () => BigInt(nowMs()) * 1_000_000n,
          currentTimeNanos: Effect.sync(() => BigInt(nowMs()) * 1_000_000n),
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
          currentTimeMillisUnsafe: nowMs,
          currentTimeMillis: Effect.sync(nowMs)
        })
      ).pipe(Effect.provide(Logger.layer([logger])))
    )
  }

  /** A transaction; one that fails at its end leaves nothing (R2). */
  async transact(operations: ReadonlyArray<Operation>, isGivenUp: boolean): Promise<void> {
    const after = copyTree(this.tree)
    const wanted = operations.map((operation) => onModel(operation, after))
    const answers: Array<ReadonlyArray<unknown>> = []
    const program = Effect.gen(function* () {
      answers.push(yield* script(operations))
      // What was changed is seen inside the transaction.
      expect(yield* tellPond(yield* Transaction)).toStrictEqual(tellTree(after))
      if (isGivenUp) return yield* Effect.fail(new GivenUp())
    })
    const before = this.history.length
    const outcome = await this.run(
      Effect.match(this.#pond.transaction(program), {
        onSuccess: ({ committed }) => committed,
        onFailure: ({ _tag }) => _tag
      })
    )
    expect(answers).toStrictEqual([wanted])
    if (isGivenUp) {
      expect(outcome).toBe("GivenUp")
      return this.check()
    }
    if (typeof outcome === "string") throw new Error(`the transaction failed with ${outcome}`)
    if (Option.isNone(outcome)) expect(tellTree(after)).toStrictEqual(tellTree(this.tree))
    else expect(outcome.value.header.txn).toBe(before)
    this.tree = after
    if (Option.isSome(outcome)) await this.#remember(before)
    await this.check()
  }

  /**
   * One transaction while another one commits: it comes to the same as first the other, then this (R2), or is a conflict and nothing. Those
   * that have nothing to do with each other never conflict.
   */
  async race(
    mine: ReadonlyArray<Operation>,
    others: ReadonlyArray<Operation>,
    options: { readonly isOneProcess: boolean; readonly isDisjoint: boolean }
  ): Promise<void> {
    const afterOthers = copyTree(this.tree)
    for (const operation of others) onModel(operation, afterOthers)
    const afterBoth = copyTree(afterOthers)
    const wanted = mine.map((operation) => onModel(operation, afterBoth))
    const winner = options.isOneProcess ? this.#pond : this.#other
    let answers: ReadonlyArray<unknown> = []
    const program = Effect.gen(function* () {
      answers = yield* script(mine)
      return yield* winner.transaction(script(others))
    })
    const outcome = await this.run(
      Effect.match(this.#pond.transaction(program), { onSuccess: (value) => value, onFailure: ({ _tag }) => _tag })
    )
    if (outcome === "TransactionConflict") {
      expect(options.isDisjoint).toBe(false)
      return this.#settle([afterOthers])
    }
    if (typeof outcome === "string") throw new Error(`the transaction failed with ${outcome}`)
    // What was read is what would have been read had the other one come first.
    if (Option.isSome(outcome.committed)) expect(answers).toStrictEqual(wanted)
    const trees = [
      ...(Option.isSome(outcome.value.committed) ? [afterOthers] : []),
      ...(Option.isSome(outcome.committed) ? [afterBoth] : [])
    ]
    await this.#settle(trees)
  }

  /** Takes over what new transactions came to. */
  async #settle(trees: ReadonlyArray<ModelNode>): Promise<void> {
    const head = await this.run(this.#pond.head)
    expect(head.view.txn).toBe(this.history.length - 1 + trees.length)
    for (const tree of trees) {
      const { view } = await this.run(this.#pond.at(this.history.length))
      this.history.push({ chain: view.chain, root: view.root, tree: tellTree(tree) })
      this.tree = tree
    }
    await this.check()
  }

  async #remember(txn: number): Promise<void> {
    const { view } = await this.run(this.#pond.head)
    expect(view.txn).toBe(txn)
    this.history.push({ root: view.root, chain: view.chain, tree: tellTree(this.tree) })
  }

  /** The newest state is that of the model. */
  async check(): Promise<void> {
    for (const pond of [this.#pond, this.#other]) {
      const head = await this.run(pond.head)
      expect(head.view.txn).toBe(this.history.length - 1)
      expect(await this.run(tellPond(head))).toStrictEqual(tellTree(this.tree))
    }
  }

  /** Every state there ever was reads as it did. */
  async checkHistory(isFresh: boolean): Promise<void> {
    const pond = isFresh ? await this.run(openSmall(this.store)) : this.#pond
    for (const [txn, { chain, root, tree }] of this.history.entries()) {
      const snapshot = await this.run(pond.at(txn))
      expect([snapshot.view.txn, snapshot.view.chain, snapshot.view.root]).toStrictEqual([txn, chain, root])
      expect(await this.run(tellPond(snapshot))).toStrictEqual(tree)
    }
  }

  /** Closes and opens again. */
  async reopen(): Promise<void> {
    this.#pond = await this.run(openSmall(this.store))
    await this.check()
  }

  /** The maintenance of another process: the tail becomes an index. */
  async publish(): Promise<void> {
    const { store } = this
    await this.run(
      Effect.gen(function* () {
        const pieces = new Pieces(store)
        const state = yield* openState(store, pieces)
        if (state.tail.transactions.length === 0) return
        const tries = yield* Effect.promise(() => carryTries(state, undefined))
        yield* publish(store, pieces, state, tries)
      })
    )
    await this.check()
  }

  /** Writes a checkpoint, as maintenance does. */
  async checkpoint(): Promise<void> {
    const log = pondLog(this.store)
    await this.run(Effect.flatMap(openLog(log), (snapshot) => writeCheckpoint(log, snapshot)))
    await this.check()
  }

  /** Removes what nothing refers to, two hours and a transaction later: nothing younger than that is in danger. */
  async vacuum(): Promise<void> {
    this.offsetMs += 2 * 60 * 60 * 1000
    await this.transact([attribute("/", "vacuum", this.history.length)], false)
    const { store } = this
    await this.run(
      Effect.gen(function* () {
        const state = yield* openState(store, new Pieces(store))
        return yield* vacuum(store, state, yield* openLog(pondLog(store)))
      })
    )
    await this.check()
  }

  /** Loses the hints: they change no answer (R6). */
  async forgetHints(): Promise<void> {
    await this.run(this.store.delete(HEAD_HINT))
    await this.run(this.store.delete("_delta_log/_last_checkpoint"))
    await this.reopen()
  }

  /** A dry run changes nothing at all, and tells what the real run will tell (R8). */
  async dryRun(operations: ReadonlyArray<Operation>): Promise<void> {
    const before = await this.run(bytesOfStore(this.store))
    const answers = await this.run(
      Effect.gen({ self: this }, function* () {
        const dry = yield* openSmall(overlayStore(this.store))
        const { value } = yield* dry.transaction(script(operations))
        return { value, tree: yield* Effect.flatMap(dry.head, tellPond) }
      })
    )
    expect(await this.run(bytesOfStore(this.store))).toStrictEqual(before)
    const after = copyTree(this.tree)
    expect(answers.value).toStrictEqual(operations.map((operation) => onModel(operation, after)))
    expect(answers.tree).toStrictEqual(tellTree(after))
    await this.transact(operations, false)
  }

  /** Nothing is wrong with any object, and nothing was warned of. */
  async fsck(): Promise<void> {
    const report = await this.run(fsck(this.store))
    expect(report.findings.filter(({ kind }) => kind !== "foreign")).toStrictEqual([])
    const { chain, root } = this.history.at(-1)!
    expect([report.txn, report.chain, report.root]).toStrictEqual([this.history.length - 1, chain, root])
    expect(this.warnings).toStrictEqual([])
  }

  /** The same tree made in another order, with other ids and in other transactions, has the same root (R7). */
  async checkRoot(): Promise<void> {
    const pond = await this.run(
      Effect.andThen((store: Store) => Effect.andThen(createPond(store), openSmall(store)))(
        Effect.sync(() => memoryStore())
      )
    )
    const build = (
      open: OpenTransaction,
      node: ModelNode,
      path: string
    ): Effect.Effect<unknown, { readonly _tag: string }> =>
      Effect.gen(function* () {
        const [newest] = node.versions.slice(-1)
        if (node.type === "dir" && path !== "/") yield* open.mkdir(path)
        if (node.type === "file") yield* open.write(path, newest!)
        if (node.type === "series") yield* open.append(path, newest!)
        if (node.type === "table-series") yield* open.addVersion(path, node.versions[0]!)
        if (node.type === "symlink") yield* open.symlink(node.target!, path)
        if (node.type === "dynamic") yield* open.configure(path, node.factory!, node.config!)
        for (const child of [...node.children.values()].toReversed()) {
          yield* build(open, child, `${path === "/" ? "" : path}/${child.name}`)
        }
        if (node.type !== "symlink") yield* open.setAttributes(path, Object.fromEntries(node.attributes))
      })
    const further = (node: ModelNode, path: string): Effect.Effect<unknown, { readonly _tag: string }> =>
      Effect.gen(function* () {
        if (node.type === "table-series") {
          for (const bytes of node.versions.slice(1)) {
            yield* pond.transaction(Effect.flatMap(Transaction, (open) => open.addVersion(path, bytes)))
          }
        }
        for (const child of node.children.values()) yield* further(child, `${path === "/" ? "" : path}/${child.name}`)
      })
    await this.run(pond.transaction(Effect.flatMap(Transaction, (open) => build(open, this.tree, "/"))))
    await this.run(further(this.tree, "/"))
    expect((await this.run(pond.head)).view.root).toBe(this.history.at(-1)!.root)
  }
}
