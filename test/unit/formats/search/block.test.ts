import * as fc from "fast-check"
import { isUtf8 } from "node:buffer"
import { describe, expect, it } from "vitest"
import { BlockSearch } from "../../../../src/formats/search/block.ts"
import { searchKernel } from "../../../../src/formats/search/kernel.ts"
import type { LineQuery } from "../../../../src/formats/search/query.ts"
import { requiredTexts } from "../../../../src/formats/search/query.ts"
import { LINE_BYTES_MAX } from "../../../../src/formats/search/joiner.ts"
import type { FoundLine } from "../../../../src/formats/search/weaver.ts"
import { searchPieces } from "../../../support/search.ts"

const QUERY: LineQuery = {
  pattern: "x",
  isText: false,
  ignoresCase: false,
  isInverted: false,
  before: 0,
  after: 0,
  max: Number.POSITIVE_INFINITY,
  isCounting: true,
  wantsLines: true
}

const kernel = searchKernel()

const searched = (pieces: ReadonlyArray<ReadonlyArray<Uint8Array>>, query: Partial<LineQuery>, hasKernel = true) =>
  searchPieces(new BlockSearch({ ...QUERY, ...query }, hasKernel ? kernel : undefined), pieces)

const search = (chunks: ReadonlyArray<Uint8Array>, query: Partial<LineQuery>): ReadonlyArray<FoundLine> =>
  searched(
    chunks.map((chunk) => [chunk]),
    query
  ).lines

const shown = ({ bytes, isContext, line }: FoundLine): string =>
  `${line}${isContext ? "-" : ":"}${Buffer.from(bytes).toString("latin1")}`

const inText = (text: string, query: Partial<LineQuery>): ReadonlyArray<string> =>
  search([Buffer.from(text)], query).map(({ bytes, line }) => `${line}:${Buffer.from(bytes).toString()}`)

const linesOf = (bytes: Buffer): ReadonlyArray<Buffer> => {
  const lines: Array<Buffer> = []
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(10, start)
    const end = found < 0 ? bytes.length : found
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return lines
}

/** What it means, line by line. */
const plainly = (bytes: Buffer, { after, before, ignoresCase, isInverted, isText, max, pattern }: LineQuery) => {
  const lines = linesOf(bytes)
  const source = isText ? pattern.replace(/[^\p{L}\p{N}\n ]/gu, (one) => `\\${one}`) : pattern
  const flags = `m${ignoresCase ? "i" : ""}`
  const text = new RegExp(source, flags)
  const raw = new RegExp(Buffer.from(source).toString("latin1"), flags)
  const isMatch = (line: Buffer): boolean =>
    isUtf8(line) ? text.test(line.toString()) : raw.test(line.toString("latin1"))
  const all = lines.flatMap((line, at) => (isMatch(line) === isInverted ? [] : [at]))
  const hits = all.slice(0, max)
  const chosen = new Set(hits)
  const near = new Map<number, boolean>()
  for (const hit of hits) {
    for (let at = Math.max(0, hit - before); at <= Math.min(lines.length - 1, hit + after); at++) {
      if (at <= hits.at(-1)! + after) near.set(at, chosen.has(at))
    }
  }
  return {
    hits: hits.length,
    lines: [...near]
      .toSorted(([left], [right]) => left - right)
      .map(([at, isHit]) => `${at + 1}${isHit ? ":" : "-"}${lines[at]!.toString("latin1")}`)
  }
}

/** Cuts bytes into pieces, and those into parts. */
const cut = (bytes: Buffer, cuts: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const places = [0, ...cuts.filter((at) => at < bytes.length).toSorted((left, right) => left - right), bytes.length]
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end))
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
  "é?a",
  "\\bb",
  "$",
  "",
  "\\n",
  "a|^b$",
  "ab",
  "ab ",
  "ab\\S",
  "a(?!\\n)",
  "(?<=\\n)a",
  "(?<!x)ab",
  "x\\r$",
  "aba",
  "a\\u0062",
  "K",
  "[^\\x00]é",
  "b.*x",
  "ab.x+",
  "b[^x]*x\\b.",
  "a.*(?=x)"
]

const TEXTS = ["a", "ab", "a.b", "ab x", "é", "日", "a\nb", "", "xé", "$"]

describe("a search for lines", () => {
  it("finds what a look at each line finds, however the bytes come in", () => {
    const unit = fc.constantFrom(
      ...["a", "b", "A", "B", "ab", " ", "é", "日", "\r", "x", "\0", "K", "k", ".", "$"].map((text) =>
        Buffer.from(text)
      ),
      ...["\n", "\n", "\r\n", "\n\n"].map((text) => Buffer.from(text)),
      Buffer.from([0xff]),
      Buffer.from([0xc3]),
      Buffer.from("ab x".repeat(20)),
      Buffer.from("b\n".repeat(40))
    )
    const content = fc.array(unit, { maxLength: 40 }).map((units) => Buffer.concat(units))
    const pattern = fc.oneof(
      fc.record({ pattern: fc.constantFrom(...PATTERNS), isText: fc.constant(false) }),
      fc.record({ pattern: fc.constantFrom(...TEXTS), isText: fc.constant(true) })
    )
    const query = fc.record({
      ignoresCase: fc.boolean(),
      isInverted: fc.boolean(),
      before: fc.nat(2),
      after: fc.nat(2),
      max: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY)
    })
    const cuts = fc.array(fc.nat(120), { maxLength: 6 })
    fc.assert(
      fc.property(content, pattern, query, cuts, cuts, fc.boolean(), (bytes, what, how, first, second, hasKernel) => {
        const some = { ...QUERY, ...what, ...how }
        const pieces = cut(bytes, first).map((piece) => cut(piece, second))
        const expected = plainly(bytes, some)
        const { hits, lines } = searched(pieces, some, hasKernel)
        expect({ hits, lines: lines.map(shown) }).toEqual(expected)
        for (const one of lines) {
          expect(bytes.subarray(one.offset, one.offset + one.bytes.length)).toEqual(Buffer.from(one.bytes))
        }
        expect(searched(pieces, { ...some, isCounting: false, wantsLines: false }, hasKernel).hits).toEqual(
          expected.hits
        )
      }),
      { numRuns: 1500 }
    )
  })

  it("finds the same where thousands of lines hold the text, and whichever text it is", () => {
    const some = "nothing here, é\n".repeat(200) + "ab here, far from x\nb x\n"
    const many = Array.from(
      { length: 3000 },
      (_, at) => `${at % 7 === 0 ? "ab" : "ba"} ${at} ${at % 11 === 0 ? "xx" : ""}\n`
    )
    const bytes = Buffer.from(some.repeat(3) + many.join("") + some)
    const sparse = Buffer.from(`ab 1 xx\n${"q".repeat(300)}\n`.repeat(1100))
    const compare = (pattern: string, block: Buffer, isInverted: boolean): void => {
      const query = { ...QUERY, pattern, isInverted }
      const { hits, lines } = searched([[block]], query)
      expect([pattern, { hits, lines: lines.map(shown) }]).toEqual([pattern, plainly(block, query)])
    }
    for (const pattern of PATTERNS) for (const isInverted of [false, true]) compare(pattern, bytes, isInverted)
    for (const pattern of ["ab .*xx", "a.* .*0 xx$", "[ab]+ 1\\d* xx"])
      compare(pattern, Buffer.concat([sparse, bytes, sparse]), false)
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
      "\\d+ ms late\\b": " ms late",
      "x\\x41bcd": "x",
      "^err$": "err"
    }
    for (const [pattern, text] of Object.entries(required))
      expect([pattern, requiredTexts(pattern)[0] ?? ""]).toEqual([pattern, text])
  })

  it("takes a text for itself, and letters for each other", () => {
    expect(inText("a.b\naxb\n[x\n", { pattern: "a.b", isText: true })).toEqual(["1:a.b"])
    expect(inText("[x\n", { pattern: "[x", isText: true })).toEqual(["1:[x"])
    expect(inText("ÉCOLE\n", { pattern: "école", ignoresCase: true })).toEqual(["1:ÉCOLE"])
    expect(() => new BlockSearch({ ...QUERY, pattern: "[x" }, kernel)).toThrow(SyntaxError)
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
