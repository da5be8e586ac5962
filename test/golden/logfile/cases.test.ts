/**
 * The cases of the mirror's policy, in process: each sync foretold by a dry run (LP08), and followed by maintenance (LP20).
 */
import { describe, expect, it } from "vitest"
import { cases, isRunnable, runCase } from "../../support/logfile/cases.ts"
import { storedMirror } from "../../support/logfile/mirror.ts"

describe("the mirror does what its policy says", () => {
  for (const one of cases().filter(isRunnable)) {
    it(`${one.id}: ${one.title}`, async () => {
      expect(await runCase(storedMirror, one)).toEqual([])
    })
  }
})
