/**
 * The lines that b3sum prints and `--check` reads: `<hash>  <name>` or `BLAKE3 (<name>) = <hash>`.
 *
 * A name with a backslash, newline or carriage return is written with escapes, and the line then begins with a
 * backslash. The rules of reading are strict on purpose: a check that fails too often is better than one that takes one
 * file for another. Format and rules are those of b3sum 1.8, with one difference: a tagged line whose name holds two
 * spaces in a row is read, not refused.
 */
import { HASH_BYTES } from "../../bao/constants.ts"

const TAG = "BLAKE3 ("
const TAG_END = ") = "
const SEPARATOR = "  "
const HEX = new RegExp(`^[0-9a-f]{${2 * HASH_BYTES}}$`)

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" }
const UNESCAPES: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", r: "\r" }

/** The two parts of a printed line around the hash: it may be long, and is written piece by piece. */
export interface LineFrame {
  readonly before: string
  readonly after: string
}

/** Returns what stands around the hash of a name that is valid text; `tagged` is the BSD style. */
export const frameOf = (name: string, tagged: boolean): LineFrame => {
  const escaped = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!)
  const mark = escaped === name ? "" : "\\"
  return tagged
    ? { before: `${mark}${TAG}${escaped}${TAG_END}`, after: "\n" }
    : { before: mark, after: `${SEPARATOR}${escaped}\n` }
}

/** A line of a file of checksums. */
export interface CheckLine {
  /** The name as the line writes it, escapes and the mark in front included: what the report shows. */
  readonly shown: string
  /** The name of the file. */
  readonly name: string
  /** The expected hash, 64 hexadecimal digits. */
  readonly hash: string
}

/** A line that names no file to check, and why. */
export interface BadLine {
  readonly problem: string
}

const split = (text: string): { readonly hash: string; readonly name: string } | undefined => {
  const separator = text.indexOf(SEPARATOR)
  const plain = separator !== -1 && { hash: text.slice(0, separator), name: text.slice(separator + SEPARATOR.length) }
  if (plain && HEX.test(plain.hash)) return plain
  // The name may hold `) = ` itself: the last one ends it.
  const end = text.lastIndexOf(TAG_END)
  if (text.startsWith(TAG) && end >= TAG.length) {
    return { hash: text.slice(end + TAG_END.length), name: text.slice(TAG.length, end) }
  }
  return plain || undefined
}

/** Undoes the escapes; `undefined` when there is one that is not known. */
const unescape = (name: string): string | undefined =>
  /^(?:[^\\]|\\[\\nr])*$/.test(name) ? name.replace(/\\(.)/g, (_, code: string) => UNESCAPES[code]!) : undefined

/**
 * Reads one line of a file of checksums, with or without its line ending.
 *
 * Uppercase hashes, names that are empty or hold NUL or U+FFFD (which many different names may have become) and unknown
 * escapes are refused.
 */
export const parseCheckLine = (line: string): CheckLine | BadLine => {
  if (!line.isWellFormed()) return { problem: "stream did not contain valid UTF-8" }
  const text = line.replace(/[\r\n]+$/, "")
  if (text === "") return { problem: "Empty line" }
  const escaped = text.startsWith("\\")
  const parts = split(escaped ? text.slice(1) : text)
  if (parts === undefined) return { problem: "Invalid check line format" }
  if (Buffer.byteLength(parts.hash) !== 2 * HASH_BYTES) return { problem: "Invalid hash length" }
  if (!HEX.test(parts.hash)) return { problem: "Invalid hex" }
  const name = escaped ? unescape(parts.name) : parts.name
  if (name === undefined) return { problem: "Invalid backslash escape" }
  if (name === "") return { problem: "empty file path" }
  if (name.includes("\0")) return { problem: "Null character in path" }
  if (name.includes("\ufffd")) return { problem: "Unicode replacement character in path" }
  return { shown: (escaped ? "\\" : "") + parts.name, name, hash: parts.hash }
}
