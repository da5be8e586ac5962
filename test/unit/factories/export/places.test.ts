import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { exporting } from "../../../support/export/exporting.ts"
import { exportHistory } from "../../../support/export/history.ts"
import { storeInDouble } from "../../../support/s3/subject.ts"

const FORMATS = ["delta", "parquet"] as const

const row = (level: string, ms: number): string => `${JSON.stringify({ level, ms })}\n`

it.live.each(FORMATS)("%s in a bucket: rows come, and go, and what is damaged there is not written again", (format) =>
  Effect.gen(function* () {
    const { append, both, change, run, write } = yield* exporting
    const { double, store } = yield* storeInDouble
    const settings = { source: "/logs/*.json", format }
    yield* write({ "/logs/a.json": row("info", 1), "/logs/b.json": row("warn", 2) })
    expect(yield* run(store, settings)).toMatchObject({ rows: { added: 2 }, files: { total: 1 } })
    yield* append("/logs/c.json", row("info", 3))
    yield* change((open) => open.remove("/logs/a.json"))
    double.script(({ key, method }) => (method === "GET" && key.endsWith(".parquet") ? "flip" : undefined))
    const damaged = yield* Effect.flip(run(store, settings))
    expect(damaged._tag).toBe("TargetAltered")
    expect(damaged.message).toContain("has other bytes than were written")
    double.script(() => undefined)
    expect(yield* run(store, settings)).toMatchObject({ rows: { added: 1, removed: 1, total: 2 } })
    const { here, there } = yield* both(store, format, "level, ms", "/logs/*.json")
    expect(there).toEqual(here)
  }).pipe(Effect.scoped)
)

it.live.each(FORMATS)("%s: of runs at the same time one exports, and no row is there twice", (format) =>
  Effect.gen(function* () {
    const { both, run, write } = yield* exporting
    const store = memoryStore()
    const settings = { source: "/logs/*.json", format }
    yield* write({ "/logs/a.json": row("info", 1) })
    yield* run(store, settings)
    yield* write({ "/logs/b.json": row("warn", 2) })
    const four = yield* Effect.forEach([1, 2, 3, 4], () => Effect.result(run(store, settings)), {
      concurrency: "unbounded"
    })
    const tags = four.map((one) => (one._tag === "Failure" ? one.failure._tag : "done"))
    expect(tags).toContain("done")
    for (const tag of tags) expect(["done", "ExportOvertaken", "CommitConflict"]).toContain(tag)
    expect(yield* run(store, settings)).toMatchObject({ rows: { total: 2 } })
    const { here, there } = yield* both(store, format, "level, ms", "/logs/*.json")
    expect(there).toEqual(here)
    const files = (yield* Stream.runCollect(store.list(""))).filter(({ key }) => key.endsWith(".parquet"))
    if (format === "parquet") expect(files).toHaveLength(2)
  })
)

it.live("any history of files, exported now and then, gives the rows that are there", () =>
  Effect.gen(function* () {
    expect(yield* exportHistory("delta", 4, 8)).toEqual([])
  })
)
