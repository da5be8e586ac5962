import { describe, expect, it } from "vitest"
import { isPruned, PRUNED_ATTRIBUTE, prunedSpans, withPruned } from "../../../src/tinyfs/pruned.ts"

const spansOf = (text: string) => prunedSpans({ [PRUNED_ATTRIBUTE]: text })

describe("pruned versions", () => {
  it("are kept as spans, joined where they meet", () => {
    const once = withPruned({ a: 1 }, [
      { first: 7, last: 7 },
      { first: 1, last: 3 }
    ])
    expect(once).toStrictEqual({ a: 1, [PRUNED_ATTRIBUTE]: "1-3,7" })
    expect(withPruned(once, [{ first: 4, last: 6 }])[PRUNED_ATTRIBUTE]).toBe("1-7")
    expect(withPruned(once, [{ first: 2, last: 2 }])[PRUNED_ATTRIBUTE]).toBe("1-3,7")
    expect(withPruned(once, [{ first: 1, last: 9 }])[PRUNED_ATTRIBUTE]).toBe("1-9")
  })

  it("are told one by one", () => {
    const attributes = { [PRUNED_ATTRIBUTE]: "2-3,10" }
    expect([1, 2, 3, 4, 9, 10, 11].map((version) => isPruned(attributes, version))).toStrictEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false
    ])
  })

  it("are none in attributes that say nothing readable of them", () => {
    expect(prunedSpans({})).toStrictEqual([])
    expect(prunedSpans({ [PRUNED_ATTRIBUTE]: 3 })).toStrictEqual([])
    for (const text of ["", "x", "1-", "-2", "1--2", " 1"]) expect(spansOf(text)).toStrictEqual([])
  })
})
