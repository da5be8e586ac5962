/**
 * What the footers of all written Parquet files of plain columns begin and end with.
 */
import { type ByteSink, THRIFT } from "./byte-sink.ts"

/** What a Parquet file begins and ends with. */
export const MAGIC: Uint8Array = new TextEncoder().encode("PAR1")

/** Begins a footer: the format, and the root of a schema. The elements of the columns follow: more than there are at the root, where columns lie in others. */
export const beginFooter = (sink: ByteSink, rootCount: number, elementCount = rootCount): void => {
  sink.begin()
  sink.number(1, 2)
  sink.list(2, elementCount + 1, THRIFT.struct)
  sink.begin()
  sink.binary(4, "schema")
  sink.number(5, rootCount)
  sink.end()
}

/** Ends a footer that began at byte `start` of the sink, and the file. */
export const endFooter = (sink: ByteSink, columnCount: number, start: number): void => {
  sink.binary(6, "pond")
  // Each column is in the order of its type: only then do readers believe its least and greatest value.
  sink.list(7, columnCount, THRIFT.struct)
  for (let at = 0; at < columnCount; at++) {
    sink.begin()
    sink.struct(1)
    sink.end()
    sink.end()
  }
  sink.end()
  sink.int32(sink.length - start)
  sink.raw(MAGIC)
}
