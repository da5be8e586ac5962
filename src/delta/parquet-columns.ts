/**
 * From the columns a caller wants to the columns a file has: which leaves to read, and how their values become Delta's.
 *
 * The file's own annotations are replaced by the wanted type's, so that the decoder below returns what is stored, unrounded. A
 * wider type than the file's is accepted where the protocol allows widening; a column that the file lacks is null (D9).
 */
import type { SchemaElement, SchemaTree } from "hyparquet"
import { Malformed } from "./errors.ts"
import { chunkKey } from "./parquet-footer.ts"
import type { ParquetFile } from "./parquet-footer.ts"
import type { ArrayType, DataType, DecimalType, MapType, PrimitiveType, StructType, Value } from "./schema.ts"
import { setOwn } from "./value.ts"

/** Turns a decoded value, never null, into the wanted type's. */
export type Convert = (value: unknown) => Value

/** One leaf of a column: where its values are in a row group, and the way to it from the root, for the decoder. */
export interface LeafPlan {
  readonly key: string
  readonly path: ReadonlyArray<SchemaTree>
}

/** How one wanted column is read; `undefined` when the file lacks it. */
export interface ColumnPlan {
  readonly name: string
  /** The column's part of the schema, without what is not wanted. Names inside are positions: any name may be stored. */
  readonly tree: SchemaTree
  readonly leaves: ReadonlyArray<LeafPlan>
  /** `undefined`: the decoded values are the wanted ones. */
  readonly convert: Convert | undefined
}

interface Node {
  readonly tree: SchemaTree
  /** Keys of the leaves, in order. */
  readonly keys: ReadonlyArray<string>
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

/** An element without annotations, under a name of our own. */
const bare = ({ type, type_length, repetition_type }: SchemaElement, name: string): SchemaElement => ({
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
  if (!Number.isInteger(scale) || scale < 0 || scale > wanted.scale) return undefined
  const factor = 10n ** BigInt(wanted.scale - scale)
  return (value) => (value instanceof Uint8Array ? signed(value) : BigInt(value as number | bigint)) * factor
}

const big: Convert = (value) => BigInt(value as number | bigint)

/** The element to decode with and the conversion for one leaf; `undefined` when the types do not fit. */
const leafOf = (
  type: PrimitiveType,
  element: SchemaElement,
  raw: SchemaElement
): { readonly element: SchemaElement; readonly convert?: Convert } | undefined => {
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

const nameOf = (tree: SchemaTree): string => tree.path.join(".")

/** A node of the decoder's schema: the last part of its path is its name. */
const treeOf = (element: SchemaElement, path: ReadonlyArray<string>, children: Array<SchemaTree>): SchemaTree => ({
  element: { ...bare(element, path.at(-1) ?? ""), ...(children.length === 0 ? {} : { num_children: children.length }) },
  path: [...path],
  children,
  count: children.reduce((sum, child) => sum + child.count, 1)
})

const leaf = (type: PrimitiveType | DecimalType, tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  const { element } = tree
  if (tree.children.length > 0) throw new Malformed(`column ${nameOf(tree)} is a group where a plain value is expected`)
  const placed = treeOf(element, path, [])
  const name = typeof type === "string" ? type : `decimal(${type.precision},${type.scale})`
  const fitting =
    typeof type === "string"
      ? leafOf(type, element, placed.element)
      : { element: placed.element, convert: decimalConvert(type, element) }
  if (fitting === undefined || (typeof type !== "string" && fitting.convert === undefined)) {
    throw new Malformed(`column ${nameOf(tree)} is ${physical(element)}, which is not ${name}`)
  }
  return { tree: { ...placed, element: fitting.element }, keys: [chunkKey(tree.path)], convert: fitting.convert }
}

/** The child with this name; case counts only when it decides. */
const childNamed = (tree: SchemaTree, name: string): SchemaTree | undefined =>
  tree.children.find((child) => child.element.name === name) ??
  tree.children.find((child) => child.element.name.toLowerCase() === name.toLowerCase())

/** The first leaf below a node: with none of the wanted fields present, it still tells whether the struct itself is. */
const witness = (tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  const [child] = tree.children
  if (child === undefined)
    return { tree: treeOf(tree.element, path, []), keys: [chunkKey(tree.path)], convert: undefined }
  const below = witness(child, [...path, "0"])
  return { tree: treeOf(tree.element, path, [below.tree]), keys: below.keys, convert: undefined }
}

const structNode = (type: StructType, tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  if (tree.children[0] === undefined) throw new Malformed(`column ${nameOf(tree)} is not a group of fields`)
  const present: Array<Node> = []
  const readers = type.fields.map(({ name, type: inner }, at) => {
    const child = childNamed(tree, name)
    if (child === undefined) return { name, stored: undefined, convert: nullable(undefined) }
    const planned = node(inner, child, [...path, `${at}`])
    present.push(planned)
    return { name, stored: `${at}`, convert: nullable(planned.convert) }
  })
  if (present.length === 0) present.push(witness(tree.children[0], [...path, "w"]))
  const convert: Convert = (value) => {
    const stored = value as Readonly<Record<string, unknown>>
    const object: Record<string, Value> = {}
    for (const reader of readers) {
      setOwn(object, reader.name, reader.stored === undefined ? null : reader.convert(stored[reader.stored]))
    }
    return object
  }
  const children = present.map((one) => one.tree)
  return { tree: treeOf(tree.element, path, children), keys: present.flatMap(({ keys }) => keys), convert }
}

/** The repeated group inside a list or a map. */
const repeatedGroup = (tree: SchemaTree): SchemaTree => {
  const [group] = tree.children
  if (tree.children.length !== 1 || group === undefined || group.element.repetition_type !== "REPEATED") {
    throw new Malformed(`column ${nameOf(tree)} is neither a list nor a map`)
  }
  return group
}

/** The items of a repeated group, as the decoder gives them. */
const itemsOf = (value: unknown): ReadonlyArray<unknown> =>
  ((value as Record<string, unknown>)["g"] ?? []) as ReadonlyArray<unknown>

const arrayNode = (type: ArrayType, tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  const group = repeatedGroup(tree)
  const [inner] = group.children
  const groupPath = [...path, "g"]
  // Two-level lists of old writers: the repeated group is the element itself.
  const isElement =
    inner === undefined ||
    group.children.length > 1 ||
    group.element.name === "array" ||
    group.element.name === `${tree.element.name}_tuple`
  if (isElement) {
    const element = node(type.elementType, group, groupPath)
    const convert: Convert = (value) => Array.from(itemsOf(value), nullable(element.convert))
    return { tree: treeOf(tree.element, path, [element.tree]), keys: element.keys, convert }
  }
  const element = node(type.elementType, inner, [...groupPath, "e"])
  const convertElement = nullable(element.convert)
  const groupTree = treeOf(group.element, groupPath, [element.tree])
  const convert: Convert = (value) =>
    Array.from(itemsOf(value), (item) => convertElement((item as { readonly e: unknown }).e))
  return { tree: treeOf(tree.element, path, [groupTree]), keys: element.keys, convert }
}

const mapNode = (type: MapType, tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  const group = repeatedGroup(tree)
  const [keyTree, valueTree] = group.children
  if (keyTree === undefined || valueTree === undefined) throw new Malformed(`column ${nameOf(tree)} is not a map`)
  const groupPath = [...path, "g"]
  const key = node(type.keyType, keyTree, [...groupPath, "k"])
  const item = node(type.valueType, valueTree, [...groupPath, "v"])
  const convertKey = nullable(key.convert)
  const convertItem = nullable(item.convert)
  const convert: Convert = (value) => {
    const entries = itemsOf(value) as ReadonlyArray<{ readonly k: unknown; readonly v: unknown }>
    return new Map(entries.map(({ k, v }) => [convertKey(k), convertItem(v)]))
  }
  const groupTree = treeOf(group.element, groupPath, [key.tree, item.tree])
  return { tree: treeOf(tree.element, path, [groupTree]), keys: [...key.keys, ...item.keys], convert }
}

const node = (type: DataType, tree: SchemaTree, path: ReadonlyArray<string>): Node => {
  if (typeof type === "string" || type.type === "decimal") return leaf(type, tree, path)
  switch (type.type) {
    case "struct":
      return structNode(type, tree, path)
    case "array":
      return arrayNode(type, tree, path)
    case "map":
      return mapNode(type, tree, path)
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
  const { convert, keys, tree: planned } = node(type, tree, ["c"])
  const leaves = leavesOf([file.root, planned]).map((path, at) => ({ path, key: keys[at] ?? "" }))
  return { name, tree: planned, leaves, convert }
}
