import { expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { sameHash } from "../../../../src/bao/index.ts"
import { countingStore } from "../../../../src/store/counting.ts"
import { faultyStore, injected } from "../../../../src/store/faults.ts"
import { memoryStore } from "../../../../src/store/memory/store.ts"
import { blobKey } from "../../../../src/tlogfs/content/blob.ts"
import { FRAME_BYTES } from "../../../../src/tlogfs/content/limits.ts"
import { readContent } from "../../../../src/tlogfs/content/read.ts"
import { noise } from "../../../support/bao/content.ts"
import { logs, Shelf, SMALL_LIMITS } from "../../../support/tlogfs/contents.ts"

const GROUP = 16_384

/** A content of an own blob, a pack and a row, and its bytes. */
const mixed = Effect.gen(function* () {
  const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
  const content = Buffer.concat([noise(700_000), logs(123_456), logs(500, 7)])
  for (const [start, end] of [
    [0, 700_000],
    [700_000, 823_456],
    [823_456, content.length]
  ] as const) {
    yield* shelf.write("append", [content.subarray(start, end)])
  }
  expect(shelf.rows.map(({ blob, extent_kind }) => [extent_kind, blob?.endsWith(".zst")])).toEqual([
    ["blob", false],
    ["blob", true],
    ["inline", undefined]
  ])
  return { shelf, content }
})

/** Changes the bytes of an object. */
const change = Effect.fnUntraced(function* (shelf: Shelf, blob: string, edit: (bytes: Uint8Array) => Uint8Array) {
  yield* shelf.store.put(blobKey(blob), edit(yield* shelf.store.get(blobKey(blob))))
})

const flipAt = (position: number) => (bytes: Uint8Array) => bytes.with(position, bytes[position]! ^ 4)

it.effect("gives chunks of at most 1 MiB, in order", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const content = logs(5 * FRAME_BYTES + 77)
    yield* shelf.write("append", [content])
    const chunks = yield* Stream.runCollect(
      readContent(shelf.reader, shelf.content(), { start: 5, end: content.length })
    )
    expect(chunks.map(({ length }) => length)).toEqual([
      FRAME_BYTES - 5,
      ...Array.from({ length: 4 }, () => FRAME_BYTES),
      77
    ])
    expect(sameHash(Buffer.concat(chunks), content.subarray(5))).toBe(true)
  })
)

it.effect("reads nothing of an empty range, and checks the hash of an empty content", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make({ type: "file" })
    yield* shelf.write("replace", [])
    expect((yield* shelf.read()).length).toBe(0)
    const lie = { ...shelf.content(), hash: "0".repeat(64) }
    const error = yield* Effect.flip(Stream.runCollect(readContent(shelf.reader, lie)))
    expect(error._tag).toBe("Damaged")
    yield* shelf.write("replace", [logs(100)])
    expect((yield* shelf.read({ start: 50, end: 50 })).length).toBe(0)
  })
)

it.effect("dies of a range that does not lie in the content: callers check what they ask for", () =>
  Effect.gen(function* () {
    const { content, shelf } = yield* mixed
    const odd = [
      [-1, 5],
      [5, 4],
      [0, content.length + 1],
      [0.5, 1],
      [0, Number.NaN]
    ] as const
    for (const [start, end] of odd) {
      const exit = yield* Effect.exit(shelf.read({ start, end }))
      expect(Exit.hasDies(exit)).toBe(true)
    }
  })
)

it.effect("names node, path, version and bytes of a damage; everything else stays readable (R4)", () =>
  Effect.gen(function* () {
    const { content, shelf } = yield* mixed
    yield* change(shelf, shelf.rows[0]!.blob!, flipAt(10 * GROUP + 5))
    const reopened = yield* shelf.reopened
    const error = yield* Effect.flip(reopened.read())
    expect(error).toMatchObject({ _tag: "Damaged", version: 3, start: 10 * GROUP, end: 11 * GROUP })
    expect(error.message).toBe(
      '"/logs/app.json" (node 01890000-0000-7000-8000-000000000001), version 3, bytes 163840 to 180224 is damaged: ' +
        "they do not match the hash. Restore it from a copy; everything else stays readable"
    )
    for (const [start, end] of [
      [0, 10 * GROUP],
      [11 * GROUP, content.length]
    ] as const) {
      expect(sameHash(yield* reopened.read({ start, end }), content.subarray(start, end))).toBe(true)
    }
    const before: Array<Uint8Array> = []
    yield* readContent(reopened.reader, reopened.content()).pipe(
      Stream.runForEach((bytes) => Effect.sync(() => before.push(bytes))),
      Effect.flip
    )
    expect(sameHash(Buffer.concat(before), content.subarray(0, 10 * GROUP))).toBe(true)
  })
)

it.effect("names the bytes of a frame that does not decompress, and of a blob that is missing", () =>
  Effect.gen(function* () {
    const { content, shelf } = yield* mixed
    const pack = shelf.rows[1]!.blob!
    yield* change(shelf, pack, (bytes) => bytes.fill(0xff, 20, 60))
    const broken = yield* Effect.flip((yield* shelf.reopened).read())
    expect(broken).toMatchObject({ _tag: "Damaged", end: 823_456 })
    expect(broken.message).toMatch(/cannot be decompressed/)
    yield* shelf.store.delete(blobKey(pack))
    const reopened = yield* shelf.reopened
    expect((yield* Effect.flip(reopened.read({ start: 750_000, end: 760_000 }))).message).toMatch(/it is missing/)
    const inline = { start: Math.ceil(823_456 / GROUP) * GROUP, end: content.length }
    if (inline.start < inline.end) expect((yield* reopened.read(inline)).length).toBe(inline.end - inline.start)
    expect((yield* reopened.read({ start: 0, end: 600_000 })).length).toBe(600_000)
  })
)

it.effect("needs nothing of the end of a content to read its beginning", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const content = noise(9 * FRAME_BYTES - 12_345)
    yield* shelf.write("append", [content])
    yield* change(shelf, shelf.rows[0]!.blob!, (bytes) => bytes.slice(0, bytes.length - 40_000))
    const reopened = yield* shelf.reopened
    const span = { start: 0, end: 8 * FRAME_BYTES }
    expect(sameHash(yield* reopened.read(span), content.subarray(0, span.end))).toBe(true)
    expect((yield* Effect.flip(reopened.read()))._tag).toBe("Damaged")
  })
)

it.effect("tells what was pruned from what is damaged", () =>
  Effect.gen(function* () {
    const { content, shelf } = yield* mixed
    shelf.rows[0] = { ...shelf.rows[0]!, extent_kind: "pruned", blob: null, blob_offset: null }
    const error = yield* Effect.flip(shelf.read())
    expect(error).toMatchObject({ _tag: "Pruned", version: 3, path: "/logs/app.json" })
    const rest = { start: Math.ceil(700_000 / GROUP) * GROUP, end: content.length }
    expect(sameHash(yield* shelf.read(rest), content.subarray(rest.start))).toBe(true)
  })
)

it.effect("names bytes that no row holds, or whose row holds others", () =>
  Effect.gen(function* () {
    const { shelf } = yield* mixed
    const [blob, pack, inline] = shelf.rows
    const without = yield* Effect.flip(
      Effect.suspend(() => readAll(shelf, [blob!, { ...pack!, extent_kind: null }, inline!]))
    )
    expect(without).toMatchObject({ _tag: "Damaged", why: "no extent holds them" })
    const short = { ...inline!, content: inline!.content!.subarray(1) }
    const error = yield* Effect.flip(Effect.suspend(() => readAll(shelf, [blob!, pack!, short])))
    expect(error.message).toMatch(/its row holds 499 bytes where 500 are needed/)
  })
)

const readAll = (shelf: Shelf, rows: Shelf["rows"]) =>
  Stream.runCollect(readContent(shelf.reader, shelf.content(shelf.version, rows)))

it.effect("fails as the store fails, and succeeds when it is asked again", () =>
  Effect.gen(function* () {
    let fails = false
    const { store } = faultyStore(memoryStore(), (request) =>
      fails && request.operation === "getRange" ? { when: "before", error: injected(request) } : undefined
    )
    const shelf = yield* Shelf.make({ store })
    yield* shelf.write("append", [logs(6 * FRAME_BYTES)])
    fails = true
    const error = yield* Effect.flip(shelf.read())
    expect(error._tag).toBe("PersistenceFailed")
    fails = false
    expect((yield* shelf.read()).length).toBe(6 * FRAME_BYTES)
  })
)

it.effect("fetches what a range needs: one frame and a few pages of the tree", () =>
  Effect.gen(function* () {
    const { counts, reset, store } = countingStore(memoryStore())
    const shelf = yield* Shelf.make({ store })
    const content = Buffer.concat(Array.from({ length: 30 }, (_, seed) => logs(FRAME_BYTES, seed * 7)))
    yield* shelf.write("append", [content])
    reset()
    const reopened = yield* shelf.reopened
    const span = { start: 77 * GROUP, end: 78 * GROUP }
    expect(sameHash(yield* reopened.read(span), content.subarray(span.start, span.end))).toBe(true)
    expect(counts().getRange?.requests).toBeLessThanOrEqual(8)
    expect(counts().getRange?.bytes).toBeLessThan(FRAME_BYTES / 2)
    reset()
    yield* reopened.read({ start: 78 * GROUP, end: 79 * GROUP })
    expect(counts()).toEqual({})
  })
)

it.effect("stops when its reader does", () =>
  Effect.gen(function* () {
    const { requests, store } = countingStore(memoryStore())
    const shelf = yield* Shelf.make({ store })
    yield* shelf.write("append", [noise(9 * FRAME_BYTES)])
    const before = requests()
    const first = yield* Stream.runHead(readContent(shelf.reader, shelf.content()))
    expect(first._tag).toBe("Some")
    expect(requests() - before).toBeLessThan(9)
    const fiber = yield* Effect.forkChild(Stream.runDrain(readContent(shelf.reader, shelf.content())))
    yield* Fiber.interrupt(fiber)
    expect(Exit.hasInterrupts(yield* Fiber.await(fiber))).toBe(true)
    expect((yield* shelf.read()).length).toBe(9 * FRAME_BYTES)
  })
)
