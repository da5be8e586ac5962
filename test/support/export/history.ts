/**
 * Random histories of files in a pond, exported now and then: after each export the table has the rows that the pond has, as if they were carried at once.
 */
import { Effect, Option } from "effect"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Transaction } from "../../../src/tinyfs/index.ts"
import { drawing } from "../tlogfs/torture.ts"
import { exporting } from "./exporting.ts"

type Open = (typeof Transaction)["Service"]

const NAMES = ["a", "b", "c", "d"].map((name) => `/logs/${name}.json`)

/** Draws lines of a log; later ones may have columns, or types, that earlier ones lack. */
const linesOf = (draw: (below: number) => number, age: number): string =>
  Array.from({ length: 1 + draw(4) }, () => {
    const row: Record<string, unknown> = { time: `2026-11-0${1 + draw(3)}T10:00:00Z`, ms: draw(100) }
    if (draw(3) === 0) row["level"] = ["info", "warn", "", null][draw(4)]
    if (age > 4 && draw(3) === 0) row["user"] = `user ${draw(3)}`
    if (age > 6 && draw(4) === 0) row["nested"] = { at: draw(5), tags: ["x"] }
    if (age > 8 && draw(6) === 0) row["ms"] = draw(2) === 0 ? draw(100) / 8 : "slow"
    return `${JSON.stringify(row)}\n`
  }).join("")

/** Draws a change of the files. */
const changeOf = (draw: (below: number) => number, age: number) => {
  const path = NAMES[draw(NAMES.length)]!
  const other = NAMES[draw(NAMES.length)]!
  const bytes = new TextEncoder().encode(linesOf(draw, age))
  const kind = draw(10)
  return (open: Open): Effect.Effect<unknown, unknown> =>
    Effect.gen(function* () {
      const found = yield* open.find(path)
      if (kind < 6 || Option.isNone(found)) {
        const isSeries = Option.isNone(found) ? kind !== 0 : found.value.type === "series"
        // Now and then a line without its end, which the next addition finishes, or spoils.
        const some = draw(5) === 0 ? bytes.subarray(0, bytes.length - 1 - draw(3)) : bytes
        return yield* isSeries ? open.append(path, some) : open.write(path, bytes)
      }
      if (kind === 6) return yield* open.write(path, bytes)
      if (kind === 7) return yield* open.remove(path)
      if (Option.isNone(yield* open.find(other))) return yield* open.move(path, other)
      return yield* open.append(path, bytes).pipe(Effect.catch(() => open.write(path, bytes)))
    })
}

/** Runs a history; gives what is wrong. */
export const exportHistory = Effect.fnUntraced(function* (format: "delta" | "parquet", seed: number, steps: number) {
  const draw = drawing(seed)
  const { both, change, pond, run } = yield* exporting
  const store = memoryStore()
  const settings = { source: "/logs/*.json", partition: ["date=CAST(time AS DATE)"], format }
  const problems: Array<string> = []
  yield* change((open) => open.mkdir("/logs"))
  for (let age = 0; age < steps; age += 1) {
    yield* change(changeOf(draw, age))
    if (draw(4) === 0) continue
    const files = yield* Effect.flatMap(pond.head, (head) => head.glob("/logs/*.json"))
    if (files.length === 0) continue
    const report = yield* run(store, settings)
    if (report.rows.total === 0) continue
    const columns = "CAST(time AS TIMESTAMP) AS time, ms"
    const { here, there } = yield* both(store, format, columns, "/logs/*.json")
    const where = `${format}, seed ${seed}, step ${age}`
    if (JSON.stringify(here) !== JSON.stringify(there)) problems.push(`${where}: ${JSON.stringify({ here, there })}`)
    const again = yield* run(store, settings)
    if (again.isChanged) problems.push(`${where}: exported again: ${JSON.stringify(again)}`)
  }
  return problems
}, Effect.scoped)
