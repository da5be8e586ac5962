/**
 * A process's connection to a memory disk: it changes the disk step by step, and is dead once the disk has crashed.
 */
import { Clock, Effect } from "effect"
import { StoreFailed } from "../errors.ts"
import type { InvalidObjectKey, Operation, StoreError } from "../errors.ts"
import { invalidKey } from "../key.ts"
import type { MemoryDisk } from "./disk.ts"

/** The URL of every store in memory. */
export const MEMORY_URL = "memory:"

/** A change of the disk that an operation is about to make. */
export interface Step {
  readonly operation: Operation
  readonly key: string
  readonly change: "visible" | "durable" | "removed"
}

/** Runs before each change of the disk; its failure stops the operation there. */
export type OnStep = (step: Step) => Effect.Effect<void, StoreError>

/** One process's connection to a disk. */
export class Session {
  readonly disk: MemoryDisk
  readonly #onStep: OnStep | undefined
  readonly #boots: number

  constructor(disk: MemoryDisk, onStep: OnStep | undefined) {
    this.disk = disk
    this.#onStep = onStep
    this.#boots = disk.boots
  }

  /** Runs an operation, unless the disk crashed since the session began. */
  alive<A, E>(operation: Operation, key: string, body: () => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> {
    return Effect.suspend((): Effect.Effect<A, E | StoreError> => {
      if (this.disk.boots === this.#boots) return body()
      const cause = new Error("the disk lost power while this store was open")
      return Effect.fail(new StoreFailed({ url: MEMORY_URL, key, operation, code: "EIO", transient: false, cause }))
    })
  }

  /** As `alive`, for an operation on a key, which is checked first (R11). */
  on<A, E>(operation: Operation, key: string, body: () => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> {
    return this.alive(operation, key, (): Effect.Effect<A, E | InvalidObjectKey> => {
      const invalid = invalidKey(key)
      return invalid === undefined ? body() : Effect.fail(invalid)
    })
  }

  /** Creates an object: visible, then durable. `false`: it exists, and is durable now. Takes the bytes over. */
  create(operation: Operation, key: string, bytes: Uint8Array): Effect.Effect<boolean, StoreError> {
    return this.on(operation, key, () =>
      Effect.gen({ self: this }, function* () {
        const modifiedMs = yield* Clock.currentTimeMillis
        const created = yield* this.#change({ operation, key, change: "visible" }, () =>
          this.disk.create(key, { bytes, modifiedMs })
        )
        yield* this.#change({ operation, key, change: "durable" }, () => this.disk.sync(key))
        return created
      })
    )
  }

  /** Replaces a hint. Takes the bytes over. */
  replace(key: string, bytes: Uint8Array): Effect.Effect<void, StoreError> {
    return this.on("put", key, () =>
      Effect.flatMap(Clock.currentTimeMillis, (modifiedMs) =>
        this.#change({ operation: "put", key, change: "visible" }, () => this.disk.replace(key, { bytes, modifiedMs }))
      )
    )
  }

  /** Removes an object. */
  remove(key: string): Effect.Effect<void, StoreError> {
    return this.on("delete", key, () =>
      this.#change({ operation: "delete", key, change: "removed" }, () => this.disk.remove(key))
    )
  }

  #change<A>(step: Step, apply: () => A): Effect.Effect<A, StoreError> {
    const changed = this.alive(step.operation, step.key, () => Effect.succeed(apply()))
    return this.#onStep === undefined ? changed : Effect.andThen(this.#onStep(step), changed)
  }
}
