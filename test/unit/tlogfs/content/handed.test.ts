import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { giveBack, handOver } from "../../../../src/tlogfs/content/handed.ts"
import { readContent } from "../../../../src/tlogfs/content/read.ts"
import { noise } from "../../../support/bao/content.ts"
import { logs, Shelf } from "../../../support/tlogfs/contents.ts"

it("takes back what was handed over, and nothing else", () => {
  const own = new Uint8Array(100_000)
  const common = new Uint8Array(new ArrayBuffer(300_000), 10, 100_000)
  const small = Buffer.from("cut out of a buffer that all share")
  for (const bytes of [own, common, small]) expect(handOver([{ bytes }])).toEqual([bytes])
  const two = new Uint8Array(200_000)
  const halves = [two.subarray(0, 150_000), two.subarray(150_000)]
  handOver(halves.map((bytes) => ({ bytes })))
  const kept = new Uint8Array(100_000)
  for (const bytes of [own, own, common, small, ...halves, kept]) giveBack(bytes)
  expect(own).toHaveLength(0)
  expect([common, small, ...halves, kept].map(({ length }) => length)).toEqual([100_000, 34, 150_000, 50_000, 100_000])
})

it.effect.each([
  ["compressed", logs(9 * FRAME_BYTES + 4321)],
  ["as they are", noise(9 * FRAME_BYTES + 4321)],
  ["short", logs(FRAME_BYTES)]
] as const)("a reader that gives back what it read disturbs no other; bytes %s", ([, bytes]) =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    yield* shelf.write("append", [bytes])
    const { reader } = shelf
    const content = shelf.content()
    const read = (start: number, end: number, isGiving: boolean) =>
      Effect.gen(function* () {
        const parts: Array<Uint8Array> = []
        yield* Stream.runForEach(readContent(reader, content, { start, end }), (part) =>
          Effect.sync(() => {
            parts.push(new Uint8Array(part))
            if (isGiving) giveBack(part)
          })
        )
        return Buffer.compare(Buffer.concat(parts), bytes.subarray(start, end))
      })
    for (const isGiving of [true, false, true]) {
      for (const [start, end] of [
        [0, bytes.length],
        [5000, 9000],
        [0, 4000],
        [100, bytes.length - 5]
      ] as const) {
        expect([start, end, yield* read(start, end, isGiving)]).toEqual([start, end, 0])
      }
    }
  })
)
