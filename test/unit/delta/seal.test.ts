import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { decodeEntry, encodeEntry } from "../../../src/delta/entry.ts"
import { Malformed } from "../../../src/delta/errors.ts"
import { BLANK, checkSeal, readSeal, sealEntry } from "../../../src/delta/seal.ts"
import type { Seal } from "../../../src/delta/seal.ts"

const seal: Seal = { digest: (bytes) => createHash("sha256").update(bytes).digest("hex") }

const sealed = (previous: string): Uint8Array => {
  const bytes = encodeEntry({ seal: { previous, digest: BLANK }, operation: "WRITE" }, [
    { txn: { appId: "a", version: 1n } }
  ])
  sealEntry(bytes, seal)
  return bytes
}

describe("seals", () => {
  it("are over the bytes with the digits of the digest replaced by zeros", () => {
    const bytes = sealed(BLANK)
    const digest = readSeal(bytes)?.digest ?? ""
    const text = Buffer.from(bytes).toString()
    expect(createHash("sha256").update(text.replace(digest, BLANK)).digest("hex")).toBe(digest)
    expect(decodeEntry(0, bytes).seal).toEqual({ previous: BLANK, digest })
  })

  it("hold with the right predecessor, and say so otherwise", () => {
    const first = sealed(BLANK)
    const digest = checkSeal(first, seal, BLANK)
    const second = sealed(digest)
    expect(() => checkSeal(second, seal, digest)).not.toThrow()
    expect(() => checkSeal(second, seal, undefined)).not.toThrow()
    expect(() => checkSeal(second, seal, BLANK)).toThrow("does not follow the entry before it")
  })

  it("break with any flipped bit", () => {
    const bytes = sealed(BLANK)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(() => checkSeal(flipped, seal, BLANK), `byte ${at}`).toThrow(Malformed)
    }
  })

  it("break when bytes are added or cut off", () => {
    const bytes = sealed(BLANK)
    expect(() => checkSeal(bytes.slice(0, -1), seal, BLANK)).toThrow(Malformed)
    expect(() => checkSeal(Uint8Array.of(...bytes, 10), seal, BLANK)).toThrow(Malformed)
    expect(() => checkSeal(new Uint8Array(), seal, BLANK)).toThrow("it has no seal")
  })

  it("are only seen in their place", () => {
    const elsewhere = encodeEntry({ operation: "X", seal: { previous: BLANK, digest: BLANK } }, [])
    expect(readSeal(elsewhere)).toBeUndefined()
    expect(() => checkSeal(elsewhere, seal, BLANK)).toThrow("it has no seal")
  })
})
