/**
 * Rules on what must be written beside the code: a header per module, a docstring per exported thing, a reason where a
 * file or a function is long.
 */
import type { Repository, Rule, Violation } from "./repository.ts"
import { sourcesIn } from "./repository.ts"
import type { Comment, Node, Source } from "./source.ts"
import { isNode, lineOf, nameOf, walk } from "./source.ts"

/** Lines of a file, and of a function, that need no reason. */
export const LIMITS = { fileLines: 400, functionLines: 70 } as const

/** Everything we maintain as modules; test files say what they test by their names. */
const modulesIn = (repository: Repository): ReadonlyArray<Source> =>
  sourcesIn(repository, "src", "scripts", "bench", "test").filter(({ path }) => !path.endsWith(".test.ts"))

/** Where the text begins, after a `#!` line. */
const startOf = (text: string): number => (text.startsWith("#!") ? text.indexOf("\n") + 1 : 0)

/** True for a comment of at least three words in the `/** … *\/` form. */
const isDocstring = (comment: Comment | undefined): comment is Comment =>
  comment?.type === "Block" &&
  comment.value.startsWith("*") &&
  (comment.value.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= 3

/** The header of a module: a docstring before anything else. */
const headerOf = (source: Source): Comment | undefined => {
  const first = source.comments[0]
  if (!isDocstring(first)) return undefined
  return source.text.slice(startOf(source.text), first.start).trim() === "" ? first : undefined
}

/** Every module begins with a comment that states its purpose. */
export const headers: Rule = {
  name: "headers",
  asks: "every module begins with a comment that states its purpose and what it keeps true",
  check: (repository) =>
    modulesIn(repository)
      .filter((source) => headerOf(source) === undefined)
      .map((source) => ({
        file: source.path,
        line: 1,
        message: "has no header; begin the file with a /** … */ comment: its purpose, and what it keeps true"
      }))
}

/** A thing a module exports: its name, and the statement before which its docstring stands. */
interface Exported {
  readonly name: string
  readonly statement: Node
}

const DECLARATIONS = new Set([
  "FunctionDeclaration",
  "TSDeclareFunction",
  "ClassDeclaration",
  "VariableDeclaration",
  "TSInterfaceDeclaration"
])

/** The names that a declaration introduces. */
const namesOf = (declaration: Node): ReadonlyArray<string> =>
  declaration.type === "VariableDeclaration"
    ? (declaration["declarations"] as ReadonlyArray<Node>).flatMap(({ id }) => nameOf(id) ?? [])
    : [nameOf(declaration["id"]) ?? "default"]

/** Functions, classes, values and interfaces that a module exports, where they are declared or by a later `export {}`. */
const exportsOf = (source: Source): ReadonlyArray<Exported> => {
  const body = source.program["body"] as ReadonlyArray<Node>
  const listed = new Set<string>()
  const declared: Array<Exported & { readonly exported: boolean }> = []
  for (const statement of body) {
    const exported = /^Export(Named|Default)Declaration$/.test(statement.type)
    const declaration = exported ? statement["declaration"] : statement
    for (const specifier of exported ? ((statement["specifiers"] ?? []) as ReadonlyArray<Node>) : []) {
      if (!isNode(statement["source"])) listed.add(nameOf(specifier["local"]) ?? "")
    }
    if (!isNode(declaration)) continue
    const named = DECLARATIONS.has(declaration.type) ? namesOf(declaration) : exported ? ["default"] : []
    const wanted = statement.type === "ExportDefaultDeclaration" || DECLARATIONS.has(declaration.type)
    if (wanted) for (const name of named) declared.push({ name, statement, exported })
  }
  const first = new Map<string, Exported>()
  for (const entry of declared) {
    if ((entry.exported || listed.has(entry.name)) && !first.has(entry.name)) first.set(entry.name, entry)
  }
  return [...first.values()]
}

/** The docstring directly above a statement; the header of the file is none. */
const docstringOf = (source: Source, statement: Node): Comment | undefined => {
  const above = source.comments.findLast((comment) => comment.end <= statement.start)
  if (!isDocstring(above) || above === headerOf(source)) return undefined
  return source.text.slice(above.end, statement.start).trim() === "" ? above : undefined
}

/** Every exported function, class, value and interface says what it is. */
export const docstrings: Rule = {
  name: "docstrings",
  asks: "every exported function, class, const and interface has a docstring",
  check: (repository) =>
    modulesIn(repository).flatMap((source) =>
      exportsOf(source)
        .filter(({ statement }) => docstringOf(source, statement) === undefined)
        .map(({ name, statement }) => ({
          file: source.path,
          line: lineOf(source.text, statement.start),
          message: `exports ${name} without a docstring; write /** … */ above it: what it does in one sentence, then units, errors`
        }))
    )
}

const hasReason = (comment: Comment): boolean => /@long\s+\S+\s+\S+\s+\S+/.test(comment.value)

/** A name for a function in messages: its own, that of the variable or the property it is given to. */
const functionName = (node: Node, parent: Node | undefined): string =>
  nameOf(node["id"]) ?? nameOf(parent?.["id"]) ?? nameOf(parent?.["key"]) ?? "this function"

/** A body of tests is as long as its tests are many: `describe` and `layer` callbacks are not counted. */
const isSuite = (source: Source, parent: Node | undefined): boolean => {
  if (!source.path.endsWith(".test.ts") || parent?.type !== "CallExpression") return false
  const callee = parent["callee"] as Node
  return /^\s*(describe\w*|layer|it\.layer)\b/.test(source.text.slice(callee.start, callee.end))
}

const longFunctions = (source: Source): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const reasons = source.comments.filter(hasReason).map((comment) => lineOf(source.text, comment.end))
  walk(source.program, (node, parent) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return
    const line = lineOf(source.text, node.start)
    const count = lineOf(source.text, node.end) - line + 1
    if (count <= LIMITS.functionLines || isSuite(source, parent)) return
    if (reasons.some((reason) => reason === line || reason === line - 1)) return
    const advice = `split it, or write "@long <the reason>" in the comment directly above it`
    found.push({
      file: source.path,
      line,
      message: `${functionName(node, parent)} has ${count} lines, more than ${LIMITS.functionLines}; ${advice}`
    })
  })
  return found
}

/** Files and functions stay short, or say why not. */
export const lengths: Rule = {
  name: "lengths",
  asks: `no file over ${LIMITS.fileLines} lines and no function over ${LIMITS.functionLines} without a written reason`,
  check: (repository) =>
    sourcesIn(repository, "src", "scripts", "bench", "test").flatMap((source) => {
      const lines = source.text.trimEnd().split("\n").length
      const header = headerOf(source)
      const excused = header !== undefined && hasReason(header)
      const advice = `divide it by nouns, or write "@long <the reason>" in its header`
      const message = `has ${lines} lines, more than ${LIMITS.fileLines}; ${advice}`
      const tooLong = lines > LIMITS.fileLines && !excused ? [{ file: source.path, line: 1, message }] : []
      return [...tooLong, ...longFunctions(source)]
    })
}

/** Every TypeScript file parses, so that no other rule passes because it saw nothing. */
export const parses: Rule = {
  name: "parses",
  asks: "every TypeScript file parses",
  check: (repository) =>
    repository.sources.flatMap(({ path, broken }) =>
      broken === undefined ? [] : [{ file: path, line: 1, message: `does not parse: ${broken}` }]
    )
}
