import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { Malformed } from "../../../src/delta/errors.ts"
import { planColumns, toRows } from "../../../src/delta/parquet-read.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import { bytesSource, openParquet, readGroup } from "../../../src/delta/source.ts"
import type { ByteSource } from "../../../src/delta/source.ts"

const SCHEMA = struct(field("id", "long"), field("text", "string"), field("content", "binary"))
const noise = (seed: number, length: number): Uint8Array => {
  let state = seed + 1
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24)
}
const ROWS = Array.from({ length: 40 }, (_, at) => ({ id: BigInt(at), text: `row ${at}`, content: noise(at, 50_000) }))
const LARGE = encodeParquet(SCHEMA, ROWS, { groupRows: 10, plain: new Set(["content"]) })
const SMALL = encodeParquet(SCHEMA, ROWS.slice(0, 2), { groupRows: 1 })

const counted = (bytes: Uint8Array) => {
  const requests: Array<number> = []
  const source: ByteSource<never> = {
    sizeBytes: bytes.length,
    read: (span) => {
      requests.push(span.end - span.start)
      return bytesSource(bytes).read(span)
    }
  }
  return { source, requests }
}

const readAll = <E>(source: ByteSource<E>, schema = SCHEMA) =>
  Effect.gen(function* () {
    const opened = yield* openParquet(source)
    const plan = planColumns(opened.file, schema)
    const groups = yield* Effect.forEach(opened.file.groups, (group) => readGroup(opened, group, plan))
    return groups.flatMap((columns) => toRows(schema, columns))
  })

describe("openParquet and readGroup", () => {
  it.effect("fetch a small file by one request", () =>
    Effect.gen(function* () {
      const { requests, source } = counted(SMALL)
      expect(yield* readAll(source)).toEqual(ROWS.slice(0, 2))
      expect(requests).toHaveLength(1)
    })
  )

  it.effect("fetch of a large file only what is wanted", () =>
    Effect.gen(function* () {
      const { requests, source } = counted(LARGE)
      const wanted = struct(field("id", "long"))
      expect(yield* readAll(source, wanted)).toEqual(ROWS.map(({ id }) => ({ id })))
      expect(requests.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000)
      expect(yield* readAll(counted(LARGE).source)).toEqual(ROWS)
    })
  )

  it.effect("fail with what the source fails with", () =>
    Effect.gen(function* () {
      const broken: ByteSource<"broken"> = { sizeBytes: 100, read: () => Effect.fail("broken" as const) }
      expect(yield* Effect.flip(readAll(broken))).toBe("broken")
    })
  )

  it.effect("fail with a reason for bytes that are no Parquet", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(readAll(bytesSource(new Uint8Array(50))))).toBeInstanceOf(Malformed)
    })
  )
})
