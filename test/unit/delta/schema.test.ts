import { describe, expect, it } from "@effect/vitest"
import { Malformed, Unsupported } from "../../../src/delta/errors.ts"
import { encodeSchema, field, parseSchema, struct } from "../../../src/delta/schema.ts"

const PRIMITIVES =
  "string long integer short byte float double boolean binary date timestamp timestamp_ntz decimal(38,10)".split(" ")

const of = (type: string): string =>
  `{"type":"struct","fields":[{"name":"x","type":${type},"nullable":true,"metadata":{}}]}`

describe("parseSchema", () => {
  it.each(PRIMITIVES)("reads and writes %s", (type) => {
    expect(encodeSchema(parseSchema(of(`"${type}"`)))).toBe(of(`"${type}"`))
  })

  it("reads and writes nested types and metadata", () => {
    const text =
      '{"type":"struct","fields":[{"name":"l","type":{"type":"array","elementType":{"type":"map","keyType":"string",' +
      '"valueType":{"type":"struct","fields":[{"name":"a","type":"long","nullable":false,"metadata":{"c":9007199254740993}}]},' +
      '"valueContainsNull":true},"containsNull":false},"nullable":true,"metadata":{}}]}'
    expect(encodeSchema(parseSchema(text))).toBe(text)
  })

  it("is what field and struct make", () => {
    expect(parseSchema(of('"long"'))).toEqual(struct(field("x", "long")))
  })

  it.each(['"interval"', '"void"', '"variant"', '{"type":"udt"}'])(
    "names the type %s that it does not know",
    (type) => {
      expect(() => parseSchema(of(type))).toThrow(Unsupported)
    }
  )

  it.each([
    ["nothing", "not JSON"],
    ['"long"', "must be a struct"],
    ['{"type":"struct"}', "must be a list"],
    [of('"decimal(39,1)"'), "there is no decimal(39,1)"],
    [of('"decimal(3,4)"'), "there is no"],
    ['{"type":"struct","fields":[{"name":"x","type":"long"}]}', "nullable"],
    [
      '{"type":"struct","fields":[{"name":"a","type":"long","nullable":true},{"name":"A","type":"long","nullable":true}]}',
      "occurs twice"
    ],
    [of(`${'{"type":"array","containsNull":true,"elementType":'.repeat(100)}"long"${"}".repeat(100)}`), "deeper"]
  ])("refuses %s", (text, message) => {
    expect(() => parseSchema(text)).toThrow(Malformed)
    expect(() => parseSchema(text)).toThrow(message)
  })
})
