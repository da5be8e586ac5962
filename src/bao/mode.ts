/**
 * The three modes of BLAKE3 (paper section 2.3): hash, keyed hash, key derivation. A mode is a key and domain flags.
 */
import { Flags, IV } from "./constants.ts"

/** Eight key words and the flags that every compression of the mode carries. Compared by identity: build once. */
export interface Mode {
  readonly key: Uint32Array
  readonly flags: number
}

/** The plain hash: what `b3sum` prints. */
export const HASH: Mode = { key: IV, flags: 0 }

/** The little-endian words of 32 bytes. */
export const wordsOf = (bytes: Uint8Array): Uint32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, word) => view.getUint32(word * 4, true))
}
