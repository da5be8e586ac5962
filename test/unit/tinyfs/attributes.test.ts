import { describe, expect, it } from "vitest"
import type { Attributes } from "../../../src/tinyfs/index.ts"
import {
  ATTRIBUTES_BYTES_MAX,
  attributesProblem,
  decodeAttributes,
  encodeAttributes
} from "../../../src/tinyfs/attributes.ts"

describe("attributes as text", () => {
  it("are the same bytes however they were put together (R7)", () => {
    expect(encodeAttributes({ b: 1, a: "x" })).toBe('{"a":"x","b":1}')
    expect(encodeAttributes({ a: "x", b: 1 })).toBe('{"a":"x","b":1}')
    expect(encodeAttributes({ 10: true, 9: false })).toBe('{"10":true,"9":false}')
    expect(encodeAttributes({})).toBeNull()
  })

  it("are in the order of UTF-8, which is not that of JavaScript", () => {
    expect(encodeAttributes({ "\u{1f600}": 1, "\uff5a": 2 })).toBe('{"\uff5a":2,"\u{1f600}":1}')
  })

  const plain: ReadonlyArray<Attributes> = [
    { text: "", number: -(2 ** 53) + 1, yes: true },
    { "": "empty key", "a b": '\n\u2028"\\', no: false },
    { ["__proto__"]: "own", constructor: 1, toString: true }
  ]
  it("come back as they were", () => {
    for (const attributes of plain) {
      const back = decodeAttributes(encodeAttributes(attributes)!)
      expect(Object.entries(back).toSorted()).toStrictEqual(Object.entries(attributes).toSorted())
    }
  })

  it("do not touch the prototype of anything (R11)", () => {
    const back = decodeAttributes('{"__proto__":"x","a":1}')
    expect(Object.getPrototypeOf(back)).toBeNull()
    expect(Object.hasOwn(back, "__proto__")).toBe(true)
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined()
  })

  it.each([
    [{ a: 0.5 }, '"a" is not a whole number within 2^53'],
    [{ a: Number.NaN }, '"a" is not a whole number within 2^53'],
    [{ a: 2 ** 53 }, '"a" is not a whole number within 2^53'],
    [{ a: Infinity }, '"a" is not a whole number within 2^53'],
    [{ a: "\ud800" }, '"a" is not Unicode text'],
    [{ "\udfff": 1 }, '"\\udfff" is not Unicode text'],
    [{ a: { b: 1 } as never }, '"a" is not text, number or boolean'],
    [{ a: null as never }, '"a" is not text, number or boolean']
  ])("are refused with a reason: %j", (attributes, problem) => {
    expect(attributesProblem(attributes)).toBe(problem)
  })

  it("have a bound, in bytes", () => {
    const over = '{"a":""}'.length
    expect(attributesProblem({ a: "x".repeat(ATTRIBUTES_BYTES_MAX - over) })).toBeUndefined()
    expect(attributesProblem({ a: "x".repeat(ATTRIBUTES_BYTES_MAX - over + 1) })).toBe(
      `they have ${ATTRIBUTES_BYTES_MAX + 1} bytes; at most ${ATTRIBUTES_BYTES_MAX} are kept`
    )
  })

  it.each(["null", "[]", "1", '"a"', "", "{", '{"a":null}', '{"a":[1]}', '{"a":1.5}', '{"a":"\\ud800"}'])(
    "are not read from %j",
    (text) => {
      expect(() => decodeAttributes(text)).toThrow(/attributes|JSON/)
    }
  )
})
