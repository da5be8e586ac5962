/**
 * A part of a store as a store of its own: all keys under one prefix.
 */
import { Effect, Stream } from "effect"
import type { Store } from "./ObjectStore.ts"

/** The part of `base` whose keys begin with `prefix`, which ends with a slash. Leftovers of writers are swept in all of `base`. */
export const storeWithin = (base: Store, prefix: string): Store => {
  const keyOf = (key: string): string => `${prefix}${key}`
  return {
    url: `${base.url.replace(/\/$/u, "")}/${prefix.slice(0, -1)}`,
    capabilities: base.capabilities,
    get: (key) => base.get(keyOf(key)),
    getRange: (key, range) => base.getRange(keyOf(key), range),
    stream: (key, range) => base.stream(keyOf(key), range),
    head: (key) => base.head(keyOf(key)),
    putIfAbsent: (key, bytes) => base.putIfAbsent(keyOf(key), bytes),
    putInOrder: (objects) => base.putInOrder(objects.map(({ bytes, key }) => ({ key: keyOf(key), bytes }))),
    stage: Effect.map(base.stage, ({ publish, write }) => ({ write, publish: (key) => publish(keyOf(key)) })),
    put: (key, bytes) => base.put(keyOf(key), bytes),
    list: (inner, { startAfter } = {}) =>
      base
        .list(keyOf(inner), startAfter === undefined ? {} : { startAfter: keyOf(startAfter) })
        .pipe(Stream.map((object) => ({ ...object, key: object.key.slice(prefix.length) }))),
    delete: (key) => base.delete(keyOf(key)),
    sweep: base.sweep
  }
}
