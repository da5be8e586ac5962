/**
 * Names of a mirror: orphans, names without the suffix of a compression, names that are not text.
 */
import { NAME_BYTES_MAX } from "../../tinyfs/index.ts"

/** Suffixes of compressed files. */
const SUFFIXES = [".gz", ".zst", ".bz2", ".xz"]

const utf8 = new TextEncoder()

/** The name without the suffix of a compression; `undefined` when it has none, or is nothing else. */
export const uncompressedName = (name: string): string | undefined => {
  const suffix = SUFFIXES.find((one) => name.endsWith(one) && name.length > one.length)
  return suffix === undefined ? undefined : name.slice(0, -suffix.length)
}

/** The beginning of a text that fits into so many bytes of UTF-8. */
const fitting = (text: string, bytes: number): string => {
  let fit = ""
  let left = bytes
  for (const character of text) {
    left -= utf8.encode(character).length
    if (left < 0) return fit
    fit += character
  }
  return fit
}

/** The name for bytes that lost theirs (P12): of the lost name, shortened where it must be, and their hash. */
export const orphanName = (lost: string, hash: string, isTaken: (name: string) => boolean): string => {
  for (let count = 0; ; count++) {
    const suffix = `.orphan-${hash.slice(0, 8)}${count === 0 ? "" : `-${count}`}`
    const name = `${fitting(lost, NAME_BYTES_MAX - suffix.length)}${suffix}`
    if (!isTaken(name)) return name
  }
}

/** A name as text, or `undefined` when its bytes are not UTF-8. */
export const textOfName = (name: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name)
  } catch {
    return undefined
  }
}

/** The name in reports when it is not text: every byte from 0x80 on as `\xhh`. */
export const escapedName = (name: Uint8Array): string =>
  Array.from(name, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`
  ).join("")
