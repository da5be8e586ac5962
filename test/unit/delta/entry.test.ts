import { describe, expect, it } from "@effect/vitest"
import type { Action } from "../../../src/delta/actions.ts"
import { decodeEntry, encodeEntry, repeated } from "../../../src/delta/entry.ts"
import { Malformed } from "../../../src/delta/errors.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const add = (path: string): Action => ({
  add: { path, partitionValues: new Map(), size: 1n, modificationTime: 1n, dataChange: true }
})
const remove = (path: string): Action => ({ remove: { path, dataChange: true } })

describe("encodeEntry", () => {
  it("puts commitInfo first and ends every line", () => {
    const text = new TextDecoder().decode(encodeEntry({ operation: "WRITE" }, [add("a"), remove("b")]))
    expect(text.split("\n").map((line) => line.slice(0, 12))).toEqual([
      '{"commitInfo',
      '{"add":{"pat',
      '{"remove":{"',
      ""
    ])
  })
})

describe("decodeEntry", () => {
  it("gives back what was encoded", () => {
    const entry = decodeEntry(7, encodeEntry({ inCommitTimestamp: 5, operation: "X" }, [add("a"), remove("b")]))
    expect(entry).toMatchObject({ version: 7, timestampMs: 5, commitInfo: { operation: "X" } })
    expect(entry.actions.map((action) => Object.keys(action)[0])).toEqual(["add", "remove"])
  })

  it("accepts carriage returns, blank lines, a missing last line feed and unknown actions", () => {
    const text = '{"commitInfo":{}}\r\n\n{"future":{}}\n{"txn":{"appId":"a","version":1}}'
    expect(decodeEntry(0, bytes(text)).actions).toHaveLength(1)
  })

  it.each([
    ["", "it is empty"],
    ["\n\n", "it holds no action"],
    ['{"commitInfo":{}}\n{"add":{"path"', "line 2: not JSON"],
    ['{"commitInfo":{}}\n{"add":{"path":1}}', "line 2: add.path must be a string"],
    ['{"commitInfo":{"inCommitTimestamp":"x"}}', "commitInfo.inCommitTimestamp"],
    ['{"txn":{"appId":"a","version":1}}\n{"txn":{"appId":"a","version":2}}', "two actions"]
  ])("refuses %j", (text, message) => {
    expect(() => decodeEntry(0, bytes(text))).toThrow(Malformed)
    expect(() => decodeEntry(0, bytes(text))).toThrow(message)
  })

  it("refuses what is not UTF-8", () => {
    expect(() => decodeEntry(0, Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow("it is not UTF-8")
  })
})

describe("repeated", () => {
  const domainMetadata = { domain: "d", configuration: "", removed: false }
  const protocol = { minReaderVersion: 1, minWriterVersion: 2 }
  it.each<[string, ReadonlyArray<Action>]>([
    ["two adds of one path", [add("a"), add("a")]],
    ["two spellings of one path", [add("a%20b"), add("a b")]],
    ["two removes of one path", [remove("a"), remove("a")]],
    ["one domain twice", [{ domainMetadata }, { domainMetadata: { ...domainMetadata, removed: true } }]],
    ["two protocols", [{ protocol }, { protocol }]]
  ])("finds %s (D4)", (_, actions) => expect(repeated(actions)).toMatch(/two actions/))

  it("accepts an add and a remove of one path", () => expect(repeated([remove("a"), add("a")])).toBeUndefined())
})
