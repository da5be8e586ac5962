/**
 * Generated lines of JSON.
 */
import fc from "fast-check"

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double().map((value) => (Number.isFinite(value) ? value : 0)),
  // More digits than are exact, of which few come behind the point.
  fc.double({ min: 1e9, max: 1e12, noNaN: true }).map((value) => Number(value.toFixed(6))),
  fc.constantFrom(0, -1, 2.5, 1e21, 1e-7, 999_999_999_999_999, 0.1, -12_345_678.9, 123_456_789.012_345, 1234.567_890_1)
)
const time = fc
  .tuple(fc.date({ min: new Date("1900-01-01"), max: new Date("2199-12-31"), noInvalidDate: true }), fc.nat(9))
  .map(([date, style]) => {
    const text = date.toISOString()
    return [
      text,
      text.slice(0, 19),
      text.slice(0, 19).replace("T", " "),
      text.replace("Z", "456Z"),
      text.slice(0, 10),
      text.replace("Z", "+01:00"),
      text.replace(".000Z", "-0530"),
      text.slice(0, 21) + "Z",
      text.slice(0, 22).replace("T", " "),
      text.replace("Z", "456789Z")
    ][style]!
  })
const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.stringMatching(/^[0-9a-zA-Z./:_ -]{0,20}$/),
  fc.constantFrom(
    "info",
    "infinity",
    "epoch",
    "12:30:00",
    "2026-11-21",
    "10.0.0.1",
    "4f3a",
    'say "hi"\n',
    "a\tb",
    "ä€😀"
  ),
  fc.uuid()
)

/** One arbitrary for each column, so that most columns make sense. */
const valueOf: ReadonlyArray<fc.Arbitrary<unknown>> = [
  fc.integer(),
  number,
  fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) + 1n, 10n ** 18n, 10n ** 19n, 10n ** 15n)
  ),
  texts,
  fc.constantFrom("alpha", "beta", "gamma"),
  time,
  time.map((text) => text.slice(0, 10) + "T08:00:00Z"),
  time.map((text) => text.slice(0, 10)),
  time.map((text) => text.slice(11, 19)),
  fc.tuple(time, fc.constantFrom(".5", ".000001")).map(([text, part]) => text.slice(11, 19) + part),
  time.map((text) => text.slice(0, 10) + "T08:00:00.25+02:00"),
  time.map((text) => text.slice(0, 10) + " 08:00:00.1"),
  fc.boolean(),
  fc.uuid(),
  fc.tuple(fc.uuid(), fc.boolean()).map(([text, isUpper]) => (isUpper ? text.toUpperCase() : text)),
  fc.constant(null),
  fc.oneof({ weight: 50, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.constantFrom("x", true, [1], { a: 1 }) })
]
const PLAIN = valueOf.length
/** Keys whose values are of a type each; those of a list are objects with such keys. */
type Types = ReadonlyArray<number | Types>
const types: fc.Arbitrary<Types> = fc.letrec<{ readonly types: Types }>((tie) => ({
  types: fc.array(
    fc.oneof(
      { depthSize: "small" },
      { weight: 4, arbitrary: fc.nat(PLAIN - 1) },
      { weight: 1, arbitrary: tie("types") }
    ),
    { maxLength: 4 }
  )
})).types
const row = (all: Types): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      all.map((type, at): [string, fc.Arbitrary<unknown>] => [
        `k${at}`,
        fc.oneof(
          { weight: 9, arbitrary: typeof type === "number" ? valueOf[type]! : row(type) },
          { weight: 1, arbitrary: fc.constant(null) }
        )
      ])
    ),
    { requiredKeys: [] }
  )
const written = (value: unknown, comma: string, colon: string): string => {
  if (typeof value === "bigint") return String(value)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value)
  const fields = Object.entries(value).map(
    ([key, one]) => `${JSON.stringify(key)}${colon}${written(one, comma, colon)}`
  )
  return `{${fields.join(comma)}}`
}
const spaced = fc.constantFrom<[string, string]>([",", ":"], [", ", ": "])
/** Lines of objects of a few columns each, written in one way. */
export const lines = fc
  .tuple(types, spaced)
  .chain(([all, [comma, colon]]) =>
    fc.array(row(all), { minLength: 1, maxLength: 12 }).map((rows) => rows.map((one) => written(one, comma, colon)))
  )

/** Objects with keys that come twice, lists, and blanks anywhere. */
const oddKey = fc.constantFrom("a", "b", "c", "a b", "é", "_line", "x.y", "_none", "order", "a\\u0062", "A")
const blank = fc.constantFrom("", "", "", "", " ", "\t", "  ")
const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("1", "2", "-3", "null", '"t"', '"u\\n"', "true") },
  fc.constantFrom("{}", "2.5", "[]", "[1]", "{ }", '"2026-11-21T08:00:00Z"', '""', "1e5", "[{}]")
)
const { object: oddObject } = fc.letrec<{ readonly object: string; readonly value: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, { weight: 5, arbitrary: leaf }, { weight: 2, arbitrary: tie("object") }),
  object: fc
    .tuple(fc.array(fc.tuple(oddKey, blank, blank, tie("value")), { maxLength: 4 }), blank)
    .map(([fields, space]) => {
      const members = fields.map(([key, before, behind, value]) => `"${key}"${before}:${behind}${value}`)
      return `{${space}${members.join(`${space},`)}${space}}`
    })
}))
/** Lines of a few objects each, in whatever way they may be written. */
export const oddLines = fc.array(oddObject, { minLength: 1, maxLength: 4 }).chain((few) =>
  fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...few) }, { weight: 1, arbitrary: oddObject }), {
    minLength: 1,
    maxLength: 10
  })
)
