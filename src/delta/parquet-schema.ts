/**
 * Parquet schemas: how Delta's types are laid out in a file that is written (D8), as a list of elements in depth-first order.
 */
import type { SchemaElement } from "hyparquet"
import type { DataType, DecimalType, Field, StructType } from "./schema.ts"

/** Whether values of an element may be absent. */
type Repetition = "REQUIRED" | "OPTIONAL"

const TIMESTAMP = { type: "TIMESTAMP", unit: "MICROS" } as const

/** The physical type that holds every value of a decimal type. */
const decimal = ({ precision, scale }: DecimalType): Omit<SchemaElement, "name"> => {
  const annotations = {
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", precision, scale },
    precision,
    scale
  } as const
  if (precision <= 9) return { type: "INT32", ...annotations }
  if (precision <= 18) return { type: "INT64", ...annotations }
  const lengthBytes = Math.ceil((Math.log2(10) * precision + 1) / 8)
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: lengthBytes, ...annotations }
}

const leaf = (type: Exclude<DataType, { readonly type: "struct" | "array" | "map" }>): Omit<SchemaElement, "name"> => {
  if (typeof type !== "string") return decimal(type)
  switch (type) {
    case "boolean":
      return { type: "BOOLEAN" }
    // Without logical type: the encoder writes the width of an INTEGER as a type that readers in C++ refuse.
    case "byte":
      return { type: "INT32", converted_type: "INT_8" }
    case "short":
      return { type: "INT32", converted_type: "INT_16" }
    case "integer":
      return { type: "INT32" }
    case "long":
      return { type: "INT64" }
    case "float":
      return { type: "FLOAT" }
    case "double":
      return { type: "DOUBLE" }
    case "string":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }
    case "binary":
      return { type: "BYTE_ARRAY" }
    case "date":
      return { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } }
    case "timestamp":
      return {
        type: "INT64",
        converted_type: "TIMESTAMP_MICROS",
        logical_type: { ...TIMESTAMP, isAdjustedToUTC: true }
      }
    case "timestamp_ntz":
      return { type: "INT64", logical_type: { ...TIMESTAMP, isAdjustedToUTC: false } }
  }
}

const elements = (name: string, type: DataType, repetition_type: Repetition): ReadonlyArray<SchemaElement> => {
  if (typeof type === "string" || type.type === "decimal") return [{ name, repetition_type, ...leaf(type) }]
  switch (type.type) {
    case "array":
      return [
        { name, repetition_type, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...elements("element", type.elementType, type.containsNull ? "OPTIONAL" : "REQUIRED")
      ]
    case "map":
      return [
        { name, repetition_type, num_children: 1, converted_type: "MAP", logical_type: { type: "MAP" } },
        { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
        ...elements("key", type.keyType, "REQUIRED"),
        ...elements("value", type.valueType, type.valueContainsNull ? "OPTIONAL" : "REQUIRED")
      ]
    case "struct":
      return [{ name, repetition_type, num_children: type.fields.length }, ...type.fields.flatMap(column)]
  }
}

const column = (field: Field): ReadonlyArray<SchemaElement> =>
  elements(field.name, field.type, field.nullable ? "OPTIONAL" : "REQUIRED")

/** The elements of a file with these columns, the root first. */
export const parquetElements = (schema: StructType): Array<SchemaElement> => [
  { name: "schema", num_children: schema.fields.length },
  ...schema.fields.flatMap(column)
]
