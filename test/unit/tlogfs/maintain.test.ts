import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { fsck, maintain, openAt } from "../../../src/tlogfs/index.ts"
import { bytes, within } from "../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../support/tlogfs/store.ts"

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
