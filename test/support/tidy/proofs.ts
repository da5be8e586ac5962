/**
 * For each house rule, repositories made up to break it: a rule that cannot fail protects nothing.
 */
import { docstrings, headers, lengths, parses } from "./documented.ts"
import { floors, packages, reachable } from "./floors.ts"
import { globalsBut } from "./globals.ts"
import { decisions, lockFile, pins } from "./manifest.ts"
import type { Rule } from "./repository.ts"
import { leftovers, places, tests } from "./text.ts"

/** A made-up repository and the places, `file:line`, where a rule must object to it: none when it is in order. */
export interface Proof {
  readonly rule: Rule
  readonly of: string
  readonly files: Readonly<Record<string, string>>
  readonly at: ReadonlyArray<string>
}

const globals = globalsBut([])
const allowing = globalsBut([{ file: "src/cli/main.ts", uses: "process.exit", because: "the entry point" }])
const HEADER = "/** A module for a proof. */\n"
const manifest = (fields: object): string => JSON.stringify(fields, null, 2)
const lines = (count: number): string => "\n".repeat(count)

/** A proof of one file in one place of `src`. */
const inFile = (rule: Rule, of: string, file: string, text: string, ...at: ReadonlyArray<number>): Proof => ({
  rule,
  of,
  files: { [file]: text },
  at: at.map((line) => `${file}:${line}`)
})

const floorProofs: ReadonlyArray<Proof> = [
  ...["import { a } from", "import type { a } from", "export * from", "export { a } from", "const a = import("].map(
    (form): Proof => ({
      rule: floors,
      of: `${form} a floor above`,
      files: { "src/bao/a.ts": `\n${form} "../store/b.ts"${form.endsWith("(") ? ")" : ""}`, "src/store/b.ts": "" },
      at: ["src/bao/a.ts:2"]
    })
  ),
  {
    rule: floors,
    of: "a worker and a type of a floor above",
    files: {
      "src/bao/a.ts": `new Worker(new URL("../cli/b.js", import.meta.url))\ntype B = import("../cli/b.ts").B`,
      "src/cli/b.ts": ""
    },
    at: ["src/bao/a.ts:1", "src/bao/a.ts:2"]
  },
  {
    rule: floors,
    of: "the public index, which stands above everything",
    files: { "src/cli/a.ts": `import "../index.ts"`, "src/index.ts": `import "./server/b.ts"`, "src/server/b.ts": "" },
    at: ["src/cli/a.ts:1"]
  },
  {
    rule: floors,
    of: "the own floor and the floors below",
    files: { "src/store/a.ts": `import "./b.ts"\nimport "../bao/c.ts"`, "src/store/b.ts": "", "src/bao/c.ts": "" },
    at: []
  },
  inFile(floors, "a computed import", "src/bao/a.ts", "const name = 1\nawait import(name)", 2),
  {
    rule: floors,
    of: "the loader of packages, which imports what it is told",
    files: { "src/factories/packages.ts": "const name = 1\nawait import(name)" },
    at: []
  },
  inFile(floors, "a file that does not exist", "src/bao/a.ts", `import "./gone.ts"`, 1),
  inFile(floors, "a file outside src", "src/bao/a.ts", `import "../../test/x.ts"`, 1),
  {
    rule: floors,
    of: "package.json, for its version",
    files: { "src/cli/main.ts": `import "../../package.json"`, "src/cli/a.ts": `import "../../package.json"` },
    at: ["src/cli/a.ts:1"]
  },
  inFile(floors, "a folder that is no floor", "src/misc/a.ts", "", 1)
]

const packageProofs: ReadonlyArray<Proof> = [
  inFile(packages, "an undeclared package", "src/store/a.ts", `import "node:fs"\nimport "left-pad/x"`, 2),
  inFile(packages, "Effect in the hash tree", "src/bao/a.ts", `import { Effect } from "effect"`, 1),
  {
    rule: packages,
    of: "the platform package, by its barrel and outside the command",
    files: {
      "src/cli/a.ts": `import "@effect/platform-node"\nimport "@effect/platform-node/NodeRuntime"`,
      "src/store/a.ts": `import "@effect/platform-node/NodeRuntime"`
    },
    at: ["src/cli/a.ts:1", "src/store/a.ts:1"]
  },
  {
    rule: packages,
    of: "declared packages",
    files: { "package.json": manifest({ peerDependencies: { effect: "1.0.0" } }), "src/store/a.ts": `import "effect"` },
    at: []
  }
]

const shipped = { "package.json": manifest({ exports: { ".": "./dist/index.js", "./bao": "./dist/bao/index.js" } }) }

const reachProofs: ReadonlyArray<Proof> = [
  {
    rule: reachable,
    of: "a file that only a test uses",
    files: {
      ...shipped,
      "src/index.ts": `export * from "./bao/index.ts"`,
      "src/bao/index.ts": `new URL("./worker.js", import.meta.url)`,
      "src/bao/worker.ts": `await import("./used.ts")`,
      "src/bao/used.ts": "",
      "src/bao/unused.ts": "",
      "src/cli/main.ts": "",
      "test/a.test.ts": `import "../src/bao/unused.ts"`
    },
    at: ["src/bao/unused.ts:1"]
  },
  {
    rule: reachable,
    of: "an export without a source",
    files: { ...shipped, "src/index.ts": "", "src/cli/main.ts": "" },
    at: ["src/bao/index.ts:1"]
  }
]

const globalProofs: ReadonlyArray<Proof> = [
  ...[
    "Date.now()",
    "new Date()",
    "Date()",
    "globalThis.Date.now()",
    "performance.now()",
    "process.hrtime.bigint()",
    "Math.random()",
    "const { random } = Math",
    `import { randomUUID } from "node:crypto"\nrandomUUID()`,
    `import * as hidden from "node:crypto"\nhidden.randomBytes(8)`,
    `crypto["randomUUID"]()`,
    "console.log(1)",
    "const log = console",
    `import { Console } from "effect"\nConsole.log(1)`,
    "process.stdout.write(text)",
    `import { stderr } from "node:process"\nstderr.write(text)`,
    "process.exit(1)",
    "process.exitCode = 1"
  ].map((text) => inFile(globals, text.replaceAll("\n", "; "), "src/store/a.ts", text, text.split("\n").length)),
  inFile(
    globals,
    "values of the same names that hide nothing",
    "src/store/a.ts",
    "Date.UTC(2026, 0)\nlogger.console()\nconst x = { console: 1, random: 2 }\nMath.max(1, 2)\nprocess.platform\ninterface A { console: 1 }"
  ),
  { rule: allowing, of: "a place that owns it", files: { "src/cli/main.ts": "process.exit(0)" }, at: [] },
  { rule: allowing, of: "an exception nobody uses", files: {}, at: ["src/cli/main.ts:1"] }
]

const writtenProofs: ReadonlyArray<Proof> = [
  inFile(parses, "a syntax error", "src/bao/a.ts", "const = 1", 1),
  inFile(headers, "code without a header", "src/bao/a.ts", "export const a = 1", 1),
  inFile(headers, "a line comment as a header", "scripts/a.ts", "// A module of the build.\n", 1),
  inFile(headers, "a header below the imports", "src/bao/a.ts", `import "./b.ts"\n${HEADER}`, 1),
  inFile(headers, "a header, also below #!", "scripts/a.ts", `#!/usr/bin/env node\n${HEADER}`),
  inFile(docstrings, "a header taken for a docstring", "src/bao/a.ts", `${HEADER}export const a = 1`, 2),
  inFile(docstrings, "an exported function", "src/bao/a.ts", `${HEADER}export function a() {}`, 2),
  inFile(docstrings, "an exported class", "src/bao/a.ts", `${HEADER}export class A {}`, 2),
  inFile(docstrings, "an exported interface", "src/bao/a.ts", `${HEADER}export interface A {}`, 2),
  inFile(docstrings, "a default export", "src/bao/a.ts", `${HEADER}export default () => 1`, 2),
  inFile(docstrings, "a later export", "src/bao/a.ts", `${HEADER}const a = 1\nexport { a }`, 2),
  inFile(docstrings, "a docstring of one word", "src/bao/a.ts", `${HEADER}/** Something. */\nexport const a = 1`, 3),
  inFile(
    docstrings,
    "documented, internal and re-exported things",
    "src/bao/a.ts",
    `${HEADER}/** Gives the answer. */\nexport const a = 1\nconst b = 2\nexport * from "./c.ts"\nexport { d } from "./c.ts"`
  ),
  inFile(lengths, "a long file", "src/bao/a.ts", `${HEADER}${lines(400)}const a = 1`, 1),
  inFile(
    lengths,
    "a long file with a reason",
    "src/bao/a.ts",
    `/**\n * A module.\n * @long one table, useless in pieces\n */${lines(400)}const a = 1`
  ),
  inFile(lengths, "a long function", "src/bao/a.ts", `${HEADER}const a = () => {${lines(70)}}`, 2),
  inFile(lengths, "a long method", "src/bao/a.ts", `class A {\n  m() {${lines(70)}}\n}`, 2),
  inFile(lengths, "a long test", "test/a.test.ts", `it("works", () => {${lines(70)}})`, 1),
  inFile(lengths, "a mark without a reason", "src/bao/a.ts", `// @long\nfunction a() {${lines(70)}}`, 2),
  inFile(
    lengths,
    "a long function with a reason",
    "src/bao/a.ts",
    `/** Answers. @long unrolled on purpose */\nfunction a() {${lines(70)}}`
  ),
  inFile(lengths, "a long suite", "test/a.test.ts", `describe.each([1])("a", () => {${lines(100)}})`),
  inFile(lengths, "a long suite of its own kind", "test/a.test.ts", `describeStores((store) => {${lines(100)}})`)
]

const wordProofs: ReadonlyArray<Proof> = [
  ...["it", "test", "describe", "it.effect"].flatMap((runner) =>
    ["skip", "only", "to" + "do", "skipIf(true)"].map((how) =>
      inFile(tests, `${runner}.${how}`, "test/a.test.ts", `\n${runner}.${how}("x", () => {})`, 2)
    )
  ),
  inFile(tests, "xit", "test/a.test.ts", `xit("x", () => {})`, 1),
  inFile(tests, "a skip from inside", "test/a.test.ts", `it("x", (context) => context.skip())`, 1),
  inFile(tests, "ordinary tests", "test/a.test.ts", `it.each([1])("x", () => stream.skip(1))\nonly("a")`),
  ...["TO" + "DO", "FIX" + "ME", "X" + "XX"].map((word) =>
    inFile(leftovers, word, "docs/a.md", `# A\n\n${word}: later\n`, 3)
  ),
  inFile(leftovers, "words that contain them", "docs/a.md", "TODOS of Spanish, mktemp pond.XX" + "XXXX"),
  ...["/wor" + "k/main/x", "/hom" + "e/ann/x", "/Use" + "rs/ann", "/roo" + "t/.npmrc"].map((path) =>
    inFile(places, path, "a.json", `\n"see ${path}"`, 2)
  ),
  ...[
    "https://regis" + "try.example.com/",
    "npm" + "js.org",
    "https://a.b/artifac" + "tory/npm",
    "_auth" + "Token"
  ].map((host) => inFile(places, host, ".npmrc", host, 1)),
  inFile(places, "ordinary paths", "docs/a.md", "/var/log/app, ./build/main, docs/home/x, https://example.com/")
]

const manifestProofs: ReadonlyArray<Proof> = [
  ...["^1.2.3", "1.x", "latest", "*", "git+https://example.com/a.git"].map((version) =>
    inFile(pins, version, "package.json", manifest({ devDependencies: { a: version } }), 3)
  ),
  inFile(pins, "exact versions", "package.json", manifest({ dependencies: { a: "1.2.3", b: "4.0.0-rc.1" } })),
  inFile(lockFile, "a download address", "package-lock.json", manifest({ a: { resolved: "x" } }), 3),
  { rule: lockFile, of: "no lock file", files: {}, at: ["package-lock.json:1"] },
  inFile(decisions, "an unexplained dependency", "package.json", manifest({ dependencies: { abc: "1.2.3" } }), 3),
  inFile(decisions, "a gap in the numbers", "docs/decisions/0002-two.md", "", 1),
  {
    rule: decisions,
    of: "an explained dependency",
    files: { "package.json": manifest({ dependencies: { abc: "1.2.3" } }), "docs/decisions/0001-one.md": "`abc`" },
    at: []
  }
]

/** Every proof, grouped by rule through its `rule` field. */
export const PROOFS: ReadonlyArray<Proof> = [
  ...floorProofs,
  ...packageProofs,
  ...reachProofs,
  ...globalProofs,
  ...writtenProofs,
  ...wordProofs,
  ...manifestProofs
]
