/**
 * Hashes as text: lower-case hexadecimal, as `b3sum` prints them.
 */
import { HASH_BYTES } from "./constants.ts"
import { InvalidHex } from "./errors.ts"

const HASH_TEXT = new RegExp(`^[0-9a-fA-F]{${2 * HASH_BYTES}}$`)

/** Writes bytes as lower-case hexadecimal digits, two per byte. */
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")

/** Reads a hash of 32 bytes from 64 hexadecimal digits of either case. Throws `InvalidHex`. */
export const fromHex = (text: string): Uint8Array => {
  if (!HASH_TEXT.test(text)) throw new InvalidHex(text)
  return new Uint8Array(Buffer.from(text, "hex"))
}

/** Whether two hashes or chaining values are the same bytes. */
export const sameHash = (left: Uint8Array, right: Uint8Array): boolean => {
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}
