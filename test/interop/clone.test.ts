/**
 * Clones that are killed at every request, in processes of their own: longer than a run of all tests may take.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { killClones } from "../support/s3/killed.ts"

describe("a clone that is killed at any request", () => {
  it.live("is finished by the next run (F29)", () =>
    Effect.gen(function* () {
      const { kills, problems, requests } = yield* killClones(1)
      expect([problems, kills]).toEqual([[], requests])
    })
  )
})
