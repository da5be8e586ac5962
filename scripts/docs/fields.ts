/**
 * The fields of a JSON document as rows of a table, made from its Schema.
 */
import { Schema } from "effect"

interface JsonNode {
  readonly type?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonNode>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonNode
  readonly anyOf?: ReadonlyArray<JsonNode>
}

/** One field: its path (`files[].name`), what it can be, and what it means. */
export interface Field {
  readonly path: string
  readonly type: string
  readonly description: string
}

/** The branches that are not null; what has none of them is its own. */
const branches = (node: JsonNode): ReadonlyArray<JsonNode> =>
  (node.anyOf ?? [node]).filter(({ type }) => type !== "null").flatMap((one) => (one.anyOf ? branches(one) : [one]))

const typeOf = (node: JsonNode): string => {
  const names = branches(node).map((one) => {
    if (one.enum !== undefined) return one.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ")
    return one.type === "array" ? `list of ${typeOf(one.items ?? {})}` : (one.type ?? "any value")
  })
  const isNullable = node.anyOf?.some(({ type }) => type === "null") === true
  return [...new Set(names), ...(isNullable ? ["null"] : [])].join(" or ")
}

const fieldsOf = (node: JsonNode, prefix: string): ReadonlyArray<Field> =>
  branches(node).flatMap((one) => {
    if (one.type === "array") return fieldsOf(one.items ?? {}, `${prefix}[]`)
    return Object.entries(one.properties ?? {}).flatMap(([name, child]) => {
      const path = prefix === "" ? name : `${prefix}.${name}`
      const isOptional = one.required?.includes(name) !== true
      const description = child.description ?? branches(child).find((branch) => branch.description)?.description ?? ""
      const type = isOptional ? `${typeOf(child)}, or left out` : typeOf(child)
      return [{ path, type, description }, ...fieldsOf(child, path)]
    })
  })

/** Gives all fields of what a Schema encodes to. */
export const fields = (schema: Schema.Constraint): ReadonlyArray<Field> =>
  fieldsOf(Schema.toJsonSchemaDocument(schema).schema as JsonNode, "")

/** Returns a Markdown table; a bar in a cell is escaped. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("")
