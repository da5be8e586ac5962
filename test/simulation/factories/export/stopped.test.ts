/**
 * An export that is stopped at any request to its target: the next run makes of it what an undisturbed one would. `npm run torture` does it at each.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { stopExports } from "../../../support/export/stopped.ts"

const FORMATS = ["delta", "parquet"] as const

it.live.each(FORMATS)("as %s: what was stopped is finished by the next run, and no row is there twice", (format) =>
  Effect.gen(function* () {
    const { problems, stops } = yield* stopExports(format, 9)
    expect(problems).toEqual([])
    expect(stops).toBeGreaterThan(3)
  })
)
