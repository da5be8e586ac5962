import { describe, expect, it } from "vitest"
import { collision } from "../../../src/tinyfs/collision.ts"
import { type Reads, slotKey } from "../../../src/tinyfs/index.ts"

const event = { id: "n", name: "a", parentId: "d" }
const reads = (change: Partial<Reads>): Reads => ({
  nodes: new Set(),
  slots: new Set(),
  listings: new Set(),
  ...change
})

describe("what a transaction looked at", () => {
  it("is changed by an event of the node, of the name, or in the directory", () => {
    expect(collision(reads({ nodes: new Set(["n"]) }), event)).toBe('the node "a" (n)')
    expect(collision(reads({ slots: new Set([slotKey("d", "a")]) }), event)).toBe('the name "a" in directory d')
    expect(collision(reads({ listings: new Set(["d"]) }), event)).toBe('the listing of directory d, by "a"')
  })

  it("is not changed by what happens elsewhere", () => {
    const other = reads({
      nodes: new Set(["d", "m"]),
      slots: new Set([slotKey("d", "b"), slotKey("e", "a")]),
      listings: new Set(["n", "e"])
    })
    expect(collision(other, event)).toBeUndefined()
  })
})
