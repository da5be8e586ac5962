/**
 * A place that is exported to: what is there, and changing it at once.
 *
 * Each export has a number, which its files and its record carry. The record is created only if it is absent, so that of two runs at the same time one
 * fails; what a run leaves behind that was stopped has a number that was never committed.
 */
import { Effect, type Option, Stream } from "effect"
import { createReadStream } from "node:fs"
import { Hasher, toHex } from "../../bao/index.ts"
import { hiveComponent } from "../../delta/path.ts"
import { randomUuid } from "../../delta/uuid.ts"
import type { CommitError } from "../../delta/commit.ts"
import type { LogError, MissingVersion } from "../../delta/errors.ts"
import { CacheFailed } from "../../query/errors.ts"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import type { ExportOvertaken, RecordDamaged, TargetAltered, TargetForeign } from "./errors.ts"
import type { FileRecord, TableRecord } from "./record.ts"
import type { Shape } from "./shape.ts"

/** A new data file, with its statistics as tables have them. */
export interface WrittenFile extends FileRecord {
  readonly statistics: string
}

/** What is to become of a table. */
export interface TableChange {
  readonly record: TableRecord
  readonly shape: Shape
  readonly added: ReadonlyArray<WrittenFile>
  readonly removed: ReadonlyArray<FileRecord>
  /** Whether other rows are in the table afterwards: not so when files are only put together. */
  readonly isDataChange: boolean
  readonly operation: string
}

/** What opening and changing a target can fail with. */
export type TargetError =
  | CommitError
  | ExportOvertaken
  | LogError
  | MissingVersion
  | RecordDamaged
  | StoreError
  | TargetAltered
  | TargetForeign

/** A target as it was found. */
export interface Target {
  readonly store: Store
  /** The number of the newest export; 0: there is none. */
  readonly number: number
  readonly record: Option.Option<TableRecord>
  /** What is not as the record says. */
  readonly altered: ReadonlyArray<string>
  /** Keys of data files that no export made. */
  readonly foreign: ReadonlyArray<string>
  /** Whether a run that was stopped left files behind that readers see. */
  readonly isLittered: boolean
  /** All data files of the table, also those that the record does not know. */
  readonly files: ReadonlyArray<FileRecord>
  /** Changes the table, all or nothing; the target afterwards. */
  readonly commit: (change: TableChange) => Effect.Effect<Target, TargetError>
}

const digits = (number: number): string => String(number).padStart(8, "0")

/** The key of a new data file of an export. */
export const newFileKey = (
  number: number,
  partitions: ReadonlyArray<{ readonly name: string }>,
  values: ReadonlyArray<string | null>
): Effect.Effect<string> =>
  Effect.map(randomUuid, (unique) =>
    [
      ...partitions.map(({ name }, at) => hiveComponent(name, values[at] ?? null)),
      `pond-${digits(number)}-${unique}.parquet`
    ].join("/")
  )

/** The number of the export that made a data file; `undefined` for files of others. */
export const fileNumber = (key: string): number | undefined => {
  const [, number] = /(?:^|\/)pond-(\d{8,})-[0-9a-f-]{36}\.parquet$/u.exec(key) ?? []
  return number === undefined ? undefined : Number(number)
}

/** Puts a file of this machine into a store, under a name that nobody else uses; gives the hash of its bytes. */
export const upload = Effect.fnUntraced(function* (store: Store, file: string, key: string) {
  const staged = yield* store.stage
  const hasher = new Hasher()
  const failed = (cause: unknown) => new CacheFailed({ path: file, cause })
  yield* Stream.runForEach(Stream.fromAsyncIterable<Uint8Array, CacheFailed>(createReadStream(file), failed), (chunk) =>
    Effect.suspend(() => {
      hasher.update(chunk)
      return staged.write(chunk)
    })
  )
  yield* staged.publish(key)
  return toHex(hasher.root())
}, Effect.scoped)
