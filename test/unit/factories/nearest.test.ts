import { describe, expect, it } from "vitest"
import { nearest } from "../../../src/factories/nearest.ts"

const COMMANDS = ["b3sum", "list", "cat", "copy", "config", "init", "--check", "-c"]

describe("nearest", () => {
  it.each([
    ["b3sun", "b3sum"],
    ["b3", "b3sum"],
    ["lits", "list"],
    ["conifg", "config"],
    ["--chekc", "--check"],
    ["--chck", "--check"],
    ["ca", "cat"],
    ["co", "copy"]
  ])("%s is near %s", (word, known) => {
    expect(nearest(word, COMMANDS)).toBe(known)
  })

  it.each(["-x", "frobnicate", "", "xyz", "dog"])("%j is near nothing", (word) => {
    expect(
      nearest(
        word,
        COMMANDS.filter((known) => known !== "" && word !== "")
      )
    ).toBeUndefined()
  })

  it("prefers fewer mistakes, then what comes first", () => {
    expect(nearest("cats", ["cast", "cat", "cots"])).toBe("cast")
    expect(nearest("abcdef", ["abcxyf", "abcdxf"])).toBe("abcdxf")
  })
})
