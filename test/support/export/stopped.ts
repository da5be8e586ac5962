/**
 * An export that is stopped at requests to its target, before and after they took effect, each time from the same beginning.
 */
import { Effect, Stream } from "effect"
import { crashAfter, crashAt, faultyStore } from "../../../src/store/faults.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { exporting } from "./exporting.ts"

const line = (day: number, ms: number): string =>
  `${JSON.stringify({ time: `2026-11-0${day}T10:00:00Z`, level: "info", ms })}\n`

const COLUMNS = "time::TIMESTAMP AS time, level, ms"

/** Everything that a store holds. */
const objectsOf = Effect.fnUntraced(function* (store: Store) {
  const objects = new Map<string, Uint8Array>()
  for (const { key } of yield* Stream.runCollect(store.list(""))) objects.set(key, yield* store.get(key))
  return objects
})

const storeOf = Effect.fnUntraced(function* (objects: ReadonlyMap<string, Uint8Array>) {
  const store = memoryStore()
  for (const [key, bytes] of objects) yield* store.put(key, bytes)
  return store
})

/** A pond and a target to which it was exported before rows came, were replaced, and went, each in a file with others. */
const begin = Effect.fnUntraced(function* (format: "delta" | "parquet") {
  const exports = yield* exporting
  const { append, change, run, write } = exports
  const settings = { source: "/logs/*.json", partition: ["date"], format }
  const store = memoryStore()
  yield* append("/logs/a.json", line(1, 1) + line(2, 2))
  yield* append("/logs/b.json", line(1, 3))
  yield* write({ "/logs/c.json": line(1, 4) + line(2, 5) })
  yield* run(store, settings)
  yield* append("/logs/a.json", line(2, 6) + line(3, 7))
  yield* write({ "/logs/c.json": line(2, 8) })
  yield* change((open) => open.remove("/logs/b.json"))
  return { ...exports, settings, objects: yield* objectsOf(store) }
})

/** Stops exports at each `stride`-th request; gives what is wrong after the run that follows, and how often it was stopped. */
export const stopExports = Effect.fnUntraced(function* (format: "delta" | "parquet", stride: number) {
  const { both, objects, run, settings } = yield* begin(format)
  const problems: Array<string> = []
  let stops = 0
  for (let number = 0, isOver = false; !isOver; number += stride) {
    for (const [when, plan] of [
      ["before", crashAt(number)],
      ["after", crashAfter(number)]
    ] as const) {
      const store = yield* storeOf(objects)
      const stopped = faultyStore(store, plan)
      yield* Effect.exit(run(stopped.store, settings))
      isOver = stopped.requests() <= number
      stops += 1
      const next = yield* run(store, settings)
      const { here, there } = yield* both(store, format, COLUMNS, "/logs/*.json")
      const where = `${format}, stopped ${when} request ${number}`
      if (JSON.stringify(here) !== JSON.stringify(there)) problems.push(`${where}: ${JSON.stringify({ here, there })}`)
      if (next.rows.total !== here.length) problems.push(`${where}: ${next.rows.total} rows are told of`)
    }
  }
  return { problems, stops }
}, Effect.scoped)
