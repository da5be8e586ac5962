/**
 * The three modes of BLAKE3 (paper section 2.3): hash, keyed hash, key derivation. A mode is a key and domain flags.
 */
import { Flags, HASH_BYTES, IV } from "./constants.ts"
import { InvalidKey } from "./errors.ts"

/** Eight key words and the flags that every compression of the mode carries. Compared by identity: build once. */
export interface Mode {
  readonly key: Uint32Array
  readonly flags: number
}

/** The plain hash: what `b3sum` prints. */
export const HASH: Mode = { key: IV, flags: 0 }

/** Makes the mode of a keyed hash (a MAC) from a key of 32 bytes. Throws `InvalidKey`. */
export const keyed = (key: Uint8Array): Mode => {
  if (key.length !== HASH_BYTES) throw new InvalidKey(key.length)
  return { key: wordsOf(key), flags: Flags.keyedHash }
}

/** The little-endian words of bytes, as many as there are four bytes. */
export const wordsOf = (bytes: Uint8Array): Uint32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, word) => view.getUint32(word * 4, true))
}

/** The little-endian bytes of words: the inverse of `wordsOf`. */
export const bytesOf = (words: Uint32Array): Uint8Array => {
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  words.forEach((value, word) => view.setUint32(word * 4, value, true))
  return bytes
}
