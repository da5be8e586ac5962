/**
 * Tables that other engines wrote: every row as expected, or the refusal that the table deserves.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { parquetReadObjects } from "hyparquet"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Log } from "../../../src/delta/log.ts"
import { scanRows } from "../../../src/delta/scan.ts"
import { openTable } from "../../../src/delta/table.ts"
import { readArchive } from "../../support/delta/archive.ts"
import { describeVectors } from "../../support/vectors.ts"

/** Tables without rows to expect: what opening or reading them must say. */
const REFUSED: Readonly<Record<string, { readonly tag: string; readonly message: RegExp }>> = {
  "deltalog-invalid-protocol-version": { tag: "UnsupportedFeature", message: /reader version 99/ },
  "deltalog-state-reconstruction-from-checkpoint-missing-metadata": { tag: "LogDamaged", message: /metaData/ },
  "deltalog-state-reconstruction-without-protocol": { tag: "LogDamaged", message: /protocol/ },
  "no-delta-log-folder": { tag: "NotATable", message: /not a Delta table/ },
  "versions-not-contiguous": { tag: "LogDamaged", message: /version 1 .*missing/ }
}

/** Tables whose log is all there is: the files they must consist of. */
const LOG_ONLY: Readonly<Record<string, ReadonlyArray<string>>> = {
  checkpoint: ["15"],
  "delete-re-add-same-file-different-transactions": ["bar", "foo"]
}

/** A table's log over the files of an archive. */
const logOf = (files: ReadonlyMap<string, Uint8Array>) =>
  Effect.gen(function* () {
    const store = memoryStore()
    for (const [path, bytes] of files) {
      const key = path.split("/delta/")[1]
      if (key !== undefined) yield* store.putIfAbsent(key, bytes)
    }
    return { store, seal: undefined } satisfies Log
  })

/** One text per value that is the same for this reader's values and for those of a plain one. */
const canonical = (value: unknown): unknown => {
  if (value === undefined || value === null) return null
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex")
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== "object") return value
  return Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, item]) => [name, canonical(item)])
}

const sortedTexts = (rows: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  rows.map((row) => JSON.stringify(canonical(row))).toSorted()

/** The rows to expect, by a plain reader. */
const expectedRows = async (
  files: ReadonlyMap<string, Uint8Array>
): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const rows: Array<Record<string, unknown>> = []
  for (const [path, bytes] of files) {
    if (!path.includes("/expected/") || !path.endsWith(".parquet")) continue
    const buffer = bytes.slice().buffer
    const part = await parquetReadObjects({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      utf8: false,
      parsers: {
        timestampFromMicroseconds: (micros: bigint) => micros,
        timestampFromNanoseconds: (nanos: bigint) => nanos / 1000n,
        dateFromDays: (days: number) => days
      }
    })
    rows.push(...part)
  }
  return rows
}

/** The engine that wrote this table's expectation read zoneless partition timestamps as Pacific time; the protocol means UTC. */
const inUtc = (table: string, row: Record<string, unknown>): Record<string, unknown> => {
  const time = row["as_timestamp"]
  if (table !== "data-reader-partition-values" || typeof time !== "bigint") return row
  return { ...row, as_timestamp: time - 7n * 3_600_000_000n }
}

describeVectors("delta", (folder) => {
  const archives = readdirSync(folder).filter((name) => name.endsWith(".tar.zst"))

  it("are 25 tables", () => expect(archives).toHaveLength(25))

  for (const archive of archives) {
    const table = archive.replace(".tar.zst", "")
    const refused = REFUSED[table]

    it.effect(table, () =>
      Effect.gen(function* () {
        const files = readArchive(join(folder, archive))
        const log = yield* logOf(files)
        if (refused !== undefined) {
          const error = yield* Effect.flip(openTable(log))
          expect(error._tag).toBe(refused.tag)
          expect(error.message).toMatch(refused.message)
          return
        }
        const snapshot = yield* (yield* openTable(log)).head
        if (LOG_ONLY[table] !== undefined) {
          expect([...snapshot.files].map(([path]) => path).toSorted()).toEqual(LOG_ONLY[table])
          return
        }
        const rows = yield* Stream.runCollect(scanRows(log, snapshot))
        const expected = yield* Effect.promise(() => expectedRows(files))
        expect(sortedTexts(rows)).toEqual(sortedTexts(expected.map((row) => inUtc(table, row))))
      })
    )
  }
})
