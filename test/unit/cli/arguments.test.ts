import { describe, expect, it } from "vitest"
import { recoverNames, separateNumbers, setOffComments, setOffNames, wordsAsFlags } from "../../../src/cli/arguments.ts"

describe("recoverNames", () => {
  const commandLine = Buffer.from("node\0/bin/pond\0b3sum\0\0a\xff\0ok\0", "latin1")

  it("gives the last arguments their bytes back", () => {
    expect(recoverNames(["b3sum", "", "a\ufffd", "ok"], commandLine)).toEqual(["b3sum", "", "a\udcff", "ok"])
  })

  it("leaves them where the command line is another's", () => {
    for (const given of [["b3sum", "", "b\ufffd", "ok"], ["a\ufffd"], Array.from({ length: 9 }, () => "\ufffd")]) {
      expect(recoverNames(given, commandLine)).toBe(given)
    }
    expect(recoverNames(["\ufffd"], Buffer.alloc(0))).toEqual(["\ufffd"])
  })
})

describe("separateNumbers", () => {
  it("sets a number off from the short flag before it, up to --", () => {
    expect(separateNumbers(["-l64", "-cl5", "--l5", "-l", "5", "-", "a-l5", "-l5x", "--", "-l5"])).toEqual([
      "-l=64",
      "-cl=5",
      "--l5",
      "-l",
      "5",
      "-",
      "a-l5",
      "-l5x",
      "--",
      "-l5"
    ])
  })
})

describe("wordsAsFlags", () => {
  it.each([
    [["help"], ["--help"]],
    [
      ["help", "remote", "add"],
      ["remote", "add", "--help"]
    ],
    [["version"], ["--version"]],
    [
      ["cat", "help"],
      ["cat", "help"]
    ],
    [[], []]
  ])("understands %j", (given, expected) => {
    expect(wordsAsFlags(given)).toEqual(expected)
  })
})

describe("setOffComments", () => {
  it("takes a statement that begins with a comment for no flag", () => {
    const statement = "-- all\nFROM '/x'"
    expect(setOffComments(["sql", "--json", statement, "--at", "1"])).toEqual([
      "sql",
      "--json",
      "--at",
      "1",
      "--",
      statement
    ])
    for (const given of [
      ["sql", "--", statement],
      ["sql", "FROM '/x' -- all"],
      ["cat", "/x", "--sql", statement]
    ]) {
      expect(setOffComments(given)).toBe(given)
    }
  })
})

describe("setOffNames", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `name${index}`)

  it("puts -- into a long run of names and changes nothing else", () => {
    for (const before of [[], ["b3sum"], ["b3sum", "--no-names"], ["-l", "5"]]) {
      const given = [...before, ...names]
      const set = setOffNames(given)
      expect(set).toHaveLength(given.length + 1)
      expect(set.filter((argument) => argument !== "--")).toEqual(given)
      expect(set.indexOf("--")).toBeGreaterThan(before.length)
    }
  })

  it("leaves what is short, or has a -- of its own", () => {
    for (const given of [[], ["b3sum"], ["b3sum", "a", "-l", "5"], ["b3sum", "--", ...names]]) {
      expect(setOffNames(given)).toBe(given)
    }
  })
})
