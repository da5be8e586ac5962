/**
 * What texts are taken for without asking the engine is what the engine takes them for.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { openDatabase } from "../../../src/query/database.ts"
import { isText, timeOf, timeStyle, uuidOf } from "../../../src/query/shred/text.ts"
import { scopedFolder } from "../../support/query/asking.ts"

const PIECES = [
  ..."0123456789abcdefghijklmnopqrstuvwxyzTZABC-:/. +()[]_#@<,%",
  "2026",
  "20",
  "11",
  "-11-",
  "2026-11-21",
  "T08:00:00",
  " 08:00:00",
  "08:00",
  ".123",
  "Z",
  "infinity",
  "epoch",
  "UTC",
  "+01:00",
  "AM",
  "(BC)",
  "Jan",
  "550e8400-e29b-41d4-a716-446655440000"
]

const times = fc
  .tuple(
    fc.integer({ min: 1969, max: 2101 }),
    fc.constantFrom("-01-31", "-02-28", "-02-29", "-02-30", "-04-31", "-12-31", "-13-01", "-00-10", "-10-00"),
    fc.constantFrom("T", " "),
    fc.constantFrom("00:00:00", "23:59:59", "24:00:00", "08:60:00", "08:00:60", "12:30:15"),
    fc.constantFrom("", ".5", ".123", ".12345", ".000001", ".123456789"),
    fc.constantFrom("", "Z", "+00")
  )
  .map((parts) => parts.join(""))

it.live("texts and times are told apart as the engine does", () =>
  Effect.gen(function* () {
    const folder = yield* scopedFolder
    const database = yield* openDatabase({
      memoryMb: 512,
      threads: 1,
      spill: folder,
      spillMb: 64,
      directory: `${folder}/`
    })
    const random = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => parts.join(""))
    const values = [...fc.sample(random, 1200), ...fc.sample(times, 800)]
    const file = join(folder, "texts.json")
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(values.map((value, at) => [`k${at}`, value])))}\n`)
    const sql = `FROM read_json('${file}', format = 'newline_delimited', records = true, sample_size = -1, map_inference_threshold = -1)`
    const types = yield* database.rows<{ readonly column_type: string }>(`DESCRIBE ${sql}`)
    const [row] = yield* database.rows<Readonly<Record<string, string>>>(sql)
    let texts = 0
    let found = 0
    for (const [at, value] of values.entries()) {
      const bytes = new TextEncoder().encode(value)
      const type = types[at]!.column_type
      if (isText(bytes, 0, bytes.length)) {
        texts += 1
        expect([value, type]).toStrictEqual([value, "VARCHAR"])
      }
      if (uuidOf(bytes, 0, bytes.length, new Uint8Array(16), 0)) {
        expect([value.toLowerCase(), type]).toStrictEqual([row![`k${at}`], "UUID"])
      }
      const micros = timeStyle(bytes, 0, bytes.length) === 0 ? Number.NaN : timeOf(bytes, 0, bytes.length)
      if (Number.isNaN(micros)) continue
      found += 1
      const iso = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19).replace("T", " ")
      const fraction = String(micros % 1_000_000)
        .padStart(6, "0")
        .replace(/0+$/, "")
      expect([value, type, row![`k${at}`]]).toStrictEqual([
        value,
        "TIMESTAMP",
        fraction === "" ? iso : `${iso}.${fraction}`
      ])
    }
    expect(texts).toBeGreaterThan(200)
    expect(found).toBeGreaterThan(3)
  })
)
