import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { decodeEntry, encodeEntry } from "../../../src/delta/entry.ts"
import { Malformed } from "../../../src/delta/errors.ts"
import {
  BLANK,
  blankCheckpointSeal,
  checkCheckpointSeal,
  checkSeal,
  readSeal,
  sealCheckpoint,
  sealEntry
} from "../../../src/delta/seal.ts"
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

describe("seals of checkpoints", () => {
  const entry = "ab".repeat(32)
  const sealedFile = (version: number): Uint8Array => {
    const bytes = new TextEncoder().encode(`PAR1 seal: data ${blankCheckpointSeal({ version, entry })} PAR1`)
    sealCheckpoint(bytes, seal)
    return bytes
  }

  it("hold for the version and the entry they belong to", () => {
    expect(() => checkCheckpointSeal(sealedFile(7), seal, { version: 7, entry })).not.toThrow()
    expect(() => checkCheckpointSeal(sealedFile(7), seal, { version: 8, entry })).toThrow("of version 7")
    expect(() => checkCheckpointSeal(sealedFile(7), seal, { version: 7, entry: BLANK })).toThrow("another history")
  })

  it("break with any flipped bit", () => {
    const bytes = sealedFile(7)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(() => checkCheckpointSeal(flipped, seal, { version: 7, entry }), `byte ${at}`).toThrow(Malformed)
    }
  })

  it("are demanded", () => {
    expect(() => checkCheckpointSeal(new Uint8Array(100), seal, { version: 7, entry })).toThrow("it has no seal")
  })
})
