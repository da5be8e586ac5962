import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { encodeJson, Fields, parseJson } from "../../../src/delta/json.ts"

describe("parseJson", () => {
  it("keeps whole numbers beyond 2^53 exact", () => {
    expect(parseJson('{"a":9007199254740993,"b":[-9223372036854775808],"c":1}')).toEqual({
      a: 9007199254740993n,
      b: [-9223372036854775808n],
      c: 1
    })
  })

  it("leaves digits in strings and fractions alone", () => {
    expect(parseJson('{"a":"9007199254740993","b":1.5,"c":0.1234567890123456}')).toEqual({
      a: "9007199254740993",
      b: 1.5,
      c: 0.1234567890123456
    })
  })

  it("keeps __proto__ as a key like any other", () => {
    const parsed = parseJson('{"__proto__":{"x":9007199254740993}}') as object
    expect(Object.keys(parsed)).toEqual(["__proto__"])
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined()
  })

  it.each(["", "{", '{"a":1', "[1,]", "nul"])("throws Malformed for %j", (text) => {
    expect(() => parseJson(text)).toThrow(Malformed)
  })
})

describe("encodeJson", () => {
  it("writes every number exactly", () => {
    expect(encodeJson({ a: 9223372036854775807n, b: -0, c: 0.1, d: undefined, e: [null, true] })).toBe(
      '{"a":9223372036854775807,"b":-0.0,"c":0.1,"e":[null,true]}'
    )
  })

  it("writes maps as objects, whatever their keys", () => {
    expect(
      encodeJson(
        new Map([
          ["__proto__", "x"],
          ['quote"', "y"]
        ])
      )
    ).toBe('{"__proto__":"x","quote\\"":"y"}')
  })
})

describe("Fields", () => {
  const fields = new Fields({ text: "a", count: 3, big: 2n ** 62n, nothing: null, flag: true, list: ["x", 1] }, "thing")

  it("gives typed fields, null as absent", () => {
    expect(fields.string("text")).toBe("a")
    expect(fields.int64("big")).toBe(2n ** 62n)
    expect(fields.int64("count")).toBe(3n)
    expect(fields.optionalString("nothing")).toBeUndefined()
    expect(fields.optionalString("toString")).toBeUndefined()
  })

  it.each([
    ["string", "count", "thing.count must be a string"],
    ["boolean", "text", "thing.text must be true or false"],
    ["int64", "text", "thing.text must be a 64-bit whole number"],
    ["count", "big", "thing.big must be a count"],
    ["optionalStrings", "list", "thing.list must be a list of strings"],
    ["optionalMap", "list", "thing.list must be a map of strings"]
  ] as const)("%s of %s says where", (method, key, message) => {
    expect(() => fields[method](key)).toThrow(message)
  })

  it("refuses numbers that are no 64-bit whole number", () => {
    const odd = new Fields({ half: 0.5, huge: 2n ** 63n, power: 1e20 }, "odd")
    for (const key of ["half", "huge", "power"]) expect(() => odd.int64(key)).toThrow(Malformed)
  })

  it("refuses what is no object", () => {
    for (const value of [null, 1, "a", [1], undefined]) expect(() => new Fields(value, "thing")).toThrow(Malformed)
  })
})
