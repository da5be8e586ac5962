/**
 * Ponds with a history for other programs to read: every kind of event, odd names, extreme values, contents in rows and in blobs, in so many
 * transactions that files were merged and checkpoints written. The same every time, but for ids and times.
 */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { type OpenTransaction, Transaction } from "../../../src/tinyfs/index.ts"
import { Pond, type PondInterface } from "../../../src/tlogfs/index.ts"

/** Names that other programs may sort, cut, escape or normalise. */
const NAMES = [
  "__proto__",
  "constructor",
  "Ünïcode é",
  "Ünïcode e\u0301",
  "日本語.log",
  "😀",
  "\u{10ffff}",
  "with \"quotes\", 'more', \\ and %41",
  "tab\tline\nescape\u001b[31m",
  " leading and trailing ",
  "a".repeat(255),
  "~".repeat(255)
]

/** Event times in microseconds: the least and the greatest that a pond holds, and one that needs every digit. */
const TIMES = [
  { minMicros: Number.MIN_SAFE_INTEGER, maxMicros: -1 },
  { minMicros: 0, maxMicros: 1 },
  { minMicros: 1_795_219_200_123_457, maxMicros: Number.MAX_SAFE_INTEGER }
]

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** Bytes that no compression makes shorter, the same every time. */
export const noise = (seed: string, sizeBytes: number): Uint8Array =>
  createHash("shake256", { outputLength: sizeBytes }).update(seed).digest()

/** Lines as a log has them. */
export const lines = (count: number): Uint8Array =>
  text(Array.from({ length: count }, (_, line) => `{"line":${line},"level":"info","message":"all is well"}\n`).join(""))

/** Odd names and values, and every type of node. */
const beginning = Effect.fnUntraced(function* (open: OpenTransaction) {
  yield* open.mkdir("/odd")
  for (const [index, name] of NAMES.entries()) {
    yield* open.write(`/odd/${name}`, text(`content of ${index}`), { times: TIMES[index % TIMES.length]! })
  }
  yield* open.setAttributes("/odd", { least: -(2 ** 53 - 1), most: 2 ** 53 - 1, yes: true, ключ: "значение\u0000" })
  yield* open.configure(
    "/odd/dynamic",
    "query",
    Uint8Array.from({ length: 256 }, (_, byte) => byte)
  )
  yield* open.symlink("../odd/😀", "/odd/link")
  yield* open.write("/odd/empty", new Uint8Array(0))
  yield* open.write("/odd/0xff", new Uint8Array(40_000).fill(255))
  yield* open.write("/table", noise("table", 3000), { type: "table" })
  yield* open.mkdir("/logs/app", { parents: true })
  yield* open.mkdir("/many")
})

/** Blobs: compressed, raw, in several frames, grown by appending. */
const blobs = Effect.fnUntraced(function* (open: OpenTransaction) {
  yield* open.write("/blobs/lines", lines(50_000))
  yield* open.write("/blobs/noise", noise("blob", 3_000_000))
  yield* open.write("/blobs/zeros", new Uint8Array(5_000_000))
  yield* open.append("/logs/app/large", lines(3000))
})

/** What transaction number `step` does: a little of everything, by turns. */
const changeAt = Effect.fnUntraced(function* (open: OpenTransaction, step: number) {
  yield* open.append("/logs/app/growing", text(`line ${step}\n`))
  if (step % 3 === 0) yield* open.write(`/many/file ${step}`, noise(`${step}`, 1 + (step % 700)))
  if (step % 7 === 0) yield* open.write("/rewritten", text(`at ${step}`))
  if (step % 9 === 6) yield* open.move(`/many/file ${step - 3}`, `/many/moved ${step}`)
  if (step % 27 === 18) yield* open.remove(`/many/file ${step - 9}`)
  if (step % 50 === 0) yield* open.addVersion("/measurements", noise(`version ${step}`, 500))
  if (step % 100 === 0) yield* open.append("/logs/app/large", lines(2000))
  if (step % 60 === 0) yield* open.configure("/odd/dynamic", "query", text(`step: ${step}\n`))
  if (step % 31 === 0) yield* open.setAttributes("/rewritten", { step })
})

/** Gives a new pond `count` transactions. */
export const makeHistory = Effect.fnUntraced(function* (pond: PondInterface, count: number) {
  const commit = (change: (open: OpenTransaction) => Effect.Effect<void, unknown>, request: string) =>
    pond.transaction(Effect.flatMap(Transaction, change), { author: "interop", request })
  yield* commit(beginning, "beginning")
  yield* commit((open) => Effect.andThen(open.mkdir("/blobs"), blobs(open)), "blobs")
  for (let step = 3; step <= count; step++) yield* commit((open) => changeAt(open, step), `step ${step}`)
})

/** Makes a pond in a directory that has `count` transactions. */
export const writeHistory = (url: string, count: number): Promise<void> =>
  Effect.flatMap(Pond, (pond) => makeHistory(pond, count)).pipe(
    Effect.provide(Pond.layer({ url, create: true })),
    Effect.runPromise
  )
