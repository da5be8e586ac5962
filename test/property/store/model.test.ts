/**
 * Any sequence of operations gives the same answers as a sorted map, on every store; and on an overlay whose lower part was written
 * before.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as fc from "fast-check"
import type { ObjectMissing, ObjectRangeOutside, StoreError } from "../../../src/store/errors.ts"
import { compareKeys } from "../../../src/store/key.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { overlayStore } from "../../../src/store/overlay/store.ts"
import { resolveRange } from "../../../src/store/range.ts"
import type { ByteRange } from "../../../src/store/range.ts"
import { collected } from "../../support/store/bytes.ts"
import type { Subject } from "../../support/store/contract/subject.ts"
import { decorated, local, localWithoutLinks, memory } from "../../support/store/subjects.ts"

type Failure = ObjectMissing | ObjectRangeOutside | StoreError

/** An operation as data: what to do with a store, and what a map answers. */
interface Operation {
  readonly name: string
  readonly onStore: (store: Store) => Effect.Effect<unknown, Failure>
  readonly onMap: (map: Map<string, Uint8Array>) => unknown
}

const KEYS = ["a", "a-b", "b/1", "b/2", "b.c/x", "c/d/e", "c/d/f", "😀", "ｚ"]
const key = fc.constantFrom(...KEYS)
/** Where names are claimed first, an empty object cannot be told from one that is being created: there they have a byte at least. */
const contents = (minLength: number) => fc.uint8Array({ minLength, maxLength: 20 })
const range: fc.Arbitrary<ByteRange> = fc.oneof(
  fc.record({ start: fc.nat(22), end: fc.option(fc.nat(22), { nil: undefined }) }),
  fc.record({ last: fc.nat(22) })
)
const prefix = fc.constantFrom("", "a", "b/", "b", "c/d/", "c/d/e", "x")
const startAfter = fc.option(fc.constantFrom(...KEYS, "", "b/", "c"), { nil: undefined })

const tagOf = (error: Failure): string => error._tag

const putIfAbsent = (minLength: number) =>
  fc.tuple(key, contents(minLength)).map(([name, content]): Operation => ({
    name: `putIfAbsent ${name} [${content}]`,
    onStore: (store) => store.putIfAbsent(name, content),
    onMap: (map) => !map.has(name) && map.set(name, content) === map
  }))

const publish = (minLength: number) =>
  fc.tuple(key, fc.array(contents(minLength), { minLength, maxLength: 4 })).map(([name, parts]): Operation => ({
    name: `publish ${name} [${parts.join("|")}]`,
    onStore: (store) =>
      Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          for (const part of parts) yield* staged.write(part)
          return yield* staged.publish(name)
        })
      ),
    onMap: (map) => !map.has(name) && map.set(name, new Uint8Array(parts.flatMap((part) => [...part]))) === map
  }))

const put = (minLength: number) =>
  fc.tuple(key, contents(minLength)).map(([name, content]): Operation => ({
    name: `put ${name} [${content}]`,
    onStore: (store) => store.put(name, content),
    onMap: (map) => void map.set(name, content)
  }))

const remove = key.map((name): Operation => ({
  name: `delete ${name}`,
  onStore: (store) => store.delete(name),
  onMap: (map) => void map.delete(name)
}))

const get = key.map((name): Operation => ({
  name: `get ${name}`,
  onStore: (store) => store.get(name),
  onMap: (map) => map.get(name) ?? "ObjectMissing"
}))

const getRange = fc.tuple(key, range, fc.boolean()).map(([name, wanted, isStreamed]): Operation => ({
  name: `${isStreamed ? "stream" : "getRange"} ${name} ${JSON.stringify(wanted)}`,
  onStore: (store) => (isStreamed ? collected(store.stream(name, wanted)) : store.getRange(name, wanted)),
  onMap: (map) => {
    const content = map.get(name)
    if (content === undefined) return "ObjectMissing"
    const span = resolveRange(wanted, { url: "", key: name, sizeBytes: content.length })
    return "_tag" in span ? "ObjectRangeOutside" : content.slice(span.start, span.end)
  }
}))

const head = key.map((name): Operation => ({
  name: `head ${name}`,
  onStore: (store) =>
    Effect.map(
      store.head(name),
      Option.map(({ sizeBytes }) => sizeBytes)
    ),
  onMap: (map) => Option.map(Option.fromUndefinedOr(map.get(name)), ({ length }) => length)
}))

const list = (ownKeys: ReadonlyArray<string>) =>
  fc.tuple(prefix, startAfter).map(([begin, after]): Operation => ({
    name: `list ${JSON.stringify(begin)} after ${JSON.stringify(after)}`,
    onStore: (store) =>
      Effect.map(Stream.runCollect(store.list(begin, { startAfter: after })), (objects) =>
        objects.flatMap(({ key: name, sizeBytes }) => (ownKeys.includes(name) ? [] : [`${name} ${sizeBytes}`]))
      ),
    onMap: (map) =>
      [...map]
        .filter(([name]) => name.startsWith(begin) && (after === undefined || compareKeys(name, after) > 0))
        .toSorted(([left], [right]) => compareKeys(left, right))
        .map(([name, content]) => `${name} ${content.length}`)
  }))

const operations = ({
  ownKeys,
  emptyObjects
}: {
  readonly ownKeys: ReadonlyArray<string>
  readonly emptyObjects: boolean
}) => {
  const minLength = emptyObjects ? 0 : 1
  const writes = [putIfAbsent(minLength), publish(minLength), put(minLength), remove]
  return fc.array(fc.oneof(...writes, get, getRange, head, list(ownKeys)), { maxLength: 30 })
}

/** Runs operations on a store and on a map, and compares every answer. */
const agree = (store: Store, map: Map<string, Uint8Array>, steps: ReadonlyArray<Operation>) =>
  Effect.gen(function* () {
    for (const { name, onStore, onMap } of steps) {
      const expected = onMap(map)
      const answered = yield* Effect.matchEager(onStore(store), { onFailure: tagOf, onSuccess: (answer) => answer })
      expect([name, answered]).toEqual([name, expected])
    }
  })

const anything = operations({ ownKeys: [], emptyObjects: true })

/** What a decorator answers does not depend on what it decorates: over memory is fast. */
const SUBJECTS: ReadonlyArray<Subject> = [
  memory,
  local,
  localWithoutLinks,
  ...decorated.filter(({ name }) => name.endsWith(`over ${memory.name}`))
]

describe("any sequence of operations is answered as by a sorted map", () => {
  it.each(SUBJECTS)("by $name", ({ name, make, ownKeys = [] }) =>
    fc.assert(
      fc.asyncProperty(operations({ ownKeys, emptyObjects: name !== localWithoutLinks.name }), (steps) =>
        Effect.runPromise(Effect.scoped(Effect.flatMap(make, (store) => agree(store, new Map(), steps))))
      ),
      { numRuns: 40 }
    )
  )

  it.each([memory, local])("by an overlay over a $name store that was written before", ({ make }) =>
    fc.assert(
      fc.asyncProperty(anything, anything, (below, above) =>
        Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const base = yield* make
              const map = new Map<string, Uint8Array>()
              yield* agree(base, map, below)
              const lower = new Map(map)
              yield* agree(overlayStore(base), map, above)
              for (const name of KEYS) {
                expect([name, Option.isSome(yield* base.head(name))]).toEqual([name, lower.has(name)])
              }
            })
          )
        )
      ),
      { numRuns: 40 }
    )
  )
})
