/**
 * Where the official vectors lie: data of other projects, beside this one and not part of it.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ROOT } from "./root.ts"

/** The folder of the official vectors: `POND_VECTORS`, or `../shared/vectors` seen from the project's root. */
export const VECTORS = process.env["POND_VECTORS"] ?? join(ROOT, "..", "shared", "vectors")

/**
 * Describes the tests that need `name` of the official vectors, and gives them its path. Where it is absent they fail
 * under CI; elsewhere one test takes their place and one line says that nothing was compared.
 */
export const describeVectors = (name: string, body: (path: string) => void): void => {
  const path = join(VECTORS, name)
  describe(`official vectors: ${name}`, () => {
    if (existsSync(path)) return body(path)
    it("are not here, which only CI refuses", () => {
      console.warn(
        `official vectors not found: ${path} (POND_VECTORS names their folder); nothing was compared with them`
      )
      expect(process.env["CI"], `${path} is missing, and CI must compare with it`).toBeFalsy()
    })
  })
}
