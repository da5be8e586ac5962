/**
 * Records of CSV with the numbers of the lines they begin on, for files that have bad ones: RFC 4180 with any delimiter and quote.
 */
import { BadLines } from "./rows.ts"

/** The longest record that is read; longer ones are bad. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024

/** How the fields of a file are written; without a quote nothing is quoted. */
export interface Dialect {
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
  /** Names of the columns; the first record of a file when `hasHeader`. */
  readonly names: ReadonlyArray<string>
  readonly hasHeader: boolean
  /** Lines before the first record. */
  readonly skip: number
  /** What lines begin with that are no records; empty where there are none. */
  readonly comment: string
}

/** What came of numbering the records of a text. */
export interface Numbered {
  /** The good records, each with its line before its fields. */
  readonly text: string
  readonly bad: BadLines
  readonly rows: number
}

/** Where the record that begins at `start` ends, and how many fields it has. */
const recordAt = (text: string, start: number, { delimiter, escape, quote }: Dialect) => {
  let fields = 1
  let isQuoted = quote !== "" && text.startsWith(quote, start)
  let at = isQuoted ? start + 1 : start
  for (; at < text.length; at += 1) {
    const one = text[at]
    if (isQuoted) {
      if (one === escape && text[at + 1] === quote) at += 1
      else if (one === quote) isQuoted = false
    } else if (one === "\n") break
    else if (one === delimiter) {
      fields += 1
      isQuoted = quote !== "" && text.startsWith(quote, at + 1)
      if (isQuoted) at += 1
    }
  }
  return { end: at, fields, isOpen: isQuoted }
}

const lineFeeds = (text: string): number => text.split("\n").length - 1

/**
 * Writes the line that each record begins on before its fields, and leaves out the records that do not have the right number of fields.
 * `linesBefore` is the number of lines before the text; with `isFirst` what stands before the first record is left out, and a header is passed over.
 */
export const numberRecords = (text: string, dialect: Dialect, linesBefore: number, isFirst: boolean): Numbered => {
  const bad = new BadLines()
  const out: Array<string> = []
  let isHeader = isFirst && dialect.hasHeader
  let line = linesBefore + 1
  let start = 0
  for (let left = isFirst ? dialect.skip : 0; left > 0 && start < text.length; left -= 1) {
    const end = text.indexOf("\n", start)
    const skipped = text.slice(start, end < 0 ? undefined : end).replace(/\r$/u, "")
    if (skipped !== "") bad.add(line, "it stands before the header", skipped)
    line += 1
    start = end < 0 ? text.length : end + 1
  }
  while (start < text.length) {
    const { end, fields, isOpen } = recordAt(text, start, dialect)
    const record = text.slice(start, end)
    const plain = record.endsWith("\r") ? record.slice(0, -1) : record
    if (dialect.comment !== "" && plain.startsWith(dialect.comment)) bad.add(line, "a comment", plain)
    else if (isHeader) isHeader = plain === ""
    else if (plain !== "") {
      if (isOpen) bad.add(line, "a quote that is not closed", plain)
      else if (fields !== dialect.names.length) {
        bad.add(line, `${fields} fields instead of ${dialect.names.length}`, plain)
      } else if (plain.includes("\ufffd")) bad.add(line, "not UTF-8", plain)
      else if (plain.length * 3 > RECORD_BYTES_MAX && Buffer.byteLength(plain) > RECORD_BYTES_MAX - 32) {
        bad.add(line, `longer than ${RECORD_BYTES_MAX} bytes`, plain)
      } else out.push(`${line}${dialect.delimiter}${plain}\n`)
    }
    line += lineFeeds(record) + 1
    start = end + 1
  }
  return { text: out.join(""), bad, rows: out.length }
}
