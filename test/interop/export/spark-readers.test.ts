/**
 * Apache Spark reads exported tables as the guide says.
 */
import { expect, it } from "vitest"
import { Documented } from "../../support/interop/documented.ts"

it("the programs of the guide print what it says", { timeout: 300_000 }, () => {
  using guide = new Documented("docs/export.md")
  const programs = guide.programs(true)
  expect(programs.length).toBeGreaterThan(1)
  expect(guide.prints("spark", programs)).toBe(programs.map(({ output }) => output).join(""))
})
