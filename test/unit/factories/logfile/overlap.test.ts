import fc from "fast-check"
import { Result } from "effect"
import { expect, it } from "vitest"
import { globOf } from "../../../../src/factories/logfile/config.ts"
import { canShareName } from "../../../../src/factories/logfile/overlap.ts"
import { matchGlob, parseGlob } from "../../../../src/tinyfs/index.ts"

const shares = (left: string, right: string): boolean => canShareName(globOf(left), globOf(right))

it("knows whether two patterns can match one name, wherever they look", () => {
  expect(shares("/var/log/app.json", "/srv/app.json")).toBe(true)
  expect(shares("/var/log/app.json", "/var/log/app-*.json")).toBe(false)
  expect(shares("/var/log/app*.json", "/var/log/*-2.json")).toBe(true)
  expect(shares("/a/{x,y}.log", "/b/[y-z].log")).toBe(true)
  expect(shares("/a/{x,y}.log", "/b/[!xy].log")).toBe(false)
  expect(shares("/a/**", "/b/x")).toBe(true)
  expect(shares("/a/?", "/b/xy")).toBe(false)
})

it("never overlooks a name that both match", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]"), { minLength: 1, maxLength: 5 })
    .map((parts) => `/${parts.join("")}`)
  const name = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(pattern, pattern, name, (left, right, text) => {
      const matches = (one: string) => matchGlob(Result.getOrThrow(parseGlob(one)), [text]) !== undefined
      fc.pre(matches(left) && matches(right))
      expect(shares(left, right)).toBe(true)
    })
  )
})
