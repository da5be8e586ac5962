/**
 * Making a torn log entry again, byte for byte, from the data file that it named.
 *
 * Its first line holds the seal: a digest of all its bytes. What is made again is believed only when it has that digest, so what comes out is
 * what was published, or nothing. The entry of a commit is that line and one `add`, which follows from the rows of the data file.
 */
import { Effect, Exit, Schema, Stream } from "effect"
import { hash, OutboardBuilder, toHex } from "../../bao/index.ts"
import { concatenate } from "../../bao/outboard.ts"
import { encodeAction } from "../../delta/actions.ts"
import { checkSeal, readSeal, type Seal } from "../../delta/seal.ts"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { readDataFile } from "../datafile.ts"
import { addAction, dataFileName } from "../names.ts"
import type { DataFileInfo } from "../publication.ts"
import { bufferOf, WHOLE_BYTES_MAX } from "../verified.ts"

/** What the first line of a commit's entry tells. */
const FirstLine = Schema.fromJsonString(
  Schema.Struct({
    commitInfo: Schema.Struct({
      timestamp: Schema.Int,
      pond: Schema.Struct({ txns: Schema.String.check(Schema.isPattern(/^\d{1,15}-\d{1,15}$/)) })
    })
  })
)
const decodeFirstLine = Schema.decodeUnknownExit(FirstLine)

/** The time in an `add` is that of the making of its rows: so much before that of the entry, at most. */
const MAKING_MS_MAX = 10_000

const LINE_FEED = 10
const TIME_LABEL = '"modificationTime":'

/** What is left of the beginning of an entry. */
export interface Beginning {
  /** Its first line, line feed included. */
  readonly line: Uint8Array
  readonly timestampMs: number
  readonly firstTxn: number
  readonly txns: string
}

/** What the first line of a torn entry tells, when it is whole and that of a commit. */
export const beginningOf = (bytes: Uint8Array): Beginning | undefined => {
  const end = bytes.indexOf(LINE_FEED)
  if (end < 0 || readSeal(bytes) === undefined) return undefined
  const line = bytes.slice(0, end + 1)
  const decoded = decodeFirstLine(new TextDecoder().decode(line))
  if (!Exit.isSuccess(decoded)) return undefined
  const { pond, timestamp } = decoded.value.commitInfo
  return { line, timestampMs: timestamp, firstTxn: Number.parseInt(pond.txns, 10), txns: pond.txns }
}

/** The keys of data files whose first txn is this one. */
export const dataFilesFrom = (store: Store, firstTxn: number): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.map(Stream.runCollect(store.list(dataFileName(firstTxn, "").replace(".parquet", ""))), (all) =>
    all.map(({ key }) => key)
  )

const infoOf = (file: string, bytes: Uint8Array, rows: ReadonlyArray<{ readonly txn: number }>): DataFileInfo => {
  const builder = new OutboardBuilder()
  const pairs = builder.update(bytes)
  const outboard = bytes.length > WHOLE_BYTES_MAX ? { outboard: toHex(hash(concatenate([pairs, builder.edge()]))) } : {}
  const [firstTxn, lastTxn] = [rows[0]!.txn, rows.at(-1)!.txn]
  return {
    file,
    level: 0,
    firstTxn,
    lastTxn,
    rows: rows.length,
    sizeBytes: bytes.length,
    hash: toHex(hash(bytes)),
    ...outboard
  }
}

/** The entry with this first line and `add`, at whatever time it was made; `undefined` when the digest fits none. */
const fitting = ({ line, timestampMs }: Beginning, added: string, seal: Seal): Uint8Array | undefined => {
  const bytes = concatenate([line, new TextEncoder().encode(`${added}\n`)])
  const at = line.length + Buffer.byteLength(added.slice(0, added.indexOf(TIME_LABEL) + TIME_LABEL.length))
  const earliestMs = Math.max(timestampMs - MAKING_MS_MAX, 10 ** (String(timestampMs).length - 1))
  for (let timeMs = timestampMs; timeMs >= earliestMs; timeMs--) {
    bytes.set(Buffer.from(String(timeMs)), at)
    try {
      checkSeal(bytes, seal, undefined)
      return bytes
    } catch {
      // Not at this time.
    }
  }
  return undefined
}

/** Makes a torn entry again from one of the data files that begin with its txn; `undefined` when none gives its digest. */
export const remade = Effect.fnUntraced(function* (store: Store, beginning: Beginning, seal: Seal) {
  for (const file of yield* dataFilesFrom(store, beginning.firstTxn)) {
    const bytes = yield* store.get(file)
    const rows = yield* Effect.tryPromise(() => readDataFile(bufferOf(bytes))).pipe(Effect.orElseSucceed(() => []))
    if (rows.length === 0) continue
    const action = addAction(infoOf(file, bytes, rows), rows, beginning.timestampMs, false)
    const entry = fitting(beginning, encodeAction(action), seal)
    if (entry !== undefined) return entry
  }
  return undefined
})
