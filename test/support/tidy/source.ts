/**
 * One TypeScript file of the repository, parsed: what the house rules look at.
 *
 * The parser is the one that ships with the bundler (`rolldown/utils`, oxc), so that the rules need no package of their
 * own and read TypeScript exactly as the build does.
 */
import { posix } from "node:path"
import { parseSync } from "rolldown/utils"

/** A syntax node in the ESTree shape, read structurally: the rules ask for a `type` first and for fields after. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** A comment with its place: `value` is what stands between the markers. */
export interface Comment {
  readonly type: "Line" | "Block"
  readonly value: string
  readonly start: number
  readonly end: number
}

/** A parsed file: `path` is relative to the repository's root, with `/`. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly comments: ReadonlyArray<Comment>
  /** The first syntax error, if the file does not parse. */
  readonly broken: string | undefined
}

/** Something a file refers to: a package or another file, and where it says so. */
export interface Reference {
  /** The specifier as it is written, or undefined where it is computed and so cannot be checked. */
  readonly specifier: string | undefined
  /** The file meant, relative to the root, when the specifier is relative. */
  readonly file: string | undefined
  readonly line: number
}

/** Parses a file. A file that does not parse has `broken` set, and an empty program. */
export const parse = (path: string, text: string): Source => {
  const result = parseSync(path, text)
  const program = result.program as unknown as Node
  return { path, text, program, comments: result.comments, broken: result.errors[0]?.message }
}

/** The line, counted from 1, on which the character at `offset` stands. */
export const lineOf = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1
  return line
}

/** True for a syntax node among the fields of another. */
export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"

/** Calls `visit` for a node and everything below it, with the node above each; parents come before their children. */
export const walk = (node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void => {
  visit(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, node)
  }
}

/** The name of an identifier, `undefined` for any other node. */
export const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Identifier" ? String(node["name"]) : undefined

/** The dotted path of a chain of member accesses, as `process.stdout.write`; a computed step ends it with `*`. */
export const pathOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined
  if (node.type === "Identifier") return nameOf(node)
  if (node.type === "ParenthesizedExpression" || node.type === "ChainExpression") return pathOf(node["expression"])
  if (node.type !== "MemberExpression") return undefined
  const object = pathOf(node["object"])
  if (object === undefined) return undefined
  return `${object}.${node["computed"] === true ? (literalOf(node["property"]) ?? "*") : nameOf(node["property"])}`
}

/** The text of a string literal, `undefined` for any other node. */
export const literalOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"]
  const parts = node["quasis"]
  if (node.type === "TemplateLiteral" && Array.isArray(parts) && parts.length === 1) {
    return (parts[0] as { value: { cooked: string } }).value.cooked
  }
  return undefined
}

/** The file that a relative specifier means; a compiled name (`.js`) means its TypeScript source. */
export const resolve = (from: string, specifier: string): string | undefined =>
  specifier.startsWith(".")
    ? posix
        .join(posix.dirname(from), specifier)
        .replace(/\.js$/, ".ts")
        .replace(/\.d\.ts$/, ".ts")
    : undefined

/** The first arguments of the calls that name a module: `import(x)`, `import.meta.resolve(x)`, `new URL(x, import.meta.url)`. */
const computedReferences = (node: Node): ReadonlyArray<Node> => {
  const first = (node["arguments"] as ReadonlyArray<Node> | undefined)?.[0]
  if (node.type === "ImportExpression") return [node["source"] as Node]
  if (first === undefined) return []
  const callee = node["callee"] as Node
  if (node.type === "NewExpression" && nameOf(callee) === "URL") return urlLiterals(first)
  const isResolve = node.type === "CallExpression" && callee.type === "MemberExpression"
  const isMeta = isResolve && isNode(callee["object"]) && callee["object"].type === "MetaProperty"
  return isMeta && nameOf(callee["property"]) === "resolve" ? [first] : []
}

/** Relative literals anywhere in the first argument of `new URL`: how worker threads are named. */
const urlLiterals = (argument: Node): ReadonlyArray<Node> => {
  const found: Array<Node> = []
  walk(argument, (node) => {
    if (/^\.\.?\/.*\.(ts|js)$/.test(literalOf(node) ?? "")) found.push(node)
  })
  return found
}

/** Everything a file imports, re-exports, loads later, starts as a worker or names in an `import("…")` type. */
export const references = (source: Source): ReadonlyArray<Reference> => {
  const found: Array<Reference> = []
  const add = (node: Node): void => {
    const specifier = literalOf(node)
    const file = specifier === undefined ? undefined : resolve(source.path, specifier)
    found.push({ specifier, file, line: lineOf(source.text, node.start) })
  }
  walk(source.program, (node) => {
    const named = /^(Import|ExportAll|ExportNamed)Declaration$|^TSImportType$/.test(node.type)
    if (named && isNode(node["source"])) add(node["source"])
    else if (named && isNode(node["argument"])) add(node["argument"])
    else for (const argument of computedReferences(node)) add(argument)
  })
  return found
}
