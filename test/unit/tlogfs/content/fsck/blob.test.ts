import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash, toHex } from "../../../../../src/bao/index.ts"
import { memoryStore } from "../../../../../src/store/memory/store.ts"
import { blobKey } from "../../../../../src/tlogfs/content/blob.ts"
import { makeBlobReader } from "../../../../../src/tlogfs/content/blob-reader.ts"
import { makeBlobTools, makeBlobWriter } from "../../../../../src/tlogfs/content/blob-writer.ts"
import { fsckBlob } from "../../../../../src/tlogfs/content/fsck/blob.ts"
import { FRAME_BYTES } from "../../../../../src/tlogfs/content/limits.ts"
import { flip } from "../../../../support/bao/content.ts"
import { logs } from "../../../../support/tlogfs/contents.ts"

const content = logs(4 * FRAME_BYTES + 999)

const stored = Effect.fnUntraced(function* (kind: "raw" | "zst" | "obao") {
  const store = memoryStore()
  const writer = yield* makeBlobWriter({ store, isCondemned: () => false }, kind, yield* makeBlobTools(1))
  for (let at = 0; at < content.length; at += FRAME_BYTES) yield* writer.write(content.slice(at, at + FRAME_BYTES))
  const blob = yield* writer.publish(toHex(hash(content)))
  return { store, blob, bytes: yield* store.get(blobKey(blob)) }
}, Effect.scoped)

const fsck = Effect.fnUntraced(function* ({ blob, store }: Effect.Success<ReturnType<typeof stored>>) {
  return yield* fsckBlob(yield* makeBlobReader(store), blob)
})

it.effect("finds nothing wrong with sound blobs", () =>
  Effect.gen(function* () {
    for (const kind of ["raw", "zst", "obao"] as const) expect(yield* fsck(yield* stored(kind))).toEqual([])
  })
)

it.effect("finds any flipped bit, any missing and any added byte", () =>
  Effect.gen(function* () {
    for (const kind of ["raw", "zst"] as const) {
      const made = yield* stored(kind)
      const { blob, bytes, store } = made
      const changed = [
        bytes.slice(0, -1),
        bytes.slice(0, bytes.length >> 1),
        new Uint8Array(0),
        new Uint8Array([...bytes, 0]),
        ...Array.from({ length: 20 }, (_, index) => flip(bytes, Math.floor((bytes.length * 8 - 1) * (index / 19))))
      ]
      for (const other of changed) {
        yield* store.put(blobKey(blob), other)
        expect((yield* fsck(made)).length).toBeGreaterThan(0)
      }
    }
  })
)

it.effect("reports every frame that does not decompress, and a seek table beside", () =>
  Effect.gen(function* () {
    const made = yield* stored("zst")
    const { blob, bytes, store } = made
    const second = new DataView(bytes.buffer).getUint32(bytes.length - 9 - 5 * 8, true)
    const broken = bytes
      .slice()
      .fill(0xff, 30, 50)
      .fill(0xff, second + 30, second + 50)
    yield* store.put(blobKey(blob), broken)
    expect((yield* fsck(made)).map(({ start }) => start)).toEqual([0, FRAME_BYTES])
    yield* store.put(blobKey(blob), bytes.with(bytes.length - 1, 0))
    expect((yield* fsck(made)).map(({ why }) => why)).toEqual(["it does not end with a seek table"])
  })
)

it.effect("reports a blob that is missing, and a name that is none", () =>
  Effect.gen(function* () {
    const reader = yield* makeBlobReader(memoryStore())
    for (const blob of ["0".repeat(64), `${"0".repeat(64)}.zst`, "../etc/passwd"]) {
      expect(yield* fsckBlob(reader, blob)).toHaveLength(1)
    }
  })
)
