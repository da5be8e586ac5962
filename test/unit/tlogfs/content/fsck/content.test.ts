import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { faultyStore, injected } from "../../../../../src/store/faults.ts"
import { memoryStore } from "../../../../../src/store/memory/store.ts"
import { blobKey } from "../../../../../src/tlogfs/content/blob.ts"
import { fsckContent } from "../../../../../src/tlogfs/content/fsck/content.ts"
import type { Prefix } from "../../../../../src/tlogfs/content/fsck/prefixes.ts"
import { FRAME_BYTES } from "../../../../../src/tlogfs/content/limits.ts"
import { noise } from "../../../../support/bao/content.ts"
import { logs, Shelf, SMALL_LIMITS } from "../../../../support/tlogfs/contents.ts"

const GROUP = 16_384

const fsck = Effect.fnUntraced(function* (shelf: Shelf, version?: number) {
  const reopened = yield* shelf.reopened
  return yield* fsckContent(reopened.reader, reopened.content(version))
})

const change = Effect.fnUntraced(function* (shelf: Shelf, blob: string, edit: (bytes: Uint8Array) => Uint8Array) {
  yield* shelf.store.put(blobKey(blob), edit(yield* shelf.store.get(blobKey(blob))))
})

const flipAt = (position: number) => (bytes: Uint8Array) => bytes.with(position, bytes[position]! ^ 4)

/** Own blobs of both kinds, a pack, and rows. */
const mixed = Effect.gen(function* () {
  const shelf = yield* Shelf.make({ limits: SMALL_LIMITS })
  for (const bytes of [noise(700_000), logs(500_000), logs(123_456, 9), logs(500, 7), logs(10, 3)]) {
    yield* shelf.write("append", [bytes])
  }
  return shelf
})

const ranges = (damages: ReadonlyArray<{ readonly start: number | null; readonly end: number | null }>) =>
  damages.map(({ end, start }) => [start, end])

it.effect("finds nothing wrong with sound contents of every kind, and reads every byte of them", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    const size = shelf.rows.at(-1)!.size!
    const own = [shelf.rows[0]!.blob, shelf.rows[1]!.blob, shelf.rows[2]!.blob]
    expect(yield* fsck(shelf)).toEqual({ damages: [], wrongPrefixes: [], readBytes: size, soundBlobs: own })
    for (let version = 1; version < 5; version++) expect((yield* fsck(shelf, version)).damages).toEqual([])
    const file = yield* Shelf.make({ type: "file" })
    yield* file.write("replace", [])
    expect(yield* fsck(file)).toEqual({ damages: [], wrongPrefixes: [], readBytes: 0, soundBlobs: [] })
    const large = yield* Shelf.make()
    yield* large.write("append", [Buffer.concat(Array.from({ length: 20 }, (_, seed) => noise(FRAME_BYTES, seed)))])
    expect((yield* fsck(large)).damages).toEqual([])
  })
)

/** The prefixes that the versions of a shelf before the newest were. */
const prefixesOf = ({ rows }: Shelf): ReadonlyArray<Prefix> =>
  rows
    .filter(({ kind }) => kind !== "extent")
    .slice(0, -1)
    .map(({ hash, size, version }) => ({ version: version!, sizeBytes: size!, hash: hash! }))

it.effect("checks the hashes that the content had before, wherever it ended then", () =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    const sizes = [0, 1, FRAME_BYTES - 1, 2 * FRAME_BYTES, GROUP, 5 * FRAME_BYTES + 7, 1, 3 * FRAME_BYTES]
    for (const [seed, size] of sizes.entries()) yield* shelf.write("append", [logs(size, seed)])
    const prefixes = prefixesOf(shelf)
    const check = (some: ReadonlyArray<Prefix>) => fsckContent(shelf.reader, shelf.content(), some)
    expect(yield* check(prefixes)).toMatchObject({ damages: [], wrongPrefixes: [] })
    for (const [at, prefix] of prefixes.entries()) {
      const wrong = { ...prefix, hash: "0".repeat(64) }
      expect((yield* check(prefixes.with(at, wrong))).wrongPrefixes).toEqual([wrong])
    }
    const beyond = { ...prefixes.at(-1)!, sizeBytes: shelf.content().sizeBytes + 1 }
    expect((yield* check([...prefixes.slice(0, -1), beyond])).wrongPrefixes).toEqual([beyond])
  })
)

it.effect("reports every damaged stretch, not the first", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    for (const at of [3 * GROUP, 4 * GROUP + 1, 9 * GROUP]) yield* change(shelf, shelf.rows[0]!.blob!, flipAt(at))
    shelf.rows[3] = { ...shelf.rows[3]!, content: shelf.rows[3]!.content!.with(100, 0) }
    const { damages } = yield* fsck(shelf)
    const last = Math.floor((700_000 + 500_000 + 123_456 + 100) / GROUP) * GROUP
    expect(ranges(damages)).toEqual([
      [3 * GROUP, 5 * GROUP],
      [9 * GROUP, 10 * GROUP],
      [last, shelf.rows.at(-1)!.size]
    ])
  })
)

it.effect("reports a blob that is missing, with the bytes it held, and checks the rest", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    yield* shelf.store.delete(blobKey(shelf.rows[1]!.blob!))
    yield* change(shelf, shelf.rows[0]!.blob!, flipAt(5))
    const { damages } = yield* fsck(shelf)
    expect(ranges(damages)).toEqual([
      [0, GROUP],
      [700_000, 1_200_000]
    ])
    expect(damages[1]?.message).toMatch(/it is missing/)
  })
)

it.effect("reports damage of a hash tree whose bytes are sound, in a row and in a blob", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    const [first] = shelf.rows
    shelf.rows[0] = { ...first!, outboard: first!.outboard!.with(64 * 5, first!.outboard![64 * 5]! ^ 1) }
    const row = yield* fsck(shelf)
    expect(row.damages.map(({ why }) => why)).toEqual([
      "pairs 5 to 6 of its hash tree are not those of its bytes, which are sound"
    ])
    const last = shelf.rows.at(-1)!
    shelf.rows[0] = first!
    shelf.rows[4] = { ...last, outboard: last.outboard!.with(last.outboard!.length - 1, last.outboard!.at(-1)! ^ 1) }
    const loose = yield* fsck(shelf)
    expect(loose.damages.map(({ why }) => why)).toEqual([expect.stringMatching(/chaining values of its last groups/)])

    const large = yield* Shelf.make()
    yield* large.write("append", [Buffer.concat(Array.from({ length: 20 }, (_, seed) => noise(FRAME_BYTES, seed)))])
    const blob = large.rows[0]!.outboard_blob!
    yield* change(large, blob, flipAt(64 * 100 + 3))
    const tree = yield* fsck(large)
    expect(tree.damages.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^the blob .* hashes to/),
      expect.stringMatching(/^pairs 100 to 101 /)
    ])
    yield* large.store.delete(blobKey(blob))
    const gone = yield* fsck(large)
    expect(gone.damages.length).toBeGreaterThan(0)
    for (const { why } of gone.damages) expect(why).toMatch(/it is missing/)
  })
)

it.effect("reports damage of what no reader needs: seek tables, trailing bytes, hashes of extents", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    const [raw, zst] = shelf.rows
    yield* change(shelf, zst!.blob!, (bytes) => bytes.with(bytes.length - 1, 0))
    yield* change(shelf, raw!.blob!, (bytes) => new Uint8Array([...bytes, 1]))
    shelf.rows[3] = { ...shelf.rows[3]!, extent_hash: "0".repeat(64) }
    const { damages, soundBlobs } = yield* fsck(shelf)
    expect(damages.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^the bytes of an extent hash to .* its row says 0{64}$/),
      expect.stringMatching(/^the blob .* has 700001 bytes where 700000 belong$/),
      expect.stringMatching(/does not end with a seek table; its bytes are readable$/)
    ])
    expect(soundBlobs).toEqual([shelf.rows[2]!.blob])
    expect((yield* shelf.read()).length).toBe(shelf.rows.at(-1)!.size)
  })
)

it.effect("reports rows that do not make up the content, or the hash of another one", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    shelf.rows[2] = { ...shelf.rows[2]!, extent_kind: null }
    expect(ranges((yield* fsck(shelf)).damages)).toEqual([[1_200_000, 1_323_456]])
    const other = yield* Shelf.make({ type: "file" })
    yield* other.write("replace", [])
    other.rows[0] = { ...other.rows[0]!, hash: "1".repeat(64) }
    expect((yield* fsck(other)).damages.map(({ why }) => why)).toEqual([`its bytes do not hash to ${"1".repeat(64)}`])
  })
)

it.effect("knows what was pruned as intent, and checks the rest", () =>
  Effect.gen(function* () {
    const shelf = yield* mixed
    const pruned = { ...shelf.rows[1]!, extent_kind: "pruned" as const, blob: null, blob_offset: null }
    shelf.rows[1] = pruned
    expect((yield* fsck(shelf)).damages).toEqual([])
    yield* change(shelf, shelf.rows[0]!.blob!, flipAt(5))
    expect(ranges((yield* fsck(shelf)).damages)).toEqual([[0, GROUP]])
  })
)

it.effect("fails, rather than reports damage, when the store does", () =>
  Effect.gen(function* () {
    const base = memoryStore()
    const shelf = yield* Shelf.make({ store: base })
    yield* shelf.write("append", [logs(5 * FRAME_BYTES)])
    const { store } = faultyStore(base, (request) =>
      request.operation === "getRange" && request.number > 3 ? { when: "before", error: injected(request) } : undefined
    )
    const other = yield* Shelf.make({ store })
    other.rows.push(...shelf.rows)
    expect((yield* Effect.flip(fsck(other)))._tag).toBe("PersistenceFailed")
  })
)
