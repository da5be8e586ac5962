import { encode } from "cborg"
import { describe, expect, it } from "vitest"
import { withoutContent } from "../../../src/tlogfs/row.ts"
import { decodeEvent, decodeSlot, encodeEvent, encodeSlot, nodeOfSlot } from "../../../src/tlogfs/slots.ts"
import { anEvent, fullRow } from "../../support/tlogfs/rows.ts"

const entryHash = new Uint8Array(32).fill(5)

describe("the values of the index", () => {
  it("come back as they were, without contents", () => {
    const row = withoutContent(fullRow)
    expect(decodeSlot(encodeSlot({ row: fullRow, timeMicros: 3, entryHash }))).toStrictEqual({
      row,
      timeMicros: 3,
      entryHash
    })
    expect(decodeEvent(encodeEvent({ row: fullRow, timeMicros: 3 }))).toStrictEqual({ row, timeMicros: 3 })
  })

  it("tell the node of a slot with the time of its transaction", () => {
    const node = nodeOfSlot({ row: anEvent("created", { name: "n" }), timeMicros: 7, entryHash })
    expect([node.name, node.type, node.timeMicros]).toStrictEqual(["n", "file", 7])
  })

  it("are refused when they are something else", () => {
    for (const value of [encode([]), encode([[1, 2], 3]), encode([null, 0])]) {
      expect(() => decodeEvent(value)).toThrow("a row has another number of columns")
      expect(() => decodeSlot(value)).toThrow("a row has another number of columns")
    }
  })
})
