/**
 * The official BLAKE3 vectors: hash, keyed hash and key derivation, with extended output.
 */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { deriveKey } from "../../../src/bao/derive.ts"
import { hash, Hasher } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { HASH, keyed } from "../../../src/bao/mode.ts"
import { describeVectors } from "../../support/vectors.ts"

interface Vectors {
  readonly key: string
  readonly context_string: string
  readonly cases: ReadonlyArray<{
    readonly input_len: number
    readonly hash: string
    readonly keyed_hash: string
    readonly derive_key: string
  }>
}

describeVectors("blake3.json", (path) => {
  const vectors: Vectors = JSON.parse(readFileSync(path, "utf8"))
  const modes = [
    ["hash", HASH],
    ["keyed_hash", keyed(Buffer.from(vectors.key))],
    ["derive_key", deriveKey(vectors.context_string)]
  ] as const

  it("are all there", () => {
    expect(vectors.cases).toHaveLength(35)
  })

  it.each(vectors.cases)("$input_len bytes", (expected) => {
    const bytes = Uint8Array.from({ length: expected.input_len }, (_, i) => i % 251)
    for (const [name, mode] of modes) {
      const hex = expected[name]
      expect(toHex(hash(bytes, mode))).toBe(hex.slice(0, 64))
      const output = new Hasher(mode).update(bytes).output()
      expect(toHex(output.root())).toBe(hex.slice(0, 64))
      expect(toHex(output.read(0, hex.length / 2))).toBe(hex)
      expect(toHex(output.read(67n, 40))).toBe(hex.slice(134, 214))
    }
  })
})
