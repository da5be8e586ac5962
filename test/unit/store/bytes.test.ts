import { expect, it } from "@effect/vitest"
import { chunksOf, concat } from "../../../src/store/bytes.ts"
import { STREAM_CHUNK_BYTES } from "../../../src/store/range.ts"
import { patterned } from "../../support/store/bytes.ts"

it("cuts bytes into chunks of at most 1 MiB that share nothing with them, and joins them again", () => {
  for (const sizeBytes of [0, 1, STREAM_CHUNK_BYTES, STREAM_CHUNK_BYTES + 1, 2 * STREAM_CHUNK_BYTES]) {
    const bytes = patterned(sizeBytes)
    const chunks = [...chunksOf(bytes)]
    expect(chunks).toHaveLength(Math.ceil(sizeBytes / STREAM_CHUNK_BYTES))
    for (const chunk of chunks) expect(chunk.buffer).not.toBe(bytes.buffer)
    expect(Buffer.compare(concat(chunks), bytes)).toBe(0)
  }
  expect(concat([])).toEqual(new Uint8Array(0))
})
