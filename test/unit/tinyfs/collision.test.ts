import { describe, expect, it } from "vitest"
import { collision } from "../../../src/tinyfs/collision.ts"
import { slotKey } from "../../../src/tinyfs/persistence.ts"

const nothing = { nodes: new Set<string>(), slots: new Set<string>(), listings: new Set<string>() }
const event = { id: "n", parentId: "p", name: "a\n" }

describe("a collision", () => {
  it("is with a node, a name or a listing that was looked at, and says which", () => {
    expect(collision({ ...nothing, nodes: new Set(["n"]) }, event)).toBe('the node "a\\n" (n)')
    expect(collision({ ...nothing, slots: new Set([slotKey("p", "a\n")]) }, event)).toBe(
      'the name "a\\n" in directory p'
    )
    expect(collision({ ...nothing, listings: new Set(["p"]) }, event)).toBe('the listing of directory p, by "a\\n"')
  })

  it("is not with anything else", () => {
    expect(collision(nothing, event)).toBeUndefined()
    const others = { nodes: new Set(["p", "a\n"]), slots: new Set([slotKey("p", "b")]), listings: new Set(["n"]) }
    expect(collision(others, event)).toBeUndefined()
  })
})
