import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { countingStore } from "../../../src/store/counting.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { maintain, openAt } from "../../../src/tlogfs/index.ts"
import { within } from "../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../support/tlogfs/store.ts"
import { noise } from "../../support/tlogfs/writers.ts"

const APPENDS = 400
const PIECE_BYTES = 50_000

/** A series whose 20 MB lie in rows, merged into large files; too short for its bytes to go into packs. */
const grown = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  for (let first = 0; first < APPENDS; first += 20) {
    yield* within(pond, (tx) =>
      Effect.forEach(Array.from({ length: 20 }).keys(), (at) => tx.append("/log", noise(PIECE_BYTES, first + at)))
    )
  }
  yield* maintain(store, -60_000, { longSeriesExtents: APPENDS + 1 })
  return store
})

const whole = Buffer.concat(Array.from({ length: APPENDS }, (_, at) => noise(PIECE_BYTES, at)))

const headOf = (store: Store) => Effect.flatMap(openAt(store, false, undefined), (pond) => pond.head)

describe("bytes in rows", () => {
  it.live("are read once each, however many windows a content is read in (R9)", () =>
    Effect.gen(function* () {
      const store = yield* grown
      const counted = countingStore(store)
      const head = yield* headOf(counted.store)
      counted.reset()
      expect(Buffer.compare(yield* head.readBytes("/log"), whole)).toBe(0)
      const { get, getRange } = counted.counts()
      const received = (get?.bytes ?? 0) + (getRange?.bytes ?? 0)
      expect(received).toBeGreaterThan(whole.length / 2)
      expect(received).toBeLessThan(1.2 * whole.length)
    })
  )

  it.live("that are damaged fail those who ask for them, and nobody else, before and after (R4)", () =>
    Effect.gen(function* () {
      const store = yield* grown
      const [key] = (yield* bytesOfStore(store))
        .filter(([name]) => /^\d{20}-/.test(name))
        .toSorted(([, , left], [, , right]) => right.length - left.length)[0]!
      const bytes = (yield* store.get(key)).slice()
      bytes[Math.floor(bytes.length * 0.6)]! ^= 1
      yield* store.put(key, bytes)
      const head = yield* headOf(store)
      const middle = Math.floor(whole.length * 0.6)
      for (let round = 0; round < 2; round++) {
        const [failed, first] = yield* Effect.all(
          [
            Effect.flip(head.readBytes("/log", { range: { start: middle - 20_000, end: middle + 20_000 } })),
            head.readBytes("/log", { range: { start: 0, end: 1_000_000 } })
          ],
          { concurrency: 2 }
        )
        expect(failed._tag).toBe("Damaged")
        expect(Buffer.compare(first, whole.subarray(0, 1_000_000))).toBe(0)
      }
    })
  )
})
