import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { describeSystemError } from "../../../../src/cli/b3sum/systemError.ts"

const reading = (path: string): unknown => {
  try {
    return readFileSync(path)
  } catch (error) {
    return error
  }
}

describe("describeSystemError", () => {
  it.each([
    ["/nonexistent", "No such file or directory (os error 2)"],
    ["/", "Is a directory (os error 21)"],
    ["/dev/null/x", "Not a directory (os error 20)"],
    [`/${"x".repeat(300)}`, "File name too long (os error 36)"]
  ])("%s", (path, words) => {
    expect(describeSystemError(reading(path))).toBe(words)
  })

  it("tells of everything else what it says itself", () => {
    expect(describeSystemError(new Error("the file shrank"))).toBe("the file shrank")
    expect(describeSystemError("thrown text")).toBe("thrown text")
  })
})
