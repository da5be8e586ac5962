/**
 * Two BLAKE3 implementations by others: the reference in Rust compiled to WebAssembly, and a native module.
 */
import { Blake3Hasher, blake3 } from "@napi-rs/blake-hash"
import { deriveKey, hash, keyedHash } from "blake3-wasm"

/** What an oracle can tell, in hexadecimal. */
export interface Oracle {
  readonly name: string
  readonly hash: (bytes: Uint8Array) => string
  readonly keyed: (key: Uint8Array, bytes: Uint8Array) => string
  readonly derived: (context: string, bytes: Uint8Array) => string
}

const hex = (bytes: Buffer | string): string => Buffer.from(bytes as Buffer).toString("hex")

/** Both oracles; neither knows of the other, nor of Pond. */
export const ORACLES: ReadonlyArray<Oracle> = [
  {
    name: "blake3-wasm",
    hash: (bytes) => hex(hash(bytes)),
    keyed: (key, bytes) => hex(keyedHash(Buffer.from(key), bytes)),
    derived: (context, bytes) => hex(deriveKey(context, bytes))
  },
  {
    name: "@napi-rs/blake-hash",
    hash: (bytes) => hex(blake3(bytes)),
    keyed: (key, bytes) => Blake3Hasher.newKeyed(Buffer.from(key)).update(bytes).digest("hex"),
    derived: (context, bytes) => hex(Blake3Hasher.deriveKey(context, bytes))
  }
]

/** Extended output of the plain hash, `length` bytes from the start, which only the first oracle can tell. */
export const extendedHash = (bytes: Uint8Array, length: number): string => hex(hash(bytes, { length }))

/** Asks both oracles, and fails unless they agree. */
export const agreed = (ask: (oracle: Oracle) => string): string => {
  const answers = ORACLES.map(ask)
  if (new Set(answers).size !== 1) throw new Error(`the oracles disagree: ${answers.join(" and ")}`)
  return answers[0]!
}
