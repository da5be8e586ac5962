import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { OWN_FEATURE } from "../../../src/tlogfs/table.ts"
import { bytes } from "../../support/tlogfs/open.ts"

const problemOf = (store: Store) => Effect.flip(openAt(store, false, undefined))

const ENTRY = "_delta_log/00000000000000000000.json"

/** The first entry of a table as Spark writes it. */
const PROTOCOL = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
const METADATA = {
  metaData: {
    id: "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
    format: { provider: "parquet", options: {} },
    schemaString: '{"type":"struct","fields":[]}',
    partitionColumns: [],
    configuration: {}
  }
}

describe("opening what is no pond", () => {
  it.effect("says that there is nothing, or something else", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      expect(yield* problemOf(store)).toMatchObject({ _tag: "NotAPond", why: "there is no log in it" })
      yield* store.put("photo.jpg", bytes("a photo"))
      const error = yield* problemOf(store)
      expect(error).toMatchObject({ _tag: "NotAPond", why: "there is no log in it" })
      expect(error.message).toContain("pond init")
    })
  )

  it.effect("names a Delta table that another program made, and leaves it alone", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* store.putIfAbsent(
        ENTRY,
        bytes(`${[PROTOCOL, METADATA].map((action) => JSON.stringify(action)).join("\n")}\n`)
      )
      const before = yield* Stream.runCollect(store.list(""))
      expect(yield* problemOf(store)).toMatchObject({
        _tag: "NotAPond",
        why: "it is a Delta table of another program"
      })
      expect(yield* Stream.runCollect(store.list(""))).toEqual(before)
    })
  )

  it.effect("does not take a pond whose log is damaged for somebody else's table", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* openAt(store, true, undefined)
      const entry = yield* store.get(ENTRY)
      const text = new TextDecoder().decode(entry).replace(/"digest":"[0-9a-f]{8}/, '"digest":"00000000')
      expect(text).toContain(OWN_FEATURE)
      yield* store.put(ENTRY, bytes(text))
      expect((yield* problemOf(store))._tag).toBe("LogDamaged")
      yield* store.put(ENTRY, entry.subarray(0, 100))
      expect((yield* problemOf(store))._tag).toBe("LogDamaged")
    })
  )
})
