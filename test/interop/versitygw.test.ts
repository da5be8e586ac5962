/**
 * A real server of S3 keeps the contract of stores through `s3Store`; ponds in it are imported lazily and whole.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { join } from "node:path"
import { Pond } from "../../src/factories/pond.ts"
import { PROBE_KEY } from "../../src/store/probe.ts"
import { s3Store } from "../../src/store/s3/store.ts"
import { fsck, openAt } from "../../src/tlogfs/index.ts"
import { pondIn, tableIn } from "../support/imports/ponds.ts"
import { makeHistory, noise } from "../support/interop/history.ts"
import { versitygw } from "../support/interop/versitygw.ts"
import { conforms } from "../support/store/conformance.ts"
import { temporaryDirectory } from "../support/store/subjects.ts"
import { within } from "../support/tlogfs/open.ts"

conforms({
  name: "S3 of versitygw",
  make: Effect.map(versitygw, (location) => s3Store({ ...location, prefix: "some/prefix/" })),
  ownKeys: [PROBE_KEY],
  // It lists these as XML 1.0 cannot have them.
  mangledKeys: ["escape\u001b[31m", "\uffff"]
})

describe("a pond in a real server of S3", () => {
  it.live("is imported lazily, moves on, and is brought whole", () =>
    Effect.gen(function* () {
      const location = yield* versitygw
      const theirs = yield* openAt(s3Store({ ...location, prefix: "team/data/" }), true, undefined)
      yield* makeHistory(theirs, 12)
      const large = noise("large", 3_000_000)
      yield* within(theirs, (open) => open.write("/large.bin", large))
      const directory = join(yield* temporaryDirectory, "ours")
      const ours = yield* Effect.provide(Pond, Pond.layer({ url: directory, create: true }))
      const { bucket, endpoint } = location
      yield* ours.add("import", "team", { url: `s3://${bucket}/team`, endpoint, path_style: true, path: "/team" })
      expect(yield* ours.run("team", "pull")).toMatchObject({ state: "mounted", mode: "lazy", by: 13 })
      const range = { start: 1_500_000, end: 1_510_000 }
      const part = yield* (yield* ours.head).readBytes("/team/large.bin", { range })
      expect(Buffer.compare(part, large.subarray(range.start, range.end))).toBe(0)
      yield* within(theirs, (open) => open.write("/new", new Uint8Array([1])))
      expect(yield* ours.run("team", "pull")).toMatchObject({ state: "moved on", by: 1 })
      yield* ours.run("team", "pull", { flags: { whole: true } })
      expect((yield* Effect.scoped(fsck(tableIn(directory)))).findings).toEqual([])
      const head = yield* (yield* pondIn(directory)).head
      expect(Buffer.compare(yield* head.readBytes("/team/large.bin"), large)).toBe(0)
      const here = (yield* head.glob("/team/**")).map(({ path }) => path.slice("/team".length))
      expect(here.slice(1)).toEqual((yield* (yield* theirs.head).glob("/**")).map(({ path }) => path))
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
