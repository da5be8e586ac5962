/**
 * Files as sources of byte ranges, and Parquet read from them.
 *
 * A reader asks for exact ranges, so that whoever checks hashes can stand in between (R4). Small files are fetched whole, by one
 * request; of larger ones the footer and the wanted columns of one row group at a time.
 */
import { Effect } from "effect"
import { Malformed, Unsupported } from "./errors.ts"
import { footerBytes, parseFooter } from "./parquet-footer.ts"
import type { ParquetFile, RowGroup } from "./parquet-footer.ts"
import { decodeGroup, groupRanges } from "./parquet-read.ts"
import type { ByteSpan, Columns, ReadPlan } from "./parquet-read.ts"

/** A file of known size that gives exactly the bytes of a range, or fails. */
export interface ByteSource<E> {
  readonly sizeBytes: number
  readonly read: (span: ByteSpan) => Effect.Effect<Uint8Array, E>
}

/** What a decoder says about bytes. */
export type DecodeFailure = Malformed | Unsupported

/** The end of a file that is fetched at once; files up to this size are fetched whole. */
const TAIL_BYTES = 256 * 1024
/** Ranges closer to each other than this are fetched as one. */
const GAP_BYTES = 64 * 1024
/** Ranges of one row group that are fetched at the same time. */
const CONCURRENCY = 8

/** An open Parquet file: its footer, and where further bytes come from. */
export interface ParquetSource<E> {
  readonly file: ParquetFile
  readonly source: ByteSource<E>
}

/** Runs a pure decoder; what it throws on purpose becomes the failure. */
export const decoding = <A>(decode: () => A): Effect.Effect<A, DecodeFailure> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(decode())
    } catch (cause) {
      return cause instanceof Malformed || cause instanceof Unsupported ? Effect.fail(cause) : Effect.die(cause)
    }
  })

/** A source over bytes in memory. */
export const bytesSource = (bytes: Uint8Array): ByteSource<never> => ({
  sizeBytes: bytes.length,
  read: ({ end, start }) => Effect.succeed(bytes.subarray(start, end))
})

/** The same source, with the bytes from `from` to the end at hand. */
const withTail = <E>(source: ByteSource<E>, tail: Uint8Array): ByteSource<E> => {
  const from = source.sizeBytes - tail.length
  return {
    sizeBytes: source.sizeBytes,
    read: (span) =>
      span.start >= from ? Effect.succeed(tail.subarray(span.start - from, span.end - from)) : source.read(span)
  }
}

/** Opens a Parquet file: fetches and checks its footer. */
export const openParquet = Effect.fnUntraced(function* <E>(
  source: ByteSource<E>
): Effect.fn.Return<ParquetSource<E>, E | DecodeFailure> {
  const { sizeBytes } = source
  let tail = yield* source.read({ start: Math.max(0, sizeBytes - TAIL_BYTES), end: sizeBytes })
  const needed = yield* decoding(() => footerBytes(tail, sizeBytes))
  if (needed > tail.length) {
    const rest = yield* source.read({ start: sizeBytes - needed, end: sizeBytes - tail.length })
    const whole = new Uint8Array(needed)
    whole.set(rest)
    whole.set(tail, rest.length)
    tail = whole
  }
  const file = yield* decoding(() => parseFooter(tail, sizeBytes))
  return { file, source: withTail(source, tail) }
})

/** Neighbouring ranges as one; `ranges` are in order. */
const merge = (ranges: ReadonlyArray<ByteSpan>): ReadonlyArray<ByteSpan> => {
  const merged: Array<ByteSpan> = []
  for (const { end, start } of ranges) {
    const last = merged.at(-1)
    if (last !== undefined && start - last.end <= GAP_BYTES) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    } else {
      merged.push({ start, end })
    }
  }
  return merged
}

/** Fetches and decodes the planned columns of one row group. */
export const readGroup = Effect.fnUntraced(function* <E>(
  { source }: ParquetSource<E>,
  group: RowGroup,
  plan: ReadPlan
): Effect.fn.Return<Columns, E | DecodeFailure> {
  const spans = merge(yield* decoding(() => groupRanges(group, plan)))
  const parts = yield* Effect.forEach(spans, source.read, { concurrency: CONCURRENCY })
  const read = ({ end, start }: ByteSpan): Uint8Array => {
    const at = spans.findIndex((span) => span.start <= start && end <= span.end)
    const span = spans[at]
    const bytes = parts[at]
    if (span === undefined || bytes === undefined) throw new Malformed(`bytes ${start} to ${end} were not fetched`)
    return bytes.subarray(start - span.start, end - span.start)
  }
  return yield* decoding(() => decodeGroup(group, plan, read))
})
