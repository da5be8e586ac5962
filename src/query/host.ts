/**
 * A file of this machine as a content, for the person at the command line. It is named by the hash of its bytes as any other; one that changes while it
 * is read is refused.
 */
import { Effect, Stream } from "effect"
import { createReadStream } from "node:fs"
import { open, stat } from "node:fs/promises"
import { Hasher, hashStream, toHex } from "../bao/index.ts"
import { compressionOf, type Format } from "../formats/reference.ts"
import { detectFormat, HEAD_BYTES } from "../formats/detect.ts"
import { type Content, keyOf } from "./content.ts"
import { decompressed, headOf } from "./decompress.ts"
import { Unreadable } from "./errors.ts"

const READ_BYTES = 1024 * 1024

const stream = (path: string, start: number) => createReadStream(path, { start, highWaterMark: READ_BYTES })

const beginningOf = async (path: string): Promise<Uint8Array> => {
  await using file = await open(path, "r")
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

/** The content of a file of this machine. */
export const hostContent = Effect.fnUntraced(function* (path: string, given: Format | undefined) {
  const failed = (cause: unknown) =>
    new Unreadable({
      path: `host:${path}`,
      format: given ?? null,
      reason: cause instanceof Error ? cause.message : String(cause)
    })
  const looked = yield* Effect.tryPromise({
    try: async () => {
      const found = await stat(path)
      if (!found.isFile()) throw new Error("it is not a regular file")
      return { sizeBytes: found.size, hash: toHex(await hashStream(stream(path, 0))), head: await beginningOf(path) }
    },
    catch: failed
  })
  const bytes = Stream.suspend(() => {
    const hasher = new Hasher()
    const read = Stream.fromAsyncIterable<Uint8Array, Unreadable>(stream(path, 0), failed)
    const checked = Stream.fromEffectDrain(
      Effect.suspend(() =>
        toHex(hasher.root()) === looked.hash
          ? Effect.void
          : Effect.fail(failed(new Error("it changes while it is read")))
      )
    )
    return Stream.concat(
      Stream.tap(read, (chunk) => Effect.sync(() => hasher.update(chunk))),
      checked
    )
  })
  const plain = decompressed(path, bytes, failed)
  const head = compressionOf(path) === undefined ? looked.head : yield* headOf(plain)
  const content: Content = {
    path: `host:${path}`,
    format: given ?? detectFormat(path.split("/").at(-1)!, head),
    key: keyOf(looked.hash, compressionOf(path), false),
    sizeBytes: looked.sizeBytes,
    isGrowing: false,
    earlier: Effect.succeed([]),
    bytes: () => plain
  }
  return content
})
