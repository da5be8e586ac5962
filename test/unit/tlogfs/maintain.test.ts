import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { keepingStore } from "../../../src/store/overlay/keeping.ts"
import { overlayStore } from "../../../src/store/overlay/store.ts"
import { fsck, maintain, openAt } from "../../../src/tlogfs/index.ts"
import { bytes, within } from "../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../support/tlogfs/store.ts"
import { noise } from "../../support/tlogfs/writers.ts"

/** Maintenance without a grace period: what is not needed goes at once. */
const NO_GRACE_MS = -60_000
const OPTIONS = { longSeriesExtents: 10 }

/** A pond that leaves maintenance everything there is to do. */
const busy = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  for (let at = 0; at < 90; at++) yield* within(pond, (tx) => tx.append("/log", bytes(`line ${at}\n`)))
  yield* within(pond, (tx) => tx.write("/a", new Uint8Array(200_000).fill(1)))
  yield* within(pond, (tx) => tx.write("/a", bytes("the second")))
  yield* within(pond, (tx) => tx.write("/a", bytes("three")))
  yield* within(pond, (tx) => tx.prune("/a", [{ first: 1, last: 2 }]))
  return store
})

const soundly = Effect.fnUntraced(function* (store: Store) {
  expect((yield* fsck(store)).findings).toEqual([])
})

/** A pond whose rows hold more bytes than a dry run keeps in memory. */
const large = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  for (let round = 0; round < 3; round++) {
    yield* within(pond, (tx) =>
      Effect.forEach(Array.from({ length: 60 }).keys(), (at) => tx.append(`/log-${at}`, noise(50_000, round * 60 + at)))
    )
  }
  return store
})

describe("a dry run of maintenance", () => {
  it.live("says what the real one then does, however much it merges, and leaves objects and times alone (R8)", () =>
    Effect.gen(function* () {
      const store = yield* large
      const before = yield* Stream.runCollect(store.list(""))
      const options = { longSeriesExtents: 3 }
      const told = yield* Effect.scoped(
        Effect.flatMap(keepingStore(overlayStore(store)), (dry) => maintain(dry, NO_GRACE_MS, options))
      )
      expect(yield* Stream.runCollect(store.list(""))).toEqual(before)
      // Identifiers and times of the log differ, and with them the sizes of what is written and removed again.
      const { removedBytes: _, ...plan } = told
      expect(yield* maintain(store, NO_GRACE_MS, options)).toMatchObject(plan)
      expect(plan).toMatchObject({ collapsedRows: 180, dataFiles: { before: 3, after: 1 } })
      yield* soundly(store)
    })
  )
})

describe("maintenance", () => {
  it.live.each([{}, { cleanUpLogMs: -60_000 }])(
    "with %j settles: once there is nothing to do, nothing is written, not even a hint (R7)",
    (more) =>
      Effect.gen(function* () {
        const store = yield* busy
        const first = yield* maintain(store, NO_GRACE_MS, { ...OPTIONS, ...more })
        expect([first.collapsedRows, first.erasedRows]).toEqual([90, 2])
        // Entries whose checkpoints went go one run later (a power cut may undo removals in any order).
        if ("cleanUpLogMs" in more) yield* maintain(store, NO_GRACE_MS, { ...OPTIONS, ...more })
        const before = yield* bytesOfStore(store)
        const again = yield* maintain(store, NO_GRACE_MS, { ...OPTIONS, ...more })
        expect(yield* bytesOfStore(store)).toEqual(before)
        expect(again).toMatchObject({ collapsedRows: 0, erasedRows: 0, removedObjects: 0, removedEntries: 0 })
        expect(again.indexPieces.before).toBe(again.indexPieces.after)
        yield* soundly(store)
      })
  )

  it.live("without grace leaves no object behind that is not needed, small pruned bytes neither", () =>
    Effect.gen(function* () {
      const store = yield* busy
      const { dataFiles } = yield* maintain(store, NO_GRACE_MS, OPTIONS)
      const data = (yield* bytesOfStore(store)).filter(([key]) => /^\d{20}-/.test(key))
      expect(data).toHaveLength(dataFiles.after)
      for (const [, , base64] of data) {
        expect(Buffer.from(base64, "base64").toString("latin1")).not.toContain("the second")
      }
      yield* soundly(store)
    })
  )

  it.live("leaves few pieces of the index, each much larger than the newer ones", () =>
    Effect.gen(function* () {
      const store = yield* busy
      const report = yield* maintain(store, NO_GRACE_MS, OPTIONS)
      expect(report.indexPieces.after).toBeLessThanOrEqual(2)
    })
  )
})
