/**
 * What can be checked in a page of documentation: its code blocks and its links.
 *
 * Conventions, by the word after the fence:
 *
 * - `ts`: a whole module. Type-checked and run. An `output` block that follows is exactly what it prints.
 * - `sh`: run by bash with `pond` on PATH; must succeed. An `output` block that follows is exactly what it prints.
 * - `console`: a transcript. What follows a line `$ command` is what it prints; a line `...` stands for any lines.
 * - `ts no-run` is type-checked only; `sh no-run` is left alone: what needs the network or another machine.
 * - `python`: a program that runs after the rest of its page, where other programs are compared (`npm run test:interop`).
 * - nothing, or a language of data: left alone. Other names of these languages are refused, so that no code escapes.
 *
 * The blocks of one page run in order in one folder made for the page.
 */
import { lineOf } from "../tidy/source.ts"
import type { Source } from "../tidy/source.ts"

/** A fenced block: its language, whether it runs, its text, and the line of its first line of text. */
export interface Block {
  readonly language: string
  readonly runs: boolean
  readonly text: string
  readonly line: number
  /** The text of an `output` block right after this one. */
  readonly output: string | undefined
}

/** One command of a transcript and the lines it prints. */
export interface Step {
  readonly command: string
  readonly expected: string
}

const KNOWN = new Set([
  "ts",
  "sh",
  "console",
  "output",
  "",
  "text",
  "json",
  "yaml",
  "toml",
  "sql",
  "diff",
  "mermaid",
  "python"
])

/** Languages of blocks under a name that no check looks at. */
export const unknownLanguages = (blocks: ReadonlyArray<Block>): ReadonlyArray<Block> =>
  blocks.filter(({ language }) => !KNOWN.has(language))

/** The fenced blocks of a Markdown text, in order. */
export const blocksOf = (markdown: string): ReadonlyArray<Block> => {
  const found: Array<{ info: string; text: string; line: number; end: number }> = []
  for (const match of markdown.matchAll(/^( *)```([^\n`]*)\n([\s\S]*?)^\1```[ \t]*$/gm)) {
    const [whole, indent = "", info = "", text = ""] = match
    const line = lineOf(markdown, match.index) + 1
    found.push({
      info: info.trim(),
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line,
      end: match.index + whole.length
    })
  }
  return found.map(({ info, text, line, end }, index) => {
    const [language = "", ...flags] = info.split(/\s+/)
    const next = found[index + 1]
    const output = next?.info === "output" && lineOf(markdown, end) + 3 >= next.line ? next.text : undefined
    return { language, runs: !flags.includes("no-run"), text, line, output }
  })
}

/** The fenced blocks in the docstrings of a source file, at their lines there. */
export const examplesOf = (source: Source): ReadonlyArray<Block> =>
  source.comments.flatMap((comment) => {
    if (comment.type !== "Block" || !comment.value.includes("```")) return []
    const above = lineOf(source.text, comment.start) - 1
    return blocksOf(comment.value.replaceAll(/^ *\* ?/gm, "")).map((block) => ({ ...block, line: block.line + above }))
  })

/** The commands of a transcript. */
export const stepsOf = (transcript: string): ReadonlyArray<Step> =>
  transcript
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [command = "", ...expected] = step.split("\n")
      return { command, expected: expected.join("\n").trimEnd() }
    })

/** True when a text is what a transcript shows, where `...` alone on a line stands for any lines, also none. */
export const matchesTranscript = (expected: string, actual: string): boolean => {
  const pattern = `\n${expected}\n`
    .split(/\n\.\.\.(?=\n)/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(String.raw`(?:\n.*)*`)
  return new RegExp(`^${pattern}$`).test(`\n${actual.trimEnd()}\n`)
}

/** The anchor that a heading gets: lower case, words joined by `-`, no punctuation. */
export const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/`|\*|\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

const withoutBlocks = (markdown: string): string =>
  markdown.replaceAll(/^( *)```[\s\S]*?^\1```[ \t]*$/gm, (block) => "\n".repeat(block.split("\n").length - 1))

/** The anchors of a page's headings. */
export const anchorsOf = (markdown: string): ReadonlySet<string> =>
  new Set([...withoutBlocks(markdown).matchAll(/^#+ +(.*)$/gm)].map((match) => anchorOf(match[1]!)))

/** The links of a page that do not lead out of the repository: target as written, and its line. */
export const linksOf = (markdown: string): ReadonlyArray<{ readonly target: string; readonly line: number }> => {
  const prose = withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length))
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => ({ target: match[1]!, line: lineOf(prose, match.index) }))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
}

/** The files that a page names in its text, as `src/bao/index.ts`; names with placeholders, as `NNNN-*.md`, are none. */
export const filesOf = (markdown: string): ReadonlyArray<{ readonly target: string; readonly line: number }> =>
  [...withoutBlocks(markdown).matchAll(/`((?:src|test|bench|scripts|docs|bin|\.ci)(?:\/[\w.-]+)*)\/?`/g)].map(
    (match) => ({
      target: match[1]!,
      line: lineOf(withoutBlocks(markdown), match.index)
    })
  )
