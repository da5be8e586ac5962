/**
 * What the suite of the contract runs against.
 */
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import type { Store } from "../../../../src/store/ObjectStore.ts"

/** A kind of store under test. */
export interface Subject {
  readonly name: string
  /** Makes an empty store, gone with the scope. */
  readonly make: Effect.Effect<Store, never, Scope.Scope>
  /** Keys that the store makes for itself. */
  readonly ownKeys?: ReadonlyArray<string>
  /** Valid keys that a server gives back as others, through no fault of the store. */
  readonly mangledKeys?: ReadonlyArray<string>
}

/** Lists the keys of a store, without those that it made for itself. */
export const keysOf = (subject: Subject, store: Store, prefix = "", startAfter?: string) =>
  Effect.map(Stream.runCollect(store.list(prefix, { startAfter })), (objects) =>
    objects.map(({ key }) => key).filter((key) => !(subject.ownKeys ?? []).includes(key))
  )
