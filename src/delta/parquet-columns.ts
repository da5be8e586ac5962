/**
 * From the columns a caller wants to the columns a file has: which leaves to read, and how their values become Delta's.
 *
 * The file's own annotations are replaced by the wanted type's, so that the decoder below returns what is stored, unrounded. A
 * wider type than the file's is accepted where the protocol allows widening; a column that the file lacks is null (D9).
 */
import type { SchemaElement, SchemaTree } from "hyparquet"
import { Malformed } from "./errors.ts"
import type { ParquetFile } from "./parquet-footer.ts"
import type { ArrayType, DataType, DecimalType, MapType, PrimitiveType, StructType, Value } from "./schema.ts"
import { setOwn } from "./value.ts"

/** Turns a decoded value, never null, into the wanted type's. */
export type Convert = (value: unknown) => Value

/** How one wanted column is read; `undefined` when the file lacks it. */
export interface ColumnPlan {
  /** The column's part of the schema, without what is not wanted. */
  readonly tree: SchemaTree
  /** From the root to each leaf. */
  readonly leaves: ReadonlyArray<ReadonlyArray<SchemaTree>>
  /** `undefined`: the decoded values are the wanted ones. */
  readonly convert: Convert | undefined
}

interface Node {
  readonly tree: SchemaTree
  readonly convert: Convert | undefined
}

const nullable =
  (convert: Convert | undefined): Convert =>
  (value) =>
    value === null || value === undefined ? null : convert === undefined ? (value as Value) : convert(value)

const physical = (element: SchemaElement): string => {
  const annotation = element.logical_type?.type ?? element.converted_type
  return `${element.type ?? "a group"}${annotation === undefined ? "" : ` (${annotation})`}`
}

const bare = ({ type, type_length, repetition_type, name }: SchemaElement): SchemaElement => ({
  name,
  ...(type === undefined ? {} : { type }),
  ...(type_length === undefined ? {} : { type_length }),
  ...(repetition_type === undefined ? {} : { repetition_type })
})

const isTimestamp = ({ type, converted_type, logical_type }: SchemaElement): boolean =>
  type === "INT96" ||
  (type === "INT64" &&
    (logical_type?.type === "TIMESTAMP" ||
      converted_type === "TIMESTAMP_MILLIS" ||
      converted_type === "TIMESTAMP_MICROS"))

const isDate = ({ type, converted_type, logical_type }: SchemaElement): boolean =>
  type === "INT32" && (logical_type?.type === "DATE" || converted_type === "DATE")

const DAY_MICROS = 86_400_000_000n

/** Two's complement, most significant byte first. */
const signed = (bytes: Uint8Array): bigint => {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

const decimalConvert = (wanted: DecimalType, element: SchemaElement): Convert | undefined => {
  const isDecimal = element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL"
  const isWhole = element.type === "INT32" || element.type === "INT64"
  if (!isDecimal && !(isWhole && element.converted_type === undefined)) return undefined
  const scale = element.logical_type?.type === "DECIMAL" ? element.logical_type.scale : (element.scale ?? 0)
  if (scale > wanted.scale) return undefined
  const factor = 10n ** BigInt(wanted.scale - scale)
  return (value) => (value instanceof Uint8Array ? signed(value) : BigInt(value as number | bigint)) * factor
}

const big: Convert = (value) => BigInt(value as number | bigint)

/** The element to decode with and the conversion for one leaf; `undefined` when the types do not fit. */
const leafOf = (
  type: PrimitiveType,
  element: SchemaElement
): { readonly element: SchemaElement; readonly convert?: Convert } | undefined => {
  const raw = bare(element)
  switch (type) {
    case "boolean":
      return element.type === "BOOLEAN" ? { element: raw } : undefined
    case "byte":
    case "short":
    case "integer":
      return element.type === "INT32" && !isDate(element) ? { element: raw } : undefined
    case "long":
      if (element.type === "INT64") return isTimestamp(element) ? undefined : { element: raw }
      return element.type === "INT32" && !isDate(element) ? { element: raw, convert: big } : undefined
    case "float":
      return element.type === "FLOAT" ? { element: raw } : undefined
    case "double":
      return element.type === "DOUBLE" || element.type === "FLOAT" || element.type === "INT32"
        ? { element: raw }
        : undefined
    case "string":
      return element.type === "BYTE_ARRAY" ? { element: { ...raw, converted_type: "UTF8" } } : undefined
    case "binary":
      return element.type === "BYTE_ARRAY" || element.type === "FIXED_LEN_BYTE_ARRAY" ? { element: raw } : undefined
    case "date":
      return isDate(element) ? { element: raw } : undefined
    case "timestamp":
    case "timestamp_ntz": {
      const { logical_type, converted_type } = element
      if (isTimestamp(element)) {
        return { element: { ...raw, ...(logical_type && { logical_type }), ...(converted_type && { converted_type }) } }
      }
      if (type === "timestamp" || !isDate(element)) return undefined
      return { element: raw, convert: (value) => BigInt(value as number) * DAY_MICROS }
    }
  }
}

const leaf = (type: PrimitiveType | DecimalType, tree: SchemaTree): Node => {
  const { element } = tree
  if (tree.children.length === 0) {
    const name = typeof type === "string" ? type : `decimal(${type.precision},${type.scale})`
    const fitting =
      typeof type === "string"
        ? leafOf(type, element)
        : { element: bare(element), convert: decimalConvert(type, element) }
    if (fitting !== undefined && (typeof type === "string" || fitting.convert !== undefined)) {
      return { tree: { ...tree, element: fitting.element }, convert: fitting.convert }
    }
    throw new Malformed(`column ${tree.path.join(".")} is ${physical(element)}, which is not ${name}`)
  }
  throw new Malformed(`column ${tree.path.join(".")} is a group where a plain value is expected`)
}

/** The child with this name; case counts only when it decides. */
const childNamed = (tree: SchemaTree, name: string): SchemaTree | undefined =>
  tree.children.find((child) => child.element.name === name) ??
  tree.children.find((child) => child.element.name.toLowerCase() === name.toLowerCase())

const firstLeaf = (tree: SchemaTree): SchemaTree => {
  const [child] = tree.children
  const element = bare(tree.element)
  return child === undefined ? { ...tree, element } : { ...tree, element, children: [firstLeaf(child)] }
}

const structNode = (type: StructType, tree: SchemaTree): Node => {
  const children: Array<SchemaTree> = []
  const readers = type.fields.map(({ name, type: inner }) => {
    const child = childNamed(tree, name)
    if (child === undefined) return { name, stored: undefined, convert: nullable(undefined) }
    const planned = node(inner, child)
    children.push(planned.tree)
    return { name, stored: child.element.name, convert: nullable(planned.convert) }
  })
  const [witness] = tree.children
  if (witness === undefined) throw new Malformed(`column ${tree.path.join(".")} is not a group of fields`)
  // With none of the wanted fields present, one leaf still tells whether the struct itself is.
  if (children.length === 0) children.push(firstLeaf(witness))
  const convert: Convert = (value) => {
    const stored = value as Readonly<Record<string, unknown>>
    const object: Record<string, Value> = {}
    for (const reader of readers) {
      setOwn(object, reader.name, reader.stored === undefined ? null : reader.convert(stored[reader.stored]))
    }
    return object
  }
  return { tree: { ...tree, element: bare(tree.element), children }, convert }
}

/** The repeated group inside a list or a map. */
const repeatedGroup = (tree: SchemaTree): SchemaTree => {
  const [group] = tree.children
  if (tree.children.length !== 1 || group === undefined || group.element.repetition_type !== "REPEATED") {
    throw new Malformed(`column ${tree.path.join(".")} is neither a list nor a map`)
  }
  return group
}

const arrayNode = (type: ArrayType, tree: SchemaTree): Node => {
  const group = repeatedGroup(tree)
  const [inner] = group.children
  // Two-level lists of old writers: the repeated group is the element itself.
  const isElement =
    inner === undefined ||
    group.children.length > 1 ||
    group.element.name === "array" ||
    group.element.name === `${tree.element.name}_tuple`
  const element = node(type.elementType, isElement ? group : inner)
  const convertElement = nullable(element.convert)
  const groupTree = isElement ? element.tree : { ...group, element: bare(group.element), children: [element.tree] }
  const groupName = group.element.name
  const elementName = inner?.element.name ?? ""
  const convert: Convert = (value) => {
    const items = ((value as Record<string, unknown>)[groupName] ?? []) as ReadonlyArray<unknown>
    if (isElement) return Array.from(items, convertElement)
    return Array.from(items, (item) => convertElement((item as Record<string, unknown>)[elementName]))
  }
  return { tree: { ...tree, element: bare(tree.element), children: [groupTree] }, convert }
}

const mapNode = (type: MapType, tree: SchemaTree): Node => {
  const group = repeatedGroup(tree)
  const [keyTree, valueTree] = group.children
  if (keyTree === undefined || valueTree === undefined) {
    throw new Malformed(`column ${tree.path.join(".")} is not a map`)
  }
  const key = node(type.keyType, keyTree)
  const item = node(type.valueType, valueTree)
  const convertKey = nullable(key.convert)
  const convertItem = nullable(item.convert)
  const names = [group.element.name, keyTree.element.name, valueTree.element.name] as const
  const convert: Convert = (value) => {
    const entries = ((value as Record<string, unknown>)[names[0]] ?? []) as ReadonlyArray<Record<string, unknown>>
    return new Map(entries.map((entry) => [convertKey(entry[names[1]]), convertItem(entry[names[2]])]))
  }
  const groupTree = { ...group, element: bare(group.element), children: [key.tree, item.tree] }
  return { tree: { ...tree, element: bare(tree.element), children: [groupTree] }, convert }
}

const node = (type: DataType, tree: SchemaTree): Node => {
  if (typeof type === "string" || type.type === "decimal") return leaf(type, tree)
  switch (type.type) {
    case "struct":
      return structNode(type, tree)
    case "array":
      return arrayNode(type, tree)
    case "map":
      return mapNode(type, tree)
  }
}

const leavesOf = (path: ReadonlyArray<SchemaTree>): ReadonlyArray<ReadonlyArray<SchemaTree>> => {
  const children = path.at(-1)?.children ?? []
  return children.length === 0 ? [path] : children.flatMap((child) => leavesOf([...path, child]))
}

/** Plans the reading of one column of a file. Throws `Malformed` when the file's column does not fit the type. */
export const planColumn = (file: ParquetFile, name: string, type: DataType): ColumnPlan | undefined => {
  const tree = childNamed(file.root, name)
  if (tree === undefined) return undefined
  const planned = node(type, tree)
  return { ...planned, leaves: leavesOf([file.root, planned.tree]) }
}
