import { expect, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { setImmediate } from "node:timers/promises"
import { blobKey } from "../../../../../src/tlogfs/content/blob.ts"
import { fsckBlob } from "../../../../../src/tlogfs/content/fsck/blob.ts"
import { fsckContent } from "../../../../../src/tlogfs/content/fsck/content.ts"
import { FRAME_BYTES } from "../../../../../src/tlogfs/content/limits.ts"
import { readContent } from "../../../../../src/tlogfs/content/read.ts"
import { crew } from "../../../../../src/tlogfs/content/threads/crew.ts"
import { logs, Shelf } from "../../../../support/tlogfs/contents.ts"
import { noise } from "../../../../support/bao/content.ts"

/** Has the threads of this process work, as long as they are not there. */
const startThreads = Effect.promise(async () => {
  for (; !crew.isReady; await setImmediate()) {
    await crew.unpack({
      bytes: new Uint8Array(FRAME_BYTES),
      sizeBytes: FRAME_BYTES,
      offset: 0,
      wantsBytes: false,
      wantsPairs: false
    })
  }
})

const endThreads = Effect.promise(() => crew.end())

/** What readers and checks say of a content: bytes up to a failure, damages, sound blobs. */
const said = Effect.fnUntraced(function* (shelf: Shelf) {
  const { reader, content } = yield* Effect.map(shelf.reopened, (one) => ({
    reader: one.reader,
    content: one.content()
  }))
  let bytes = 0
  const reading = yield* Effect.exit(
    Stream.runForEach(readContent(reader, content), (part) => Effect.sync(() => (bytes += part.length)))
  )
  const { damages, readBytes, soundBlobs } = yield* fsckContent(reader, content)
  const blobs = yield* Effect.forEach(
    shelf.rows.flatMap(({ blob }) => blob ?? []),
    (blob) => fsckBlob(reader, blob)
  )
  return {
    bytes,
    isWhole: Exit.isSuccess(reading),
    failure: JSON.stringify(reading),
    damages: damages.map(({ message }) => message),
    readBytes,
    soundBlobs,
    blobs: blobs.flat().map(({ message }) => message)
  }
})

const kinds = [
  ["compressed", logs(6 * FRAME_BYTES + 4321)],
  ["as they are", noise(6 * FRAME_BYTES + 4321)]
] as const

it.effect.each(kinds)("threads tell of damage what the asking thread tells, of bytes %s", ([, bytes]) =>
  Effect.gen(function* () {
    const shelf = yield* Shelf.make()
    yield* shelf.write("append", [bytes])
    yield* shelf.write("append", [logs(3 * FRAME_BYTES, 5)])
    const key = blobKey(shelf.rows[0]!.blob!)
    const sound = yield* shelf.store.get(key)
    const changes: ReadonlyArray<(copy: Uint8Array) => Uint8Array> = [
      (copy) => copy,
      ...[0.01, 0.3, 0.5, 0.77, 0.999].map((share) => (copy: Uint8Array) => {
        copy[Math.floor(copy.length * share)]! ^= 8
        return copy
      }),
      (copy) => copy.fill(0, Math.floor(copy.length * 0.4), Math.floor(copy.length * 0.6)),
      (copy) => copy.subarray(0, Math.floor(copy.length * 0.7))
    ]
    for (const [index, change] of changes.entries()) {
      yield* shelf.store.put(key, change(sound.slice()))
      yield* endThreads
      const alone = yield* said(shelf)
      yield* startThreads
      expect(yield* said(shelf)).toEqual(alone)
      expect(alone.isWhole).toBe(index === 0)
      expect(alone.damages.length > 0).toBe(index > 0)
    }
    yield* endThreads
  })
)
