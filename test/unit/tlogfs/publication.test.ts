import { Exit } from "effect"
import { describe, expect, it } from "vitest"
import { decodePublication, encodePublication, type Publication } from "../../../src/tlogfs/publication.ts"

const hash = "ab".repeat(32)
const publication: Publication = {
  format: 1,
  pond: "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
  txn: 64,
  chain: hash,
  root: hash,
  timeMicros: 1_700_000_000_000_000,
  pieces: [{ file: "_index/x", level: 0, sizeBytes: 1, hash, outboard: hash, entries: 2, first: "YQ==", last: "Yg==" }],
  files: [{ file: "y", level: 1, firstTxn: 1, lastTxn: 64, rows: 200, sizeBytes: 9, hash }],
  domains: { "pond.condemned": "{}" }
}
const changed = (change: object): string => JSON.stringify({ ...publication, ...change })

describe("a publication", () => {
  it("comes back from its text as it was", () => {
    expect(decodePublication(encodePublication(publication))).toStrictEqual(Exit.succeed(publication))
  })

  it.each([
    ["no text", undefined],
    ["no JSON", "{"],
    ["something else", "[]"],
    ["a hash that is none", changed({ chain: "AB".repeat(32) })],
    ["a negative txn", changed({ txn: -1 })],
    ["half a txn", changed({ txn: 0.5 })],
    ["no pond", changed({ pond: "" })],
    ["a piece without entries", changed({ pieces: [{ ...publication.pieces[0], entries: undefined }] })],
    ["no word about other domains", changed({ domains: undefined })],
    ["a file without name", changed({ files: [{ ...publication.files[0], file: "" }] })]
  ])("is not believed with %s (R6)", (_, text) => {
    expect(Exit.isFailure(decodePublication(text))).toBe(true)
  })
})
