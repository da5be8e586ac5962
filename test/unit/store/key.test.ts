import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { compareKeys, invalidKey, invalidPrefix } from "../../../src/store/key.ts"
import { INVALID_KEYS, ODD_KEYS } from "../../support/store/keys.ts"

describe("invalidKey", () => {
  it.each(ODD_KEYS)("accepts %j", (key) => {
    expect(invalidKey(key)).toBeUndefined()
  })

  it.each(INVALID_KEYS)("refuses %j and says why", (key) => {
    const error = invalidKey(key)
    expect(error?._tag).toBe("InvalidObjectKey")
    expect(error?.message).toMatch(/is not a key of a store: .{10}/)
  })

  it("counts bytes, not characters, at the limits", () => {
    expect(invalidKey("é".repeat(127))).toBeUndefined()
    expect(invalidKey("é".repeat(128))?.reason).toContain("255")
    const longest = `${"a".repeat(255)}/`.repeat(4).slice(0, 1024)
    expect(invalidKey(longest.replace(/\/$/, "b"))?.reason ?? "fine").toBe("a component has more than 255 bytes")
    expect(invalidKey(`${"a".repeat(254)}/`.repeat(4) + "abcd")).toBeUndefined()
    expect(invalidKey(`${"a".repeat(254)}/`.repeat(4) + "abcde")?.reason).toContain("1024")
  })

  it("shows at most the beginning of an endless name", () => {
    expect(invalidKey("x".repeat(10_000))?.message.length).toBeLessThan(400)
  })
})

describe("invalidPrefix", () => {
  it.each(["", "a", "a/", "a/.", "a/..", "_delta_log/0000"])("accepts %j", (prefix) => {
    expect(invalidPrefix(prefix)).toBeUndefined()
  })

  it.each(["/", "//", "../", "a/../b", "./x", "a//", "a\0", "\udfff"])("refuses %j", (prefix) => {
    expect(invalidPrefix(prefix)?._tag).toBe("InvalidObjectKey")
  })
})

describe("compareKeys", () => {
  it("orders any two texts as their UTF-8 bytes are ordered", () => {
    const text = fc.string({ unit: "binary", maxLength: 6 })
    fc.assert(
      fc.property(text, text, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right))
        expect(Math.sign(compareKeys(left, right))).toBe(expected)
      }),
      { numRuns: 2000 }
    )
  })

  it("puts what lies beyond the basic plane after all of it, unlike JavaScript", () => {
    expect(["😀", "\uffff", "a"].toSorted(compareKeys)).toEqual(["a", "\uffff", "😀"])
    expect(["😀", "\uffff", "a"].toSorted()).toEqual(["a", "😀", "\uffff"])
  })
})
