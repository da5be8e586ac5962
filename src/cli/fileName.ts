/**
 * File names that are not valid UTF-8, carried through text without loss.
 *
 * A POSIX file name is any sequence of bytes but NUL and slash; JavaScript text cannot hold all of them. Here every byte
 * that is not part of valid UTF-8 becomes one lone surrogate U+DC80 to U+DCFF, which valid text never contains (the
 * convention of PEP 383). Such text passes through argument parsing unharmed; it is turned back into bytes where a file
 * is opened, and into U+FFFD where a person reads it.
 */
import { isUtf8 } from "node:buffer"

/** First code unit of the escapes: byte 0x80 is U+DC80. */
const ESCAPE = 0xdc00

/** Bytes of the UTF-8 sequence that `lead` begins; 1 for what cannot begin one. */
const sequenceLength = (lead: number): number => (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)

/** Returns the text of a name: UTF-8 where it is valid, one lone surrogate for each byte that is not. */
export const nameFromBytes = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString("utf8")
  const parts: Array<string> = []
  for (let at = 0; at < buffer.length;) {
    const lead = buffer[at]!
    const sequence = buffer.subarray(at, at + sequenceLength(lead))
    const valid = sequence.length === sequenceLength(lead) && isUtf8(sequence)
    parts.push(valid ? sequence.toString("utf8") : String.fromCharCode(ESCAPE + lead))
    at += valid ? sequence.length : 1
  }
  return parts.join("")
}

/** Returns the bytes of a name: the inverse of `nameFromBytes`. */
export const nameToBytes = (name: string): Buffer => {
  if (name.isWellFormed()) return Buffer.from(name, "utf8")
  const parts = name.split(/([\udc80-\udcff])/u)
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part, "utf8") : Buffer.of(part.charCodeAt(0) - ESCAPE)))
  )
}

/** Returns the name as text can show it: U+FFFD in place of what is not valid UTF-8 (once per maximal invalid part). */
export const nameForDisplay = (name: string): string =>
  name.isWellFormed() ? name : nameToBytes(name).toString("utf8")

/** Returns text for a terminal: control characters, which could move the cursor or hide text, become escapes. */
export const escapeControls = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character]
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  })
