/**
 * What texts are taken for without asking the engine is what the engine takes them for.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { openDatabase } from "../../../src/query/database.ts"
import { isText, timeStyle } from "../../../src/query/shred/text.ts"
import { shredModule, kernelOf } from "../../../src/query/shred/wasm/kernel.ts"
import { cellsOf, OUTPUT, TEXT } from "../../../src/query/shred/wasm/layout.ts"
import { Has } from "../../../src/query/shred/wasm/times.ts"
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
  "é",
  "圧",
  "'",
  '"',
  "+01:00",
  "550e8400-e29b-41d4-a716-446655440000"
]

const times = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1969, max: 2101 }), fc.constantFrom(1969, 1970, 1972, 2000, 2099, 2100)),
    fc.constantFrom("-01-31", "-02-28", "-02-29", "-02-30", "-04-31", "-12-31", "-13-01", "-00-10", "-10-00"),
    fc.constantFrom("T", " "),
    fc.constantFrom("00:00:00", "23:59:59", "24:00:00", "08:60:00", "08:00:60", "12:30:15"),
    fc.constantFrom("", ".5", ".123", ".12345", ".000001", ".123456789"),
    fc.constantFrom("", "Z", "+00", "+01:00", "-0530", "+15:00", "+01:60", "-00:00", "+0a:00")
  )
  .map((parts) => parts.join(""))

const kernel = kernelOf(shredModule()!)
const view = new DataView(kernel.memory.buffer)

/** Puts a text where the kernel reads it, as the second one of a column, whose first is another. */
const put = (first: Uint8Array, text: Uint8Array): number => {
  let at = TEXT
  for (const [index, bytes] of [first, text].entries()) {
    new Uint8Array(kernel.memory.buffer).set(bytes, at)
    view.setInt32(cellsOf(0) + 8 * index, at, true)
    view.setInt32(cellsOf(0) + 8 * index + 4, at + bytes.length, true)
    at += bytes.length
  }
  return cellsOf(0)
}

/** A text that is written as a time, as the kernel reads it: microseconds or days. */
const timeOf = (bytes: Uint8Array): { readonly type: string; readonly value: number } | undefined => {
  const style = timeStyle(bytes, 0, bytes.length)
  if (style === undefined) return undefined
  const { has, hasFraction, separator, zoneBytes } = style
  const day = has & Has.day ? "2026-11-21" : ""
  const time = has & Has.time ? `08:00:00${hasFraction ? ".25" : ""}` : ""
  const zone = { 0: "", 1: "Z", 5: "+0530", 6: "-01:00" }[zoneBytes]!
  const first = `${day}${separator === 0 ? "" : String.fromCodePoint(separator)}${time}${zone}`
  const cells = put(new TextEncoder().encode(first), bytes)
  const read = kernel.times(cells, 2, has, separator, hasFraction ? 1 : 0, zoneBytes, OUTPUT)
  expect(read).toBeGreaterThan(0)
  return read === 2 ? { type: style.type, value: Number(view.getBigInt64(OUTPUT + 8, true)) } : undefined
}

/** As the engine writes it. */
const written = ({ type, value }: { readonly type: string; readonly value: number }): string => {
  const micros = type === "DATE" ? value * 86_400_000_000 : value
  const [day, time] = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19).split("T")
  const digits = String(micros % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "")
  const exact = digits === "" ? time! : `${time}.${digits}`
  return type === "DATE" ? day! : type === "TIME" ? exact : `${day} ${exact}`
}

const UUID = "550e8400-e29b-41d4-a716-446655440000"
const uuidOf = (bytes: Uint8Array): string | undefined => {
  const read = kernel.uuids(put(new TextEncoder().encode(UUID), bytes), 2, OUTPUT)
  expect(read).toBeGreaterThan(0)
  return read === 2 ? Buffer.from(kernel.memory.buffer, OUTPUT + 16, 16).toString("hex") : undefined
}

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
    const uuids = fc
      .tuple(fc.uuid(), fc.nat(40), fc.constantFrom("", "g", "-", "A", "/", "`", ":", "@", "G"))
      .map(([id, at, odd]) => id.slice(0, at) + odd + id.slice(at + odd.length))
    const values = [...fc.sample(random, 1000), ...fc.sample(times, 800), ...fc.sample(uuids, 200)]
    const file = join(folder, "texts.json")
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(values.map((value, at) => [`k${at}`, value])))}\n`)
    const sql = `FROM read_json('${file}', format = 'newline_delimited', records = true, sample_size = -1, map_inference_threshold = -1)`
    const types = yield* database.rows<{ readonly column_type: string }>(`DESCRIBE ${sql}`)
    const [row] = yield* database.rows<Readonly<Record<string, string>>>(sql)
    let texts = 0
    let ids = 0
    let found = 0
    for (const [at, value] of values.entries()) {
      const bytes = new TextEncoder().encode(value)
      const type = types[at]!.column_type
      if (isText(bytes, 0, bytes.length)) {
        texts += 1
        expect([value, type]).toStrictEqual([value, "VARCHAR"])
      }
      const uuid = uuidOf(bytes)
      if (uuid !== undefined) {
        ids += 1
        expect([uuid, type]).toStrictEqual([row![`k${at}`]!.replaceAll("-", ""), "UUID"])
      }
      const time = timeOf(bytes)
      if (time === undefined) continue
      found += 1
      expect([value, type, row![`k${at}`]]).toStrictEqual([value, time.type, written(time)])
    }
    expect(texts).toBeGreaterThan(200)
    expect(found).toBeGreaterThan(3)
    expect(ids).toBeGreaterThan(20)
  })
)
