/**
 * Entries: what is written is what is read, and no bytes make the reader do anything but answer or refuse.
 */
import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { decodeEntry, encodeEntry, repeated } from "../../../src/delta/entry.ts"
import { encodeJson, parseJson } from "../../../src/delta/json.ts"
import type { Json } from "../../../src/delta/json.ts"
import { action, int64, text } from "../../support/delta/arbitraries.ts"

const { json } = fc.letrec<{ readonly json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    int64.map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
    text,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie("json")), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs))
  )
}))

describe("JSON", () => {
  it("comes back exactly", () =>
    fc.assert(
      fc.property(json, (value) => {
        expect(parseJson(encodeJson(value))).toEqual(value)
      }),
      { numRuns: 500 }
    ))

  it("is what any other parser reads, where numbers are small", () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(encodeJson(value as Json))).toEqual(value)
      })
    ))
})

describe("entries", () => {
  it("come back exactly, with every kind of action", () =>
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 6 }).filter((actions) => repeated(actions) === undefined),
        fc.dictionary(text, json),
        (actions, extra) => {
          const commitInfo = { ...extra, inCommitTimestamp: 5 }
          const entry = decodeEntry(3, encodeEntry(commitInfo, actions))
          expect(entry.actions).toEqual(actions)
          expect(entry.commitInfo).toEqual(commitInfo)
          expect(entry).toMatchObject({ version: 3, timestampMs: 5 })
        }
      ),
      { numRuns: 300 }
    ))

  it("are refused or understood, whatever byte is changed", () =>
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (actions, at, byte) => {
          const bytes = encodeEntry({ operation: "X" }, actions)
          bytes[at % bytes.length] = byte
          try {
            decodeEntry(0, bytes)
          } catch (cause) {
            expect((cause as Error).name).toBe("Malformed")
          }
          expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
        }
      ),
      { numRuns: 500 }
    ))
})
