/**
 * What the footer of a file says of its columns, and of the chunks of each group.
 */
import { type ByteSink, THRIFT } from "../../delta/byte-sink.ts"
import type { Chunk } from "./group.ts"
import { ENCODING } from "./page.ts"
import { depthOf, keysOf } from "./path.ts"
import type { Branch } from "./tree.ts"
import type { ChunkType } from "./values.ts"
import { UUID_BYTES } from "./wasm/uuids.ts"

/** What nothing is known of is JSON for the engine, where it lies in an object. */
type StoredType = ChunkType | "JSON"

/** Types of columns as Parquet stores them. */
const PHYSICAL = {
  BIGINT: 2,
  BOOLEAN: 0,
  DATE: 1,
  DOUBLE: 5,
  JSON: 6,
  NULL: 1,
  TIME: 2,
  TIMESTAMP: 2,
  UUID: 7,
  VARCHAR: 6
} as const satisfies Record<StoredType, number>
/** What values stand for: their converted and their logical type, by the numbers of both. */
const MEANT: Partial<Record<StoredType, { readonly converted?: number; readonly logical: number }>> = {
  DATE: { converted: 6, logical: 6 },
  JSON: { converted: 19, logical: 12 },
  TIME: { logical: 7 },
  TIMESTAMP: { logical: 8 },
  UUID: { logical: 14 },
  VARCHAR: { converted: 0, logical: 1 }
}
const CODEC = { none: 0, zstd: 6 } as const

/** A column, and of what type its values are. */
interface Typed {
  readonly name: string
  readonly type: ChunkType
}

/** A column chunk, and where it lies. */
export interface Placed extends Omit<Chunk, "name" | "isText" | "style"> {
  readonly rows: number
}

/** Writes that a column is an object with so many others. */
const writeObject = (sink: ByteSink, key: string, count: number): void => {
  sink.begin()
  sink.number(3, 1)
  sink.binary(4, key)
  sink.number(5, count)
  sink.end()
}

const storedAs = (name: string, type: ChunkType): StoredType => (type === "NULL" && depthOf(name) > 0 ? "JSON" : type)

/** Writes that a column has values of a type. */
const writeElement = (sink: ByteSink, name: string, type: StoredType): void => {
  sink.begin()
  sink.number(1, PHYSICAL[type])
  if (type === "UUID") sink.number(2, UUID_BYTES)
  sink.number(3, 1)
  sink.binary(4, name)
  const { converted, logical } = MEANT[type] ?? {}
  if (converted !== undefined) sink.number(6, converted)
  if (logical !== undefined) {
    sink.struct(10)
    sink.struct(logical)
    if (type === "TIME" || type === "TIMESTAMP") writeMicroseconds(sink)
    sink.end()
    sink.end()
  }
  sink.end()
}

/** Writes that times are no instants, and in microseconds. */
const writeMicroseconds = (sink: ByteSink): void => {
  sink.flag(1, false)
  sink.struct(2)
  sink.struct(2)
  sink.end()
  sink.end()
}

const encodingsOf = ({ encoding, hasDictionary }: Placed): ReadonlyArray<number> =>
  hasDictionary ? [ENCODING.plain, ENCODING.rle, encoding] : [ENCODING.rle, encoding]

/** Writes an element of the schema. */
export const writeBranch = (sink: ByteSink, { branches, key, leaf }: Branch<Typed>): void => {
  if (branches.size > 0) writeObject(sink, key, branches.size)
  else writeElement(sink, key, storedAs(leaf!.name, leaf!.type))
}

/** Describes a column chunk in its group. */
export const describeChunk = (sink: ByteSink, { name, type }: Typed, chunk: Placed): void => {
  const encodings = encodingsOf(chunk)
  sink.begin()
  sink.number(2, 0, THRIFT.i64)
  sink.struct(3)
  sink.number(1, PHYSICAL[storedAs(name, type)])
  sink.list(2, encodings.length, THRIFT.i32)
  for (const encoding of encodings) sink.varint(2 * encoding)
  const keys = keysOf(name)
  sink.list(3, keys.length, THRIFT.binary)
  for (const key of keys) sink.item(key)
  sink.number(4, chunk.isCompressed ? CODEC.zstd : CODEC.none)
  sink.number(5, chunk.rows, THRIFT.i64)
  sink.number(6, chunk.plainBytes, THRIFT.i64)
  sink.number(7, chunk.end - chunk.start, THRIFT.i64)
  sink.number(9, chunk.dataStart, THRIFT.i64)
  if (chunk.hasDictionary) sink.number(11, chunk.start, THRIFT.i64)
  sink.struct(12)
  sink.number(3, chunk.nulls, THRIFT.i64)
  if (chunk.least !== undefined && chunk.greatest !== undefined) {
    sink.binary(5, chunk.greatest)
    sink.binary(6, chunk.least)
  }
  sink.end()
  sink.end()
  sink.end()
}
