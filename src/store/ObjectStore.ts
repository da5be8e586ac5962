/**
 * The store of objects: everything Pond keeps lies in one, as immutable named bytes and a few replaceable hints.
 *
 * The contract, kept by every store and every decorator and checked by one conformance suite:
 * - **Whole or absent.** An object is visible whole or not at all. Nothing is overwritten except by `put` (R2).
 * - **Durable.** When `putIfAbsent` or `publish` has answered, `true` or `false`, the object under the key survives
 *   kill -9 and power loss where `capabilities.durable` says so (R3). A failure leaves it open whether the object exists.
 * - **Hints.** `put` and `delete` may be undone by a power cut; a hint may then even be cut short (R6).
 * - **Private.** Keys are checked once, nothing outside the root is touched (R11).
 * - **Exact.** A range is answered in full or with an error; lists are in the order of UTF-8 bytes.
 * - A key is never the directory of another key (`a` and `a/b`): file systems could not hold both.
 *
 * A store does not check hashes: whoever reads does (R4).
 */
import { Context } from "effect"
import type { Effect, Option, Scope, Stream } from "effect"
import type { ObjectMissing, ObjectRangeOutside, StoreError } from "./errors.ts"
import type { ByteRange } from "./range.ts"

/** What a store can do; callers choose their ways by it. */
export interface Capabilities {
  /** "Create only if absent" is decided atomically among all writers. */
  readonly conditionalPut: boolean
  /** What was acknowledged survives a power cut. */
  readonly durable: boolean
  /** Every write is refused. */
  readonly readOnly: boolean
  /** Requests take milliseconds: ask for several things at once. */
  readonly remote: boolean
  /**
   * New objects appear whole. `false` (a file system without hard links, known after the first write): a new object may be seen
   * empty for a moment, and stays empty when its writer dies in that moment; creating it then fails until it is deleted.
   * An object that is empty on purpose cannot be told from such a one there.
   */
  readonly atomicCreate: boolean
}

/** Size and time of an object. `modifiedMs` is the medium's clock, in milliseconds since 1970; order never rests on it. */
export interface ObjectInfo {
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** One object of a list. */
export interface ListedObject extends ObjectInfo {
  readonly key: string
}

/**
 * An object being written before its name is known (a name may be the hash of the bytes). Invisible until published; when
 * its scope closes unpublished, nothing is left. Used by one fiber at a time.
 */
export interface StagedObject {
  /** Adds bytes at the end. The caller may reuse `bytes` afterwards. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /**
   * Makes all written bytes the object `key`, durably, if that key is absent: `true`. `false`: it exists already, nothing was
   * changed. The last thing done with a staged object, whatever the answer.
   */
  readonly publish: (key: string) => Effect.Effect<boolean, StoreError>
}

/** An object that is to be created. */
export interface NewObject {
  readonly key: string
  readonly bytes: Uint8Array
}

/** The operations of a store of objects; the contract is this module's header. */
export interface Store {
  /** The place, for messages: without credentials or query. */
  readonly url: string
  readonly capabilities: Capabilities
  /** Reads a whole object. The bytes belong to the caller. */
  readonly get: (key: string) => Effect.Effect<Uint8Array, ObjectMissing | StoreError>
  /** Reads exactly the bytes of a range. The bytes belong to the caller. */
  readonly getRange: (
    key: string,
    range: ByteRange
  ) => Effect.Effect<Uint8Array, ObjectMissing | ObjectRangeOutside | StoreError>
  /** Reads an object, or a range of it, in chunks of at most 1 MiB. */
  readonly stream: (
    key: string,
    range?: ByteRange
  ) => Stream.Stream<Uint8Array, ObjectMissing | ObjectRangeOutside | StoreError>
  /** Looks an object up without reading it. */
  readonly head: (key: string) => Effect.Effect<Option.Option<ObjectInfo>, StoreError>
  /** Creates an object, durably: `true`. `false`: the key exists (durably), and nothing was changed. */
  readonly putIfAbsent: (key: string, bytes: Uint8Array) => Effect.Effect<boolean, StoreError>
  /**
   * Creates objects, each as `putIfAbsent` would, and answers for the last one. None is visible before all ahead of it are durable. A failure
   * names the object by its key; those behind it do not exist, those ahead of it may.
   */
  readonly putInOrder: (objects: ReadonlyArray<NewObject>) => Effect.Effect<boolean, StoreError>
  /** Begins an object whose name is known only at the end. */
  readonly stage: Effect.Effect<StagedObject, StoreError, Scope.Scope>
  /** Creates or replaces a hint: readers see the old or the new one whole. May be lost or cut short by a power cut. */
  readonly put: (key: string, bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /** Lists the objects whose keys begin with `prefix` and sort after `startAfter`, in the order of UTF-8 bytes. */
  readonly list: (
    prefix: string,
    options?: { readonly startAfter?: string | undefined }
  ) => Stream.Stream<ListedObject, StoreError>
  /** Removes an object; an absent one is fine. May be undone by a power cut. */
  readonly delete: (key: string) => Effect.Effect<void, StoreError>
  /** Removes what writers that died before publishing left behind, if older than `ageMs`; tells how many. `isDry` only counts. */
  readonly sweep: (ageMs: number, isDry?: boolean) => Effect.Effect<number, StoreError>
}

/** The service of one store: the pond's own. Remotes are values of type `Store`. */
export class ObjectStore extends Context.Service<ObjectStore, Store>()("pond/store/ObjectStore") {}
