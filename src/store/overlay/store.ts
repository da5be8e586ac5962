/**
 * A dry run's store: reads see the base below and the plan on top; writes only ever reach the plan (R8).
 *
 * Conditional writes are decided here as the base would decide them. The base gets no write at all: no probe, no directory, no
 * lock. Memory stays bounded (R9): see `planned.ts` for what keeps its bytes, and `reread.ts` for reading back what does not.
 */
import { Clock, Effect, Option, Stream } from "effect"
import { chunksOf, concat } from "../bytes.ts"
import { ObjectMissing, ObjectRangeOutside, StoreReadOnly } from "../errors.ts"
import type { Operation, StoreError } from "../errors.ts"
import { compareKeys, invalidKey } from "../key.ts"
import type { ListedObject, ObjectInfo, StagedObject, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { resolveRange } from "../range.ts"
import type { ByteRange, Span } from "../range.ts"
import { Draft, Plan } from "./planned.ts"
import type { Content, Planned } from "./planned.ts"
import { rereadNothing, rereadSpan } from "./reread.ts"
import type { Reread } from "./reread.ts"

/** What the operations of one overlay share. */
interface Overlay {
  readonly base: Store
  readonly plan: Plan
  readonly reread: Reread
}

const infoOf = ({ sizeBytes, modifiedMs }: Planned): ObjectInfo => ({ sizeBytes, modifiedMs })

const contentOf = (bytes: Uint8Array): Content => {
  const draft = new Draft()
  draft.write(bytes)
  return draft.content()
}

/** Runs a write on a valid key, unless the base refuses all writes: the real run would be refused too. */
const writing = <A>(
  { base }: Overlay,
  operation: Operation,
  key: string,
  body: (nowMs: number) => Effect.Effect<A, StoreError>
): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    const invalid = invalidKey(key)
    if (invalid !== undefined) return Effect.fail(invalid)
    if (!base.capabilities.readOnly) return Effect.flatMap(Clock.currentTimeMillis, body)
    const cause = new Error("the store is read-only")
    return Effect.fail(new StoreReadOnly({ url: base.url, key, operation, code: "EROFS", cause }))
  })

const create = (overlay: Overlay, operation: Operation, key: string, sizeBytes: number, content: () => Content) =>
  writing(overlay, operation, key, (modifiedMs) =>
    Effect.gen(function* () {
      const { base, plan } = overlay
      const isBelow = !plan.covers(key) && Option.isSome(yield* base.head(key))
      if (isBelow || plan.get(key) !== undefined) return false
      plan.set(key, { sizeBytes, modifiedMs, content: content() })
      return true
    })
  )

const staged = (overlay: Overlay): StagedObject => {
  const draft = new Draft()
  return {
    write: (bytes) => Effect.sync(() => draft.write(bytes)),
    publish: (key) => Effect.suspend(() => create(overlay, "publish", key, draft.sizeBytes, () => draft.content()))
  }
}

/** Streams a span of a planned object. */
const streamPlanned = (
  { base, reread }: Overlay,
  key: string,
  { sizeBytes, content }: Planned,
  span: Span
): Stream.Stream<Uint8Array, StoreError> =>
  "bytes" in content
    ? Stream.fromIterable(chunksOf(content.bytes.subarray(span.start, span.end)), { chunkSize: 1 })
    : rereadSpan(base.url, { key, sizeBytes, hash: content.hash }, span, reread)

/** Streams a key: from the plan where it decides, from the base otherwise. */
const stream = (overlay: Overlay, key: string, range: ByteRange | undefined) =>
  Stream.suspend(() => {
    const { base, plan } = overlay
    if (!plan.covers(key)) return base.stream(key, range)
    const planned = plan.get(key)
    if (planned === undefined) return Stream.fail(new ObjectMissing({ url: base.url, key }))
    const span = resolveRange(range, { url: base.url, key, sizeBytes: planned.sizeBytes })
    return span instanceof ObjectRangeOutside ? Stream.fail(span) : streamPlanned(overlay, key, planned, span)
  })

const collect = <E>(chunks: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Effect.map(Stream.runCollect(chunks), concat)

/** Puts the plan's objects between the base's, and leaves out what the plan replaced or removed. */
const merged = (
  plan: Plan,
  planned: ReadonlyArray<ListedObject>,
  below: Stream.Stream<ListedObject, StoreError>
): Stream.Stream<ListedObject, StoreError> =>
  Stream.suspend(() => {
    let next = 0
    const plannedBefore = (key: string): ReadonlyArray<ListedObject> => {
      const from = next
      while (next < planned.length && compareKeys((planned[next] as ListedObject).key, key) < 0) next++
      return planned.slice(from, next)
    }
    const between = Stream.map(below, (object) =>
      plan.covers(object.key) ? plannedBefore(object.key) : [...plannedBefore(object.key), object]
    )
    return Stream.concat(
      Stream.flattenIterable(between),
      Stream.suspend(() => Stream.fromIterable(planned.slice(next)))
    )
  })

/** Lays a dry run over a store. `reread` produces bytes that were planned and not kept; without it reading them is an error. */
export const overlayStore = (base: Store, options: { readonly reread?: Reread } = {}): Store => {
  const overlay: Overlay = { base, plan: new Plan(), reread: options.reread ?? rereadNothing(base.url) }
  const { plan } = overlay
  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    create(overlay, "putIfAbsent", key, bytes.length, () => contentOf(bytes))
  return {
    url: base.url,
    capabilities: base.capabilities,
    get: (key) =>
      Effect.suspend(() => {
        if (!plan.covers(key)) return base.get(key)
        // The whole object always lies inside itself: a range error here is a bug.
        return Effect.catchTag(collect(stream(overlay, key, undefined)), "ObjectRangeOutside", Effect.die)
      }),
    getRange: (key, range) =>
      Effect.suspend(() => (plan.covers(key) ? collect(stream(overlay, key, range)) : base.getRange(key, range))),
    stream: (key, range) => stream(overlay, key, range),
    head: (key) =>
      Effect.suspend(() =>
        plan.covers(key) ? Effect.succeed(Option.map(Option.fromUndefinedOr(plan.get(key)), infoOf)) : base.head(key)
      ),
    list: (prefix, { startAfter } = {}) =>
      Stream.suspend(() => merged(plan, plan.list({ prefix, startAfter }), base.list(prefix, { startAfter }))),
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: Effect.sync(() => staged(overlay)),
    put: (key, bytes) =>
      writing(overlay, "put", key, (modifiedMs) =>
        Effect.sync(() => plan.set(key, { sizeBytes: bytes.length, modifiedMs, content: contentOf(bytes) }))
      ),
    delete: (key) => writing(overlay, "delete", key, () => Effect.sync(() => plan.remove(key))),
    // What the dry run itself left is in memory: what the real one will find lies in the base.
    sweep: (ageMs) => base.sweep(ageMs, true)
  }
}
