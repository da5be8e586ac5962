/**
 * One place through which every request to a store passes: what counting and fault injection are made of.
 */
import { Effect } from "effect"
import type { Stream } from "effect"
import type { Operation, StoreError } from "./errors.ts"
import type { StagedObject, Store } from "./ObjectStore.ts"
import { oneByOne } from "./order.ts"

/** A request as it is made: `sentBytes` is what it carries to the store; `key` is "" where there is none, a list's its prefix. */
export interface Request {
  readonly operation: Operation
  readonly key: string
  readonly sentBytes: number
}

/** What happens around requests. */
export interface Interceptor {
  /** Around a request with one answer. */
  readonly one: <A, E, R>(request: Request, run: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
  /** Around a request with a stream of answers. */
  readonly many: <A, E>(request: Request, run: Stream.Stream<A, E>) => Stream.Stream<A, E | StoreError>
}

/** Wraps a store so that every request, those of staged objects included, passes the interceptor when it is run. */
export const intercept = (store: Store, { one, many }: Interceptor): Store => {
  const request = (operation: Operation, key: string, sentBytes = 0): Request => ({ operation, key, sentBytes })
  const staged = (object: StagedObject): StagedObject => ({
    write: (bytes) => one(request("write", "", bytes.length), object.write(bytes)),
    publish: (key) => one(request("publish", key), object.publish(key))
  })
  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    one(request("putIfAbsent", key, bytes.length), store.putIfAbsent(key, bytes))
  return {
    url: store.url,
    capabilities: store.capabilities,
    get: (key) => one(request("get", key), store.get(key)),
    getRange: (key, range) => one(request("getRange", key), store.getRange(key, range)),
    stream: (key, range) => many(request("stream", key), store.stream(key, range)),
    head: (key) => one(request("head", key), store.head(key)),
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: Effect.map(one(request("stage", ""), store.stage), staged),
    put: (key, bytes) => one(request("put", key, bytes.length), store.put(key, bytes)),
    list: (prefix, options) => many(request("list", prefix), store.list(prefix, options)),
    delete: (key) => one(request("delete", key), store.delete(key)),
    sweep: (ageMs, isDry) => one(request("sweep", ""), store.sweep(ageMs, isDry))
  }
}
