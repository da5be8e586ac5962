/**
 * Derived nodes as files: what a query over other paths answers, as Parquet.
 */
import { Effect, Stream } from "effect"
import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { hashStream, toHex } from "../../bao/index.ts"
import { CacheFailed } from "../../query/errors.ts"
import { derivedFile } from "../../query/extract.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { Session } from "../session.ts"
import { cacheDirectory } from "./ask.ts"

/** The answer of a derived node: its size, its hash, and its bytes, which are there until the scope ends. */
export const derivedContent = Effect.fn("pond.derivedContent")(function* (snapshot: Snapshot, path: string) {
  const pond = yield* (yield* Session).pond
  const file = yield* derivedFile(pond, yield* cacheDirectory, path, snapshot)
  const failed = (cause: unknown) => new CacheFailed({ path: file, cause })
  const bytes = Stream.suspend(() => Stream.fromAsyncIterable<Uint8Array, CacheFailed>(createReadStream(file), failed))
  const found = yield* Effect.tryPromise({
    try: async () => ({ sizeBytes: (await stat(file)).size, hash: toHex(await hashStream(createReadStream(file))) }),
    catch: failed
  })
  return { ...found, bytes }
})
