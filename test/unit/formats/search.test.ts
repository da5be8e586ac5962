import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type FoundLine,
  LINE_BYTES_MAX,
  type LineQuery,
  LineSearch,
  requiredText
} from "../../../src/formats/search.ts"

const QUERY: LineQuery = {
  pattern: "x",
  isText: false,
  ignoresCase: false,
  isInverted: false,
  before: 0,
  after: 0,
  max: Number.POSITIVE_INFINITY,
  isCounting: true
}

const search = (chunks: ReadonlyArray<Uint8Array>, query: Partial<LineQuery>): ReadonlyArray<FoundLine> => {
  const lines = new LineSearch({ ...QUERY, ...query })
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.finish()]
}

const texts = (found: ReadonlyArray<FoundLine>): ReadonlyArray<string> =>
  found.map(({ bytes, isContext, line }) => `${line}${isContext ? "-" : ":"}${Buffer.from(bytes).toString()}`)

const inText = (text: string, query: Partial<LineQuery>): ReadonlyArray<string> =>
  texts(search([Buffer.from(text)], query))

/** What it means, line by line. */
const plainly = (text: string, { after, before, ignoresCase, isInverted, max, pattern }: LineQuery) => {
  const lines = text.split("\n")
  if (lines.at(-1) === "") lines.pop()
  const one = new RegExp(pattern, `m${ignoresCase ? "i" : ""}`)
  const hits = lines.flatMap((line, at) => (one.test(line) === isInverted ? [] : [at])).slice(0, max)
  const shown = new Map<number, boolean>()
  for (const hit of hits) {
    for (let at = Math.max(0, hit - before); at <= Math.min(lines.length - 1, hit + after); at++) {
      if (at > hits.at(-1)! + after) continue
      shown.set(at, hits.includes(at))
    }
  }
  return [...shown]
    .toSorted(([left], [right]) => left - right)
    .map(([at, isHit]) => `${at + 1}${isHit ? ":" : "-"}${lines[at]}`)
}

const PATTERNS = [
  "a",
  "a.*b",
  "^a",
  "b$",
  "^$",
  "\\s",
  "[^a]b",
  "a\\s+b",
  "(a|é)+",
  "é",
  "\\bb",
  "$",
  "",
  "\\n",
  "a|^b$"
]

describe("a search for lines", () => {
  it("finds what a look at each line finds, however the bytes come in", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", " ", "é", "日", "\r", "x"), maxLength: 6 })
    const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n"))
    const query = fc.record({
      pattern: fc.constantFrom(...PATTERNS),
      ignoresCase: fc.boolean(),
      isInverted: fc.boolean(),
      before: fc.nat(2),
      after: fc.nat(2),
      max: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY)
    })
    fc.assert(
      fc.property(text, query, fc.array(fc.nat(40), { maxLength: 6 }), (whole, some, cuts) => {
        const bytes = Buffer.from(whole)
        const places = [
          0,
          ...cuts.filter((at) => at < bytes.length).toSorted((left, right) => left - right),
          bytes.length
        ]
        const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end))
        const found = search(chunks, some)
        expect(texts(found)).toEqual(plainly(whole, { ...QUERY, ...some }))
        for (const one of found) {
          expect(bytes.subarray(one.offset, one.offset + one.bytes.length)).toEqual(Buffer.from(one.bytes))
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("knows what must be there", () => {
    const required = {
      "connection refused [0-9]+": "connection refused ",
      "took \\d+ ms": "took ",
      "a|bcd": "",
      "colou?r": "colo",
      "(abc)?def": "def",
      "x{2}yz": "yz",
      "status=5\\d\\d": "status=5",
      "a\\.b": "a.b",
      "[abc]de": "de",
      "^err$": "err"
    }
    for (const [pattern, text] of Object.entries(required))
      expect([pattern, requiredText(pattern)]).toEqual([pattern, text])
  })

  it("takes a text for itself, and letters for each other", () => {
    expect(inText("a.b\naxb\n[x\n", { pattern: "a.b", isText: true })).toEqual(["1:a.b"])
    expect(inText("[x\n", { pattern: "[x", isText: true })).toEqual(["1:[x"])
    expect(inText("ÉCOLE\n", { pattern: "école", ignoresCase: true })).toEqual(["1:ÉCOLE"])
    expect(() => new LineSearch({ ...QUERY, pattern: "[x" })).toThrow(SyntaxError)
  })

  it("finds text between bytes that are none, and gives them as they are", () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from("café "),
      Buffer.from([0x80, 0, 10]),
      Buffer.from("x")
    ])
    const [found] = search([bytes], { pattern: "é " })
    expect(Buffer.from(found!.bytes)).toEqual(bytes.subarray(0, bytes.length - 2))
  })

  it("cuts lines that have no end, and goes on behind them", () => {
    const long = Buffer.alloc(LINE_BYTES_MAX + 5_000_000, "y")
    long.write("needle", 10)
    long.write("needle", long.length - 10)
    const chunks = [
      Buffer.from("first\n"),
      long.subarray(0, 9_000_000),
      long.subarray(9_000_000),
      Buffer.from("\nneedle\n")
    ]
    const found = search(chunks, { pattern: "needle" })
    expect(found.map(({ bytes, isCut, line, offset }) => [line, offset, bytes.length, isCut])).toEqual([
      [2, 6, LINE_BYTES_MAX, true],
      [3, 6 + long.length + 1, 6, false]
    ])
  })
})
