/**
 * The rule on time, chance, output and exit: each has one owner, so that programs can be simulated, tested and embedded.
 */
import type { Rule, Violation } from "./repository.ts"
import { sourcesIn } from "./repository.ts"
import type { Node, Source } from "./source.ts"
import { isNode, lineOf, literalOf, nameOf, pathOf, walk } from "./source.ts"

const CLOCK = "take the time from Effect's Clock or DateTime, so that tests can set it"
const CHANCE = "take randomness from Effect's Random or Crypto service, so that a seed repeats a run"
const OUTPUT = "give the text to src/cli/output.ts, the only place that writes to a terminal or pipe"
const EXIT = "fail with a typed error; src/cli decides about exit codes"

/** Global values that hide an effect, by dotted path, with what to do instead. A path covers everything below it. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  "new Date": CLOCK,
  "Date()": CLOCK,
  "Date.now": CLOCK,
  "performance.now": CLOCK,
  "process.hrtime": CLOCK,
  "process.uptime": CLOCK,
  "Math.random": CHANCE,
  "crypto.randomUUID": CHANCE,
  "crypto.getRandomValues": CHANCE,
  "crypto.randomBytes": CHANCE,
  "crypto.randomInt": CHANCE,
  console: OUTPUT,
  Console: OUTPUT,
  "process.stdout": OUTPUT,
  "process.stderr": OUTPUT,
  "process.exit": EXIT,
  "process.exitCode": EXIT,
  "process.abort": EXIT
}

/** Who may use what all the same, and why. An entry that nothing uses is a violation itself. */
export interface Allowance {
  readonly file: string
  readonly uses: string
  readonly because: string
}

/** The exceptions of this repository. */
export const ALLOWANCES: ReadonlyArray<Allowance> = [
  { file: "src/cli/main.ts", uses: "process.exit", because: "it is the process: the exit code is decided here" },
  { file: "src/cli/output.ts", uses: "process.stdout", because: "it is the place that writes" },
  { file: "src/cli/output.ts", uses: "process.stderr", because: "it is the place that writes" },
  {
    file: "src/store/local/token.ts",
    uses: "crypto.randomUUID",
    because: "temporary files and locks of two processes need different names, whatever seed they share"
  }
]

/** Modules through which the same values come, by the global name that means them. */
const MODULES: Readonly<Record<string, string>> = {
  "node:process": "process",
  "node:crypto": "crypto",
  "node:console": "console",
  "node:perf_hooks": "",
  effect: "",
  "effect/Console": "Console"
}

/** Joins the steps of a dotted path; the global object itself is not a step. */
const join = (...steps: ReadonlyArray<string>): string =>
  steps.filter((step) => step !== "" && step !== "globalThis").join(".")

/** The longest entry of `FORBIDDEN` that a dotted path lies under. */
const forbiddenIn = (path: string): string | undefined => {
  const steps = path.split(".")
  for (let count = steps.length; count > 0; count -= 1) {
    const candidate = steps.slice(0, count).join(".")
    if (FORBIDDEN[candidate] !== undefined) return candidate
  }
  return undefined
}

/** Local names that mean one of `MODULES` or something of it: `import * as clock from "node:perf_hooks"`. */
const importedNames = (source: Source): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  walk(source.program, (node) => {
    const from = node.type === "ImportDeclaration" ? MODULES[literalOf(node["source"]) ?? ""] : undefined
    if (from === undefined) return
    for (const specifier of node["specifiers"] as ReadonlyArray<Node>) {
      names.set(nameOf(specifier["local"])!, join(from, nameOf(specifier["imported"]) ?? ""))
    }
  })
  return names
}

/** The dotted path of a chain of member accesses, in global names. */
const globalPath = (node: unknown, imported: ReadonlyMap<string, string>): string | undefined => {
  const [first, ...rest] = pathOf(node)?.split(".") ?? []
  return first === undefined ? undefined : join(...(imported.get(first) ?? first).split("."), ...rest)
}

/** True where an identifier is a value, not the name of a property, parameter or import. */
const isValue = (node: Node, parent: Node | undefined): boolean =>
  node.type === "Identifier" &&
  !/^(Import|Export|TS)/.test(parent?.type ?? "") &&
  !(parent?.type === "MemberExpression" && parent["property"] === node && parent["computed"] !== true) &&
  !(parent?.type === "Property" && parent["key"] === node && parent["shorthand"] !== true) &&
  !/^(MethodDefinition|PropertyDefinition)$/.test(parent?.type ?? "")

/** The forbidden values that one node uses by itself. */
const usedBy = (node: Node, parent: Node | undefined, imported: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  if (node.type === "NewExpression") return globalPath(node["callee"], imported) === "Date" ? ["new Date"] : []
  if (node.type === "CallExpression") return globalPath(node["callee"], imported) === "Date" ? ["Date()"] : []
  const pattern = node["id"]
  if (node.type === "VariableDeclarator" && isNode(pattern) && pattern.type === "ObjectPattern") {
    const from = globalPath(node["init"], imported) ?? ""
    const keys = (pattern["properties"] as ReadonlyArray<Node>).map((property) => nameOf(property["key"]) ?? "")
    return keys.flatMap((key) => forbiddenIn(join(...from.split("."), key)) ?? [])
  }
  if (node.type !== "MemberExpression" && !isValue(node, parent)) return []
  return [forbiddenIn(globalPath(node, imported) ?? "") ?? []].flat()
}

/** The forbidden values that a file uses, each once per line. */
const usesIn = (source: Source): ReadonlyArray<{ readonly uses: string; readonly line: number }> => {
  const imported = importedNames(source)
  const found = new Map<string, { readonly uses: string; readonly line: number }>()
  walk(source.program, (node, parent) => {
    for (const uses of usedBy(node, parent, imported)) {
      const line = lineOf(source.text, node.start)
      found.set(`${uses} ${line}`, { uses, line })
    }
  })
  return [...found.values()]
}

/** No hidden clock, randomness, output or exit in `src`, but for the given exceptions. */
export const globalsBut = (allowances: ReadonlyArray<Allowance>): Rule => ({
  name: "globals",
  asks: "no clock, randomness, output or exit in src outside the places that own them",
  check: (repository) => {
    const used = new Set<Allowance>()
    const found = sourcesIn(repository, "src").flatMap((source) =>
      usesIn(source).flatMap(({ uses, line }): ReadonlyArray<Violation> => {
        const allowance = allowances.find((entry) => entry.file === source.path && entry.uses === uses)
        if (allowance !== undefined) used.add(allowance)
        return allowance === undefined ? [{ file: source.path, line, message: `uses ${uses}; ${FORBIDDEN[uses]}` }] : []
      })
    )
    const unused = allowances.filter((allowance) => !used.has(allowance))
    return [
      ...found,
      ...unused.map(({ file, uses }) => ({ file, line: 1, message: `no longer uses ${uses}; take the exception out` }))
    ]
  }
})
