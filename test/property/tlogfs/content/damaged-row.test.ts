/**
 * R4, F11, F12: one flipped bit, a cut, a zeroed block or garbage in the bytes of a row never gives a wrong byte: the
 * answer is right, or an error that names the content and the bytes. What is not damaged stays readable; checking finds what readers meet.
 */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { logs, Shelf } from "../../../support/tlogfs/contents.ts"
import { sweepColumn } from "../../../support/tlogfs/damage.ts"

it.effect("bytes in a row, of one group and of several: every change is found", () =>
  Effect.gen(function* () {
    for (const size of [900, 50_000]) {
      const shelf = yield* Shelf.make()
      const content = logs(size)
      yield* shelf.write("append", [content])
      const { changes, found } = yield* sweepColumn(shelf, content, 0, "content")
      expect(changes).toBeGreaterThanOrEqual(300)
      expect(found).toBe(changes)
    }
  })
)
