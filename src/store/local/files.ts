/**
 * What the operations of one local store share: its root, its calls, and the way from a thrown system error to a typed one.
 */
import { Effect } from "effect"
import type { Operation, StoreError } from "../errors.ts"
import { invalidKey } from "../key.ts"
import type { FileCalls } from "./calls.ts"
import { Directories } from "./directories.ts"
import { storeFailure } from "./failure.ts"
import { Placement } from "./place.ts"
import { Temporary } from "./temporary.ts"
import { randomToken } from "./token.ts"

/** Transfers up to this size are made synchronously: the thread pool costs more than it saves. */
export const SYNCHRONOUS_BYTES_MAX = 256 * 1024

/** The files of one local store. */
export class Files {
  readonly root: string
  readonly calls: FileCalls
  readonly directories: Directories
  readonly placement: Placement
  readonly #writer = randomToken()
  #temporaries = 0

  /** `root` is an absolute path. */
  constructor(root: string, calls: FileCalls) {
    this.root = root
    this.calls = calls
    this.directories = new Directories(calls, root)
    this.placement = new Placement(calls)
  }

  /** Creates a file in the staging folder, under a name that no other writer uses. */
  temporary(): Temporary {
    return new Temporary(this.calls, this.directories, `${this.#writer}-${this.#temporaries++}`)
  }

  /** Runs file calls; what they throw becomes the typed error of the operation. */
  attempt<A, E, R>(operation: Operation, key: string, body: () => Effect.Effect<A, E, R>) {
    return Effect.suspend((): Effect.Effect<A, E | StoreError, R> => {
      try {
        return body()
      } catch (cause) {
        return Effect.fail(storeFailure({ url: this.root, key, operation }, cause))
      }
    })
  }

  /** As `attempt`, for an operation on a key, which is checked first (R11). */
  attemptKey<A, E, R>(operation: Operation, key: string, body: () => Effect.Effect<A, E, R>) {
    return this.attempt(operation, key, (): Effect.Effect<A, E | StoreError, R> => {
      const invalid = invalidKey(key)
      return invalid === undefined ? body() : Effect.fail(invalid)
    })
  }

  /**
   * Runs asynchronous file calls. Interruption waits for them: the system still uses their buffers and descriptors. `key` is asked when they have
   * failed, where it is known only then.
   */
  attemptAsync<A>(
    operation: Operation,
    key: string | (() => string),
    body: () => Promise<A>
  ): Effect.Effect<A, StoreError> {
    const place = () => ({ url: this.root, key: typeof key === "string" ? key : key(), operation })
    return Effect.uninterruptible(Effect.tryPromise({ try: body, catch: (cause) => storeFailure(place(), cause) }))
  }
}
