/**
 * The house rules that a machine can check (CONTRIBUTING.md lists them), and the proof that each of them can fail.
 */
import { describe, expect, it } from "vitest"
import { ROOT } from "./support/root.ts"
import { PROOFS } from "./support/tidy/proofs.ts"
import { describeViolation, readRepository, repositoryOf } from "./support/tidy/repository.ts"
import { RULES } from "./support/tidy/rules.ts"

const repository = readRepository(ROOT)

describe("this repository", () => {
  it("was read", () => {
    expect(repository.sources.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["src/bao/constants.ts", "test/tidy.test.ts", "vitest.config.ts"])
    )
    expect([...repository.texts.keys()]).toEqual(expect.arrayContaining(["package.json", "README.md", ".npmrc"]))
  })

  it.each(RULES)("$name: $asks", (rule) => {
    expect(rule.check(repository).map((violation) => describeViolation(rule, violation))).toEqual([])
  })
})

describe("the rules", () => {
  it.each(PROOFS)("$rule.name sees: $of", ({ rule, files, at }) => {
    const found = rule.check(repositoryOf(files))
    expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual(at)
    for (const violation of found) expect(describeViolation(rule, violation)).toMatch(/^\S+:\d+ \[[\w ]+\] .*\w.*/)
  })

  it.each(RULES)("$name is proven to fail", ({ name }) => {
    expect(PROOFS.some((proof) => proof.rule.name === name && proof.at.length > 0)).toBe(true)
  })
})
