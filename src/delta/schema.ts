/**
 * The schema of a table: Delta's types, and their JSON form in `metaData.schemaString`.
 *
 * Column names are unique regardless of case (D8). Values in memory: `long`, `timestamp` (microseconds since 1970) and `decimal`
 * (unscaled) are `bigint`; `date` (days since 1970), the smaller integers and floating-point numbers are `number`; `binary` is
 * `Uint8Array`; an array is an array, a map a `Map`, a struct an object; null is `null`.
 */
import { Malformed, Unsupported } from "./errors.ts"
import { encodeJson, Fields, isJsonObject, parseJson } from "./json.ts"
import type { Json, JsonObject } from "./json.ts"

const PRIMITIVES = [
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "float",
  "double",
  "boolean",
  "binary",
  "date",
  "timestamp",
  "timestamp_ntz"
] as const

/** The name of a type without parts. */
export type PrimitiveType = (typeof PRIMITIVES)[number]

/** A decimal number of `precision` digits, `scale` of them behind the point. */
export interface DecimalType {
  readonly type: "decimal"
  readonly precision: number
  readonly scale: number
}

/** Elements of one type. */
export interface ArrayType {
  readonly type: "array"
  readonly elementType: DataType
  readonly containsNull: boolean
}

/** Keys of one type to values of one type. */
export interface MapType {
  readonly type: "map"
  readonly keyType: DataType
  readonly valueType: DataType
  readonly valueContainsNull: boolean
}

/** One column, or one field of a struct. */
export interface Field {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  readonly metadata: JsonObject
}

/** Named fields in order; the schema of a table is one. */
export interface StructType {
  readonly type: "struct"
  readonly fields: ReadonlyArray<Field>
}

/** Any type of a column. */
export type DataType = PrimitiveType | DecimalType | ArrayType | MapType | StructType

/** A value of any type, in memory. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<Value>
  | ReadonlyMap<Value, Value>
  | { readonly [field: string]: Value }

/** One row: column name to value. A column that is absent is null. */
export type Row = { readonly [column: string]: Value | undefined }

/** A column, nullable unless said otherwise. */
export const field = (name: string, type: DataType, options?: { readonly nullable?: boolean }): Field => ({
  name,
  type,
  nullable: options?.nullable ?? true,
  metadata: {}
})

/** A struct of these fields. */
export const struct = (...fields: ReadonlyArray<Field>): StructType => ({ type: "struct", fields })

/** How deep types may nest; deeper ones are refused before any recursion can hurt. */
const DEPTH_MAX = 64
const DECIMAL = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/

const primitive = (name: string): DataType => {
  if ((PRIMITIVES as ReadonlyArray<string>).includes(name)) return name as PrimitiveType
  const decimal = name === "decimal" ? ["", "10", "0"] : DECIMAL.exec(name)
  if (decimal === null) throw new Unsupported(`columns of type ${JSON.stringify(name)}`)
  const precision = Number(decimal[1])
  const scale = Number(decimal[2])
  if (precision < 1 || precision > 38 || scale > precision) throw new Malformed(`there is no ${name}`)
  return { type: "decimal", precision, scale }
}

const dataType = (json: Json | undefined, at: string, depth: number): DataType => {
  if (depth > DEPTH_MAX) throw new Malformed(`the schema nests deeper than ${DEPTH_MAX} types`)
  if (typeof json === "string") return primitive(json)
  const fields = new Fields(json, at)
  const kind = fields.string("type")
  if (kind === "struct") return structType(fields, depth)
  if (kind === "array") {
    const elementType = dataType(fields.raw("elementType"), `${at}.element`, depth + 1)
    return { type: "array", elementType, containsNull: fields.boolean("containsNull") }
  }
  if (kind === "map") {
    return {
      type: "map",
      keyType: dataType(fields.raw("keyType"), `${at}.key`, depth + 1),
      valueType: dataType(fields.raw("valueType"), `${at}.value`, depth + 1),
      valueContainsNull: fields.boolean("valueContainsNull")
    }
  }
  throw new Unsupported(`columns of type ${JSON.stringify(kind)}`)
}

const structType = (fields: Fields, depth: number): StructType => {
  const list = fields.raw("fields")
  if (!Array.isArray(list)) throw new Malformed(`${fields.at}.fields must be a list`)
  const seen = new Set<string>()
  const decoded = (list as ReadonlyArray<Json>).map((item): Field => {
    const one = new Fields(item, `${fields.at}.field`)
    const name = one.string("name")
    const folded = name.toLowerCase()
    if (seen.has(folded)) throw new Malformed(`the column ${JSON.stringify(name)} occurs twice (case does not count)`)
    seen.add(folded)
    const metadata = one.raw("metadata")
    return {
      name,
      type: dataType(one.raw("type"), name, depth + 1),
      nullable: one.boolean("nullable"),
      metadata: isJsonObject(metadata) ? metadata : {}
    }
  })
  return { type: "struct", fields: decoded }
}

/** Decodes a `schemaString`. Throws `Malformed`, or `Unsupported` for a type that is not known. */
export const parseSchema = (schemaString: string): StructType => {
  const type = dataType(parseJson(schemaString), "schema", 0)
  if (typeof type === "string" || type.type !== "struct") throw new Malformed("the schema must be a struct")
  return type
}

const typeJson = (type: DataType): Json => {
  if (typeof type === "string") return type
  switch (type.type) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})`
    case "array":
      return { type: "array", elementType: typeJson(type.elementType), containsNull: type.containsNull }
    case "map":
      return {
        type: "map",
        keyType: typeJson(type.keyType),
        valueType: typeJson(type.valueType),
        valueContainsNull: type.valueContainsNull
      }
    case "struct":
      return {
        type: "struct",
        fields: type.fields.map(({ name, type: inner, nullable, metadata }) => ({
          name,
          type: typeJson(inner),
          nullable,
          metadata
        }))
      }
  }
}

/** Encodes a schema as a `schemaString`. */
export const encodeSchema = (schema: StructType): string => encodeJson(typeJson(schema))
