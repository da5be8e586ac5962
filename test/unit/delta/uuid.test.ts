import { expect, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { randomUuid } from "../../../src/delta/uuid.ts"

it.effect("draws version 4 UUIDs that a seed reproduces", () =>
  Effect.gen(function* () {
    const draw = Effect.all(Array.from({ length: 500 }, () => randomUuid))
    const uuids = yield* draw.pipe(Random.withSeed("a"))
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(uuids).size).toBe(500)
    expect(yield* draw.pipe(Random.withSeed("a"))).toEqual(uuids)
  })
)
