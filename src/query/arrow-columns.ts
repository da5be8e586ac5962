/**
 * Columns of the engine as columns of Apache Arrow, with the types that they have: 64-bit integers, decimals, times in their own unit, lists,
 * structures, maps. What Arrow has no type for is text, as the engine writes it.
 */
import type * as Engine from "@duckdb/node-api"
import type * as Arrow from "apache-arrow"
import { QueryFailed } from "./errors.ts"
import { uniqueNames } from "./value.ts"

/** The package, once it is loaded. */
export type ArrowPackage = typeof Arrow

/** What a column becomes: its type, and how values of the engine become its data. */
export interface ArrowColumn {
  readonly type: Arrow.DataType
  readonly dataOf: (values: ReadonlyArray<unknown>) => Arrow.Data
}

/** More text than one batch can hold: its offsets have 32 bits. */
export class BatchTooLarge extends Error {}

const OFFSET_MAX = 2 ** 31 - 1
/** Decimals of 128 bits hold so many digits. */
const DECIMAL_DIGITS = 38
const WORD = 0xffff_ffffn

/** Which values are there: a bit each, none where all are. */
const validityOf = (values: ReadonlyArray<unknown>) => {
  let nullCount = 0
  for (const value of values) if (value === null) nullCount += 1
  if (nullCount === 0) return { length: values.length, nullCount }
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8))
  for (let at = 0; at < values.length; at++) if (values[at] !== null) nullBitmap[at >> 3]! |= 1 << (at & 7)
  return { length: values.length, nullCount, nullBitmap }
}

/** A typed array, as far as filling it goes. */
interface Fillable<Item> {
  [at: number]: Item
}

/** Columns of a fixed width: a typed array, and what of a value goes into it. */
const fixed = <Item, Filled extends Fillable<Item>>(
  arrow: ArrowPackage,
  type: Arrow.DataType,
  Values: new (length: number) => Filled,
  itemOf: (value: never) => Item
): ArrowColumn => ({
  type,
  dataOf: (values) => {
    const data = new Values(values.length)
    for (let at = 0; at < values.length; at++) {
      if (values[at] !== null) data[at] = itemOf(values[at] as never)
    }
    return arrow.makeData({ type, ...validityOf(values), data } as never)
  }
})

const itself = <A>(value: A): A => value

/** Columns of so many words of 32 bits for each value. */
const words = (
  arrow: ArrowPackage,
  type: Arrow.DataType,
  stride: number,
  fill: (data: Int32Array, at: number, value: never) => void
): ArrowColumn => ({
  type,
  dataOf: (values) => {
    const data = new Int32Array(values.length * stride)
    for (let at = 0; at < values.length; at++) {
      if (values[at] !== null) fill(data, at * stride, values[at] as never)
    }
    return arrow.makeData({ type, ...validityOf(values), data: new Uint32Array(data.buffer) } as never)
  }
})

/** Writes an integer, least word first; negative ones in two's complement. */
const fillInteger = (data: Int32Array, start: number, stride: number, integer: bigint): void => {
  let rest = integer
  for (let word = 0; word < stride; word++) {
    data[start + word] = Number(BigInt.asIntN(32, rest & WORD))
    rest >>= 32n
  }
}

const decimal = (
  arrow: ArrowPackage,
  scale: number,
  precision: number,
  integerOf: (value: never) => bigint
): ArrowColumn => {
  const limit = 10n ** BigInt(precision)
  return words(arrow, new arrow.Decimal(scale, precision, 128), 4, (data, start, value) => {
    const integer = integerOf(value)
    if (integer >= limit || integer <= -limit) {
      const problem = `${integer} has more than the ${precision} digits of a decimal in Arrow; cast it to VARCHAR or DOUBLE`
      throw new QueryFailed({ problem, position: null })
    }
    fillInteger(data, start, 4, integer)
  })
}

/** Columns of bytes or text, one after the other. */
const variable = (arrow: ArrowPackage, type: Arrow.DataType, bytesOf: (value: never) => Uint8Array): ArrowColumn => ({
  type,
  dataOf: (values) => {
    const parts = values.map((value) => (value === null ? undefined : bytesOf(value as never)))
    const valueOffsets = new Int32Array(values.length + 1)
    let sizeBytes = 0
    parts.forEach((part, at) => {
      sizeBytes += part?.length ?? 0
      if (sizeBytes > OFFSET_MAX) throw new BatchTooLarge()
      valueOffsets[at + 1] = sizeBytes
    })
    const data = new Uint8Array(sizeBytes)
    parts.forEach((part, at) => part !== undefined && data.set(part, valueOffsets[at]))
    return arrow.makeData({ type, ...validityOf(values), valueOffsets, data } as never)
  }
})

const text = (arrow: ArrowPackage, textOf: (value: never) => string): ArrowColumn => {
  const encoder = new TextEncoder()
  return variable(arrow, new arrow.Utf8(), (value) => encoder.encode(textOf(value)))
}

const bool = (arrow: ArrowPackage): ArrowColumn => {
  const type = new arrow.Bool()
  return {
    type,
    dataOf: (values) => {
      const data = new Uint8Array(Math.ceil(values.length / 8))
      for (let at = 0; at < values.length; at++) if (values[at] === true) data[at >> 3]! |= 1 << (at & 7)
      return arrow.makeData({ type, ...validityOf(values), data })
    }
  }
}

/** Names are written once, rows hold their numbers. */
const enumeration = (arrow: ArrowPackage, names: ReadonlyArray<string>): ArrowColumn => {
  const dictionary = arrow.makeVector(text(arrow, itself).dataOf(names) as Arrow.Data<Arrow.Utf8>)
  const type = new arrow.Dictionary(dictionary.type, new arrow.Int32())
  const numbers = new Map(names.map((name, at) => [name, at]))
  return {
    type,
    dataOf: (values) => {
      const data = Int32Array.from(values, (value) => numbers.get(value as string) ?? 0)
      return arrow.makeData({ type, ...validityOf(values), data, dictionary } as never)
    }
  }
}

/** The places where the items of each value begin, and all items together. */
const flattened = (values: ReadonlyArray<unknown>, itemsOf: (value: never) => ReadonlyArray<unknown>) => {
  const valueOffsets = new Int32Array(values.length + 1)
  const items: Array<unknown> = []
  values.forEach((value, at) => {
    if (value !== null) for (const item of itemsOf(value as never)) items.push(item)
    valueOffsets[at + 1] = items.length
  })
  return { valueOffsets, items }
}

const listItems = (value: Engine.DuckDBListValue | Engine.DuckDBArrayValue) => value.items

const list = (arrow: ArrowPackage, item: ArrowColumn): ArrowColumn => {
  const type = new arrow.List(new arrow.Field("item", item.type, true))
  return {
    type,
    dataOf: (values) => {
      const { items, valueOffsets } = flattened(values, listItems)
      return arrow.makeData({ type, ...validityOf(values), valueOffsets, child: item.dataOf(items) })
    }
  }
}

const array = (arrow: ArrowPackage, length: number, item: ArrowColumn): ArrowColumn => {
  const type = new arrow.FixedSizeList(length, new arrow.Field("item", item.type, true))
  const none = Array.from({ length }, () => null)
  return {
    type,
    dataOf: (values) => {
      const items = values.flatMap((value) => (value === null ? none : listItems(value as never)))
      return arrow.makeData({ type, ...validityOf(values), child: item.dataOf(items) })
    }
  }
}

type Fields = ReadonlyArray<readonly [name: string, column: ArrowColumn]>

const structType = (arrow: ArrowPackage, fields: Fields, isNullable = true) =>
  new arrow.Struct(fields.map(([name, { type }], at) => new arrow.Field(name, type, isNullable || at > 0)))

const struct = (arrow: ArrowPackage, fields: Fields): ArrowColumn => {
  const type = structType(arrow, fields)
  return {
    type,
    dataOf: (values) => {
      const children = fields.map(([name, column]) =>
        column.dataOf(
          values.map((value) => (value === null ? null : ((value as Engine.DuckDBStructValue).entries[name] ?? null)))
        )
      )
      return arrow.makeData({ type, ...validityOf(values), children })
    }
  }
}

const map = (arrow: ArrowPackage, key: ArrowColumn, value: ArrowColumn): ArrowColumn => {
  const fields: Fields = [
    ["key", key],
    ["value", value]
  ]
  const entry = structType(arrow, fields, false)
  const type = new arrow.Map_(new arrow.Field("entries", entry, false) as never)
  return {
    type,
    dataOf: (values) => {
      const { items, valueOffsets } = flattened(values, (one: Engine.DuckDBMapValue) => one.entries)
      const entries = items as ReadonlyArray<Engine.DuckDBMapEntry>
      const children = [key.dataOf(entries.map((one) => one.key)), value.dataOf(entries.map((one) => one.value))]
      const child = arrow.makeData({ type: entry, length: entries.length, nullCount: 0, children })
      return arrow.makeData({ type, ...validityOf(values), valueOffsets, child } as never)
    }
  }
}

/** What one type of the engine becomes; given what its parts become. */
type Maker = (
  arrow: ArrowPackage,
  type: Engine.DuckDBType,
  part: (type: Engine.DuckDBType) => ArrowColumn
) => ArrowColumn

/** Makers by the name of the type's number. */
const MAKERS: Readonly<Record<string, Maker>> = {
  SQLNULL: (arrow) => {
    const type = new arrow.Null()
    return { type, dataOf: ({ length }) => arrow.makeData({ type, length }) }
  },
  BOOLEAN: bool,
  TINYINT: (arrow) => fixed(arrow, new arrow.Int8(), Int8Array, itself<number>),
  SMALLINT: (arrow) => fixed(arrow, new arrow.Int16(), Int16Array, itself<number>),
  INTEGER: (arrow) => fixed(arrow, new arrow.Int32(), Int32Array, itself<number>),
  BIGINT: (arrow) => fixed(arrow, new arrow.Int64(), BigInt64Array, itself<bigint>),
  UTINYINT: (arrow) => fixed(arrow, new arrow.Uint8(), Uint8Array, itself<number>),
  USMALLINT: (arrow) => fixed(arrow, new arrow.Uint16(), Uint16Array, itself<number>),
  UINTEGER: (arrow) => fixed(arrow, new arrow.Uint32(), Uint32Array, itself<number>),
  UBIGINT: (arrow) => fixed(arrow, new arrow.Uint64(), BigUint64Array, itself<bigint>),
  FLOAT: (arrow) => fixed(arrow, new arrow.Float32(), Float32Array, itself<number>),
  DOUBLE: (arrow) => fixed(arrow, new arrow.Float64(), Float64Array, itself<number>),
  HUGEINT: (arrow) => decimal(arrow, 0, DECIMAL_DIGITS, itself<bigint>),
  UHUGEINT: (arrow) => decimal(arrow, 0, DECIMAL_DIGITS, itself<bigint>),
  DECIMAL: (arrow, type) => {
    const { scale, width } = type as Engine.DuckDBDecimalType
    return decimal(arrow, scale, width, ({ value }: Engine.DuckDBDecimalValue) => value)
  },
  BLOB: (arrow) => variable(arrow, new arrow.Binary(), ({ bytes }: Engine.DuckDBBlobValue) => bytes),
  DATE: (arrow) => fixed(arrow, new arrow.DateDay(), Int32Array, ({ days }: Engine.DuckDBDateValue) => days),
  TIME: (arrow) =>
    fixed(arrow, new arrow.TimeMicrosecond(), BigInt64Array, ({ micros }: Engine.DuckDBTimeValue) => micros),
  TIME_NS: (arrow) =>
    fixed(arrow, new arrow.TimeNanosecond(), BigInt64Array, ({ nanos }: Engine.DuckDBTimeNSValue) => nanos),
  TIMESTAMP_S: (arrow) =>
    fixed(arrow, new arrow.TimestampSecond(), BigInt64Array, (one: Engine.DuckDBTimestampSecondsValue) => one.seconds),
  TIMESTAMP_MS: (arrow) =>
    fixed(
      arrow,
      new arrow.TimestampMillisecond(),
      BigInt64Array,
      (one: Engine.DuckDBTimestampMillisecondsValue) => one.millis
    ),
  TIMESTAMP: (arrow) =>
    fixed(arrow, new arrow.TimestampMicrosecond(), BigInt64Array, (one: Engine.DuckDBTimestampValue) => one.micros),
  TIMESTAMP_NS: (arrow) =>
    fixed(
      arrow,
      new arrow.TimestampNanosecond(),
      BigInt64Array,
      (one: Engine.DuckDBTimestampNanosecondsValue) => one.nanos
    ),
  TIMESTAMP_TZ: (arrow) =>
    fixed(
      arrow,
      new arrow.TimestampMicrosecond("UTC"),
      BigInt64Array,
      (one: Engine.DuckDBTimestampTZValue) => one.micros
    ),
  INTERVAL: (arrow) =>
    words(arrow, new arrow.IntervalMonthDayNano(), 4, (data, start, value: Engine.DuckDBIntervalValue) => {
      data[start] = value.months
      data[start + 1] = value.days
      fillInteger(data, start + 2, 2, value.micros * 1000n)
    }),
  ENUM: (arrow, type) => enumeration(arrow, (type as Engine.DuckDBEnumType).values),
  LIST: (arrow, type, part) => list(arrow, part((type as Engine.DuckDBListType).valueType)),
  ARRAY: (arrow, type, part) => {
    const { length, valueType } = type as Engine.DuckDBArrayType
    return array(arrow, length, part(valueType))
  },
  STRUCT: (arrow, type, part) => {
    const { entryNames, entryTypes } = type as Engine.DuckDBStructType
    return struct(
      arrow,
      uniqueNames(entryNames).map((name, at) => [name, part(entryTypes[at]!)] as const)
    )
  },
  MAP: (arrow, type, part) => {
    const { keyType, valueType } = type as Engine.DuckDBMapType
    return map(arrow, part(keyType), part(valueType))
  }
}

/** What a column of a type of the engine becomes. */
export const arrowColumn = (engine: typeof Engine, arrow: ArrowPackage, type: Engine.DuckDBType): ArrowColumn => {
  const make = MAKERS[engine.DuckDBTypeId[type.typeId]] ?? (() => text(arrow, String))
  return make(arrow, type, (part) => arrowColumn(engine, arrow, part))
}
