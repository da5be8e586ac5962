/**
 * Damage: what a disk, a network or a hand may do to the bytes that hold a content, and what must then still be true.
 */
import { Effect, Exit } from "effect"
import { expect } from "vitest"
import { sameHash } from "../../../src/bao/index.ts"
import { Damaged } from "../../../src/tinyfs/index.ts"
import { blobKey } from "../../../src/tlogfs/content/blob.ts"
import { fsckContent } from "../../../src/tlogfs/content/fsck/content.ts"
import type { Row } from "../../../src/tlogfs/row.ts"
import { flip } from "../bao/content.ts"
import type { Shelf } from "./contents.ts"

/** Flipped bits of one kind of object, at least. */
export const FLIPS = 300

/** Bits spread over some bytes; with `tail`, also every bit of the last so many bytes. */
export const bitsOf = (sizeBytes: number, tail = 0): ReadonlyArray<number> => {
  const bits = sizeBytes * 8
  const step = Math.max(1, bits / FLIPS)
  const spread = Array.from({ length: Math.min(bits, FLIPS) }, (_, index) => Math.floor(index * step))
  return [...new Set([...spread, ...Array.from({ length: tail * 8 }, (_, index) => bits - 1 - index)])]
}

/** Cuts, zeroed blocks and garbage. */
export const mutilations = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => [
  bytes.slice(0, -1),
  bytes.slice(0, bytes.length >> 1),
  bytes.slice(0, 4096),
  new Uint8Array(0),
  new Uint8Array([...bytes, 1]),
  bytes.slice().fill(0, 0, 512),
  bytes.slice().fill(0, bytes.length >> 1, (bytes.length >> 1) + 4096),
  bytes.slice().fill(0, -64)
]

/** Reads a content whole and by parts: every byte given is right, every refusal is a `Damaged`. Tells how many were refused. */
export const readsSoundly = Effect.fnUntraced(function* (
  shelf: Shelf,
  content: Uint8Array,
  spans: ReadonlyArray<readonly [number, number]>
) {
  let refused = 0
  for (const [start, end] of spans) {
    const exit = yield* Effect.exit(shelf.read({ start, end }))
    if (Exit.isSuccess(exit)) expect(sameHash(exit.value, content.subarray(start, end))).toBe(true)
    else {
      const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
      expect(failure?.error).toBeInstanceOf(Damaged)
      refused++
    }
  }
  return refused
})

/** Reads after a change, and checks: what a reader meets, checking finds. */
export const survives = Effect.fnUntraced(function* (shelf: Shelf, content: Uint8Array) {
  const reopened = yield* shelf.reopened
  const middle = content.length >> 1
  const spans = [
    [0, content.length],
    [0, 1],
    [middle, Math.min(content.length, middle + 20_000)],
    [content.length - 1, content.length]
  ] as const
  const refused = yield* readsSoundly(reopened, content, spans)
  const { damages } = yield* fsckContent(reopened.reader, reopened.content())
  if (refused > 0) expect(damages.length).toBeGreaterThan(0)
  return { refused, found: damages.length }
})

/** Changes a blob in every way, and reads and checks after each change; `tail` as in `bitsOf`. */
export const sweepObject = Effect.fnUntraced(function* (shelf: Shelf, content: Uint8Array, blob: string, tail: number) {
  const bytes = yield* shelf.store.get(blobKey(blob))
  const changed = [
    ...bitsOf(bytes.length, tail).map((bit) => () => flip(bytes, bit)),
    ...mutilations(bytes).map((other) => () => other)
  ]
  let found = 0
  for (const change of changed) {
    yield* shelf.store.put(blobKey(blob), change())
    const outcome = yield* survives(shelf, content)
    if (outcome.found > 0) found++
  }
  return { changes: changed.length, found }
})

/** Changes one column of one row, in every way, and reads. */
export const sweepColumn = Effect.fnUntraced(function* (
  shelf: Shelf,
  content: Uint8Array,
  at: number,
  column: "content" | "outboard"
) {
  const row = shelf.rows[at]!
  const bytes = row[column]!
  const changed = [
    ...bitsOf(bytes.length).map((bit) => flip(bytes, bit)),
    ...mutilations(bytes).filter((other) => other.length === bytes.length)
  ]
  let found = 0
  for (const value of changed) {
    const other: Row = { ...row, [column]: value }
    shelf.rows[at] = other
    if (!sameHash(value, bytes)) found += (yield* survives(shelf, content)).found > 0 ? 1 : 0
    else found++
  }
  shelf.rows[at] = row
  return { changes: changed.length, found }
})
