/**
 * The documentation tells the truth: its examples are type-checked and run, its links lead somewhere.
 * `test/support/docs/page.ts` has the conventions.
 */
import { posix } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Block } from "./support/docs/page.ts"
import {
  anchorsOf,
  blocksOf,
  examplesOf,
  filesOf,
  linksOf,
  matchesTranscript,
  stepsOf,
  unknownLanguages
} from "./support/docs/page.ts"
import { ExampleProject, Workplace } from "./support/docs/run.ts"
import { ROOT } from "./support/root.ts"
import { readRepository, sourcesIn } from "./support/tidy/repository.ts"

interface Page {
  readonly path: string
  readonly blocks: ReadonlyArray<Block>
}

const repository = readRepository(ROOT)
const markdown = [...repository.texts].filter(([path]) => path.endsWith(".md"))
const pages: ReadonlyArray<Page> = [
  ...markdown.map(([path, text]) => ({ path, blocks: blocksOf(text) })),
  ...sourcesIn(repository, "src").map((source) => ({ path: source.path, blocks: examplesOf(source) }))
]
const checked = new Set(["ts", "sh", "console"])
const pagesWithCode = pages.filter(({ blocks }) => blocks.some(({ language }) => checked.has(language)))

const project = new ExampleProject()
afterAll(() => project[Symbol.dispose]())
const moduleName = (path: string, block: Block): string => `${path.replaceAll(/[^\w]+/g, "-")}-line-${block.line}`

/** What a transcript shows and what its commands print, where the two differ. */
const transcriptProblem = (workplace: Workplace, block: Block): string | undefined => {
  for (const { command, expected } of stepsOf(block.text)) {
    const { output } = workplace.command(command)
    if (!matchesTranscript(expected, output)) return `$ ${command}\nprints\n${output}\nbut the page says\n${expected}`
  }
  return undefined
}

/** Runs an example and says what is wrong with it, if anything. */
const problemWith = (workplace: Workplace, file: string, block: Block): string | undefined => {
  if (block.language === "console") return transcriptProblem(workplace, block)
  const ran = block.language === "ts" ? workplace.module(file) : workplace.shell(block.text)
  if (ran.status !== 0) return `exits with ${ran.status}\n${ran.output}`
  const differs = block.output !== undefined && ran.stdout !== block.output
  return differs ? `prints\n${ran.stdout}\nbut the page says\n${block.output}` : undefined
}

describe("examples", () => {
  it("are written in languages that are checked", () => {
    const refused = pages.flatMap(({ path, blocks }) =>
      unknownLanguages(blocks).map(({ language, line }) => `${path}:${line} ${language}: write ts, sh, console or text`)
    )
    expect(refused).toEqual([])
  })

  it("agree with the types", { timeout: 60_000 }, () => {
    project.add("none", "")
    for (const { path, blocks } of pagesWithCode) {
      for (const block of blocks) if (block.language === "ts") project.add(moduleName(path, block), block.text)
    }
    expect(project.typeErrors()).toBe("")
  })

  it.each(pagesWithCode)("of $path run", { timeout: 120_000 }, ({ path, blocks }) => {
    using workplace = new Workplace()
    const problems = blocks
      .filter(({ language, runs }) => runs && checked.has(language))
      .flatMap((block) => {
        const file = block.language === "ts" ? project.add(moduleName(path, block), block.text) : ""
        const problem = problemWith(workplace, file, block)
        return problem === undefined ? [] : [`${path}:${block.line} ${problem}`]
      })
    expect(problems).toEqual([])
  })
})

describe("links", () => {
  const anchors = new Map(markdown.map(([path, text]) => [path, anchorsOf(text)]))

  const isBroken = (path: string, target: string): boolean => {
    const [file = "", anchor] = target.split("#")
    const to = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), file))
    const exists = [...repository.texts.keys()].some(
      (known) => known === to || known.startsWith(`${to.replace(/\/$/, "")}/`)
    )
    return !exists || (anchor !== undefined && anchors.get(to)?.has(anchor) !== true)
  }

  it("of every page lead to a file and a heading that exist", () => {
    const broken = markdown.flatMap(([path, text]) =>
      linksOf(text).flatMap(({ target, line }) => (isBroken(path, target) ? [`${path}:${line} ${target}`] : []))
    )
    expect(broken).toEqual([])
  })

  it("of every page name files that exist", () => {
    const missing = markdown.flatMap(([path, text]) =>
      filesOf(text).flatMap(({ target, line }) => (isBroken("", target) ? [`${path}:${line} ${target}`] : []))
    )
    expect(missing).toEqual([])
  })

  it("are seen, with their anchors, and found broken", () => {
    expect(linksOf("see [a](b.md#c), `[no](x)`, [out](https://a.b)\n```\n[no](y)\n```\n[d](#e)")).toEqual([
      { target: "b.md#c", line: 1 },
      { target: "#e", line: 5 }
    ])
    expect([...anchorsOf("# The `pond` command\n```\n# no\n```\n## 2. Words, used")]).toEqual([
      "the-pond-command",
      "2-words-used"
    ])
    expect(filesOf("a\n`src/bao` is in `src/`, `docs/NNNN-*.md`, `data/x`")).toEqual([
      { target: "src/bao", line: 2 },
      { target: "src", line: 2 }
    ])
    expect(isBroken("README.md", "docs/nowhere.md")).toBe(true)
    expect(isBroken("README.md", "README.md#nowhere")).toBe(true)
  })
})

describe("the checks of examples", () => {
  it("find blocks, their languages, lines, marks and outputs", () => {
    const text = "a\n```ts\nlet x\n```\n\n```output\n1\n```\n- b\n  ```sh no-run\n  ls\n  ```\n```bash\n```\n"
    const [ts, output, sh, bash] = blocksOf(text)
    expect(ts).toEqual({ language: "ts", runs: true, text: "let x\n", line: 3, output: "1\n" })
    expect(output).toMatchObject({ language: "output", line: 7 })
    expect(sh).toEqual({ language: "sh", runs: false, text: "ls\n", line: 11, output: undefined })
    expect(unknownLanguages(blocksOf(text))).toEqual([bash])
  })

  it("compare transcripts", () => {
    expect(stepsOf("$ a\n1\n2\n$ b\n")).toEqual([
      { command: "a", expected: "1\n2" },
      { command: "b", expected: "" }
    ])
    expect(matchesTranscript("1\n...\n4", "1\n2\n3\n4\n")).toBe(true)
    expect(matchesTranscript("1\n...\n4", "1\n4\n")).toBe(true)
    expect(matchesTranscript("...", "")).toBe(true)
    expect(matchesTranscript("1\n...\n4", "1\n2\n3\n")).toBe(false)
    expect(matchesTranscript("a.c", "abc\n")).toBe(false)
  })

  it("refuse a wrong type, a failing script, a failing module and a different output", { timeout: 60_000 }, () => {
    using wrong = new ExampleProject()
    wrong.add("wrong", `const n: number = "text"\nconsole.log(n)`)
    expect(wrong.typeErrors()).toContain("wrong.ts(1,7)")
    using workplace = new Workplace()
    const block = { language: "sh", runs: true, text: "false\necho reached", line: 1, output: undefined }
    expect(problemWith(workplace, "", block)).toContain("exits with 1")
    expect(problemWith(workplace, "", { ...block, text: "echo a", output: "b\n" })).toContain("prints\na")
    expect(problemWith(workplace, "", { ...block, text: "echo a", output: "a\n" })).toBeUndefined()
    expect(problemWith(workplace, "", { ...block, language: "console", text: "$ echo a\nb" })).toContain("$ echo a")
    const module = wrong.add("fails", "process.exit(3)")
    expect(problemWith(workplace, module, { ...block, language: "ts" })).toContain("exits with 3")
  })
})
