import { expect, it } from "vitest"
import { randomToken } from "../../../../src/store/local/token.ts"

it("draws another UUID each time", () => {
  const drawn = Array.from({ length: 100 }, () => randomToken())
  expect(new Set(drawn).size).toBe(100)
  for (const token of drawn)
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
