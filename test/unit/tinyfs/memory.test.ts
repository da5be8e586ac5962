import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash, toHex } from "../../../src/bao/index.ts"
import { layerMemory, MemoryPond, Persistence, Reader } from "../../../src/tinyfs/index.ts"
import { bytes, committing, newest, noise, within } from "../../support/tinyfs/program.ts"
import { persistenceContract } from "../../support/tinyfs/persistence.ts"

persistenceContract("a pond in memory", { layer: layerMemory })

describe("a pond in memory", () => {
  it.effect("finds damage, and reads what is not damaged (R4)", () =>
    Effect.gen(function* () {
      const pond = new MemoryPond("01a1fc33-8f28-73d3-8377-d6f0c60662aa")
      yield* Effect.gen(function* () {
        const sizeBytes = 2_500_000
        const { events } = yield* committing((open) => open.write("/f", noise(sizeBytes)))
        const { id } = events[0]!.node
        pond.damage(id, 1, 1_500_000)
        const reader = yield* newest
        const error = yield* Effect.flip(reader.readBytes("/f"))
        expect(error).toMatchObject({ _tag: "Damaged", version: 1, start: 1_048_576, end: 2_097_152 })
        expect(error.message).toBe(
          `"f" (node ${id}), version 1, bytes 1048576 to 2097152 is damaged: its bytes do not have their hash. ` +
            "Restore it from a copy; everything else stays readable"
        )
        const range = { start: 0, end: 1_048_576 }
        expect(Buffer.compare(yield* reader.readBytes("/f", { range }), noise(sizeBytes).subarray(0, range.end))).toBe(
          0
        )
      }).pipe(Effect.provideService(Persistence, pond.persistence))
    })
  )

  it.effect("has forgotten what was pruned, also where it looks back", () =>
    Effect.gen(function* () {
      const { at } = yield* Persistence
      yield* committing((open) => Effect.forEach(["a", "b"], (text) => open.append("/s", bytes(text))))
      yield* committing((open) => open.prune("/s", [{ first: 1, last: 1 }]))
      const past = new Reader(yield* at(1))
      expect(yield* Effect.flip(past.readText("/s"))).toMatchObject({ _tag: "Pruned", version: 1 })
      expect(yield* past.readText("/s", { range: { start: 1, end: 2 } })).toBe("b")
      const { value: node } = yield* within((open) => open.append("/s", bytes("c")))
      expect(node.content?.hash).toBe(toHex(hash(bytes("abc"))))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("gives out copies, and keeps copies of what it is given", () =>
    Effect.gen(function* () {
      const given = noise(100)
      yield* committing((open) => open.write("/f", given))
      given.fill(0)
      const reader = yield* newest
      const read = yield* reader.readBytes("/f")
      expect(Buffer.compare(read, noise(100))).toBe(0)
      read.fill(0)
      expect(Buffer.compare(yield* reader.readBytes("/f"), noise(100))).toBe(0)
    }).pipe(Effect.provide(layerMemory))
  )
})
