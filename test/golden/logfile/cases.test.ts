/**
 * The cases of the mirror's policy, in process.
 */
import { describe, expect, it } from "vitest"
import { cases, isRunnable, runCase } from "../../support/logfile/cases.ts"
import { memoryMirror } from "../../support/logfile/mirror.ts"

describe("the mirror does what its policy says", () => {
  for (const one of cases().filter(isRunnable)) {
    it(`${one.id}: ${one.title}`, async () => {
      expect(await runCase(memoryMirror, one)).toEqual([])
    })
  }
})
