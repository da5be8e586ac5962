/**
 * Lines to rows, for the formats whose lines are parsed here: each line becomes rows, nothing, or a bad line with its number and reason.
 *
 * Rows are written as JSON lines `{"_pond_line":7,"v":{…}}`, which the engine reads in columns.
 */
import { type BadLine, LINE_BYTES_MAX, LineSplitter } from "./lines.ts"
import { DEPTH_MAX, TOO_DEEP } from "./nesting.ts"
import { OTEL_COLUMNS, parseOtel } from "./otel.ts"
import type { Spellings } from "./spellings.ts"
import { parseSyslog, SYSLOG_COLUMNS } from "./syslog.ts"
import { parseWeblog, WEBLOG_COLUMNS } from "./weblog.ts"

/** What came of a line: rows as JSON texts, or why it is none. */
export type ParsedLine = ReadonlyArray<string> | string

/** Names and types of columns, in DuckDB's words, in order. */
export type Columns = Readonly<Record<string, string>>

/** A format of single lines. */
export interface LineFormat {
  /** Undefined: they are those of the objects. */
  readonly columns: Columns | undefined
  readonly parse: (line: string) => ParsedLine
}

/** The longest row, as JSON text; longer ones are bad lines. */
export const ROW_BYTES_MAX = LINE_BYTES_MAX + 1024 * 1024

/** Half of a character, as well-formed JSON text shows it. */
const HALF_CHARACTER = /\\ud[89a-f]/u

/** Counts the keys of all objects of a value; what no column can be made of is a reason instead. */
const keysOf = (value: unknown, depth = 0): number | string => {
  if (typeof value !== "object" || value === null) return 0
  if (depth > DEPTH_MAX) return TOO_DEEP
  const parts: ReadonlyArray<unknown> = Array.isArray(value) ? value : Object.values(value)
  let count = 0
  if (!Array.isArray(value)) {
    const names = Object.keys(value)
    if (names.includes("")) return "a key without a name"
    if (new Set(names.map((name) => name.toLowerCase())).size < names.length) return "keys that differ only in case"
    count = names.length
  }
  for (const part of parts) {
    const inner = keysOf(part, depth + 1)
    if (typeof inner === "string") return inner
    count += inner
  }
  return count
}

const [QUOTE, COLON, BACKSLASH] = [34, 58, 92]

/** Counts the keys that a well-formed text has: those that come twice, twice. Patterns would use up the stack where texts are long. */
const keysWritten = (line: string): number => {
  let count = 0
  let isText = false
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code === QUOTE) isText = !isText
    else if (isText && code === BACKSLASH) at += 1
    else if (!isText && code === COLON) count += 1
  }
  return count
}

const parseJsonLine = (line: string): ParsedLine => {
  if (line.trim() === "") return []
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return error instanceof Error
      ? `not JSON: ${error.message.replace(/, ?"[\s\S]*$|\.\.\.[\s\S]*$/u, "")}`
      : "not JSON"
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not an object"
  const keys = keysOf(value)
  if (typeof keys === "string") return keys
  if (keys !== keysWritten(line)) return "a key that comes twice"
  if (!line.includes("\\u")) return [line]
  return HALF_CHARACTER.test(JSON.stringify(value)) ? "holds half of a character" : [line]
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)

/** The formats of single lines. */
export const LINE_FORMATS = {
  jsonl: { columns: undefined, parse: parseJsonLine },
  lines: { columns: { line: "VARCHAR" }, parse: (line) => [JSON.stringify({ line: withoutReturn(line) })] },
  weblog: { columns: WEBLOG_COLUMNS, parse: (line) => parseWeblog(withoutReturn(line)) },
  syslog: { columns: SYSLOG_COLUMNS, parse: (line) => parseSyslog(withoutReturn(line)) },
  otel: { columns: OTEL_COLUMNS, parse: parseOtel }
} as const satisfies Readonly<Record<string, LineFormat>>

/** What comes of a line; patterns use up the stack where a field of millions of characters holds millions of escapes. */
const parsedBy = ({ parse }: LineFormat, line: string): ParsedLine => {
  try {
    return parse(line)
  } catch (error) {
    if (error instanceof RangeError) return "too many escapes in one field"
    throw error
  }
}

/** Bad lines of one content that are kept with their text; the rest is counted. */
const BAD_LINES_KEPT = 1000
const BAD_TEXT_CHARACTERS = 200

/** Bad lines: how many, and the first of them. */
export class BadLines {
  count = 0
  readonly kept: Array<BadLine> = []

  /** Takes one more. */
  add(line: number, reason: string, text: string): void {
    this.count += 1
    if (this.kept.length < BAD_LINES_KEPT) this.kept.push({ line, reason, text: text.slice(0, BAD_TEXT_CHARACTERS) })
  }
}

/** Makes rows of the bytes of a content, from the line after `linesBefore` on. */
export class RowWriter {
  readonly bad = new BadLines()
  lines = 0
  rows = 0
  readonly #format: LineFormat
  readonly #linesBefore: number
  readonly #spellings: Spellings | undefined
  readonly #splitter: LineSplitter
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  #out: Array<string> = []

  /** With `spellings` the keys of objects are written as they were spelled first. */
  constructor(format: LineFormat, linesBefore: number, spellings?: Spellings) {
    this.#format = format
    this.#spellings = spellings
    this.#linesBefore = linesBefore
    this.#splitter = new LineSplitter((line) => this.#take(line))
  }

  /** Gives the rows of the next bytes. */
  push(chunk: Uint8Array): string {
    this.#splitter.push(chunk)
    return this.#given()
  }

  /** Gives the rows of a last line that has no end. */
  finish(): string {
    this.#splitter.finish()
    return this.#given()
  }

  #given(): string {
    const text = this.#out.join("")
    this.#out = []
    return text
  }

  #take(bytes: Uint8Array | undefined): void {
    this.lines += 1
    const number = this.#linesBefore + this.lines
    if (bytes === undefined) return this.bad.add(number, `longer than ${LINE_BYTES_MAX} bytes`, "")
    let line: string
    try {
      line = this.#decoder.decode(bytes)
    } catch {
      return this.bad.add(number, "not UTF-8", new TextDecoder().decode(bytes.subarray(0, 1000)))
    }
    if (number === 1 && line.startsWith("\ufeff")) line = line.slice(1)
    const parsed = parsedBy(this.#format, line)
    if (typeof parsed === "string") return this.bad.add(number, parsed, line)
    for (const one of parsed) {
      const row = this.#spellings?.respelled(one) ?? one
      const text = `{"_pond_line":${number},"v":${row}}\n`
      // Most are far too short to be counted.
      if (text.length * 3 > ROW_BYTES_MAX && Buffer.byteLength(text) > ROW_BYTES_MAX) {
        this.bad.add(number, `a row longer than ${ROW_BYTES_MAX} bytes`, line)
        continue
      }
      this.#out.push(text)
      this.rows += 1
    }
  }
}
