/**
 * Golden values: what two implementations of others say (`scripts/golden-bao.ts` asked them) is what Pond says, whichever
 * way it hashes (R5).
 */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { deriveKey } from "../../../src/bao/derive.ts"
import { hash, Hasher } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { HASH, keyed } from "../../../src/bao/mode.ts"
import { hashTree } from "../../../src/bao/outboard.ts"
import { EDGES, noise } from "../../support/bao/content.ts"

interface Golden {
  readonly key: string
  readonly context: string
  readonly cases: ReadonlyArray<{
    readonly sizeBytes: number
    readonly seed: number
    readonly hash: string
    readonly keyed: string
    readonly derived: string
    readonly extended: string
  }>
}

const golden: Golden = JSON.parse(readFileSync(new URL("values.json", import.meta.url), "utf8"))

it("covers every size at which a tree changes its shape", () => {
  expect(golden.cases.map(({ sizeBytes }) => sizeBytes)).toEqual(expect.arrayContaining([...EDGES]))
})

it.each(golden.cases)("hashes $sizeBytes bytes", (expected) => {
  const bytes = noise(expected.sizeBytes, expected.seed)
  const modes = [
    [HASH, expected.hash],
    [keyed(Buffer.from(golden.key)), expected.keyed],
    [deriveKey(golden.context), expected.derived]
  ] as const
  for (const [mode, hex] of modes) {
    expect(toHex(hash(bytes, mode))).toBe(hex)
    expect(toHex(new Hasher(mode).update(bytes).root())).toBe(hex)
    expect(toHex(hashTree(bytes, mode).root)).toBe(hex)
  }
  const output = new Hasher().update(bytes).output()
  expect(toHex(output.root())).toBe(expected.hash)
  expect(toHex(output.read(0, expected.extended.length / 2))).toBe(expected.extended)
})
