/** Key derivation. */
import { expect, it } from "vitest"
import { deriveKey } from "../../../src/bao/derive.ts"
import { hash } from "../../../src/bao/hasher.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { noise } from "../../support/bao/content.ts"
import { agreed } from "../../support/bao/oracles.ts"

it.each(["", "pondfs 2026-11-21 entry v1", "wasserstände äöü 🌊", "x".repeat(1025), "long ".repeat(10_000)])(
  "derives under the context %.40s as others do",
  (context) => {
    const mode = deriveKey(context)
    for (const size of [0, 32, 1025, 40_000]) {
      const material = noise(size, 17)
      expect(toHex(hash(material, mode))).toBe(agreed((oracle) => oracle.derived(context, material)))
    }
  }
)
