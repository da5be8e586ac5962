/**
 * The cases of the mirror's policy through the real command: every sync in a fresh process, foretold by a dry run in another.
 */
import { describe, expect, it } from "vitest"
import { cases, runCase } from "../../support/logfile/cases.ts"
import { commandMirror } from "../../support/logfile/command.ts"

/** What happens in the middle of a sync cannot be timed from outside: those cases are run in process alone. */
const isTimed = ({ steps }: ReturnType<typeof cases>[number]): boolean =>
  steps.some(({ sync }) => Object.keys(sync?.hooks ?? {}).length > 0)

describe.concurrent("pond run logs sync", () => {
  for (const one of cases().filter((each) => !isTimed(each))) {
    it(`${one.id}: ${one.title}`, async () => {
      expect(await runCase(commandMirror(one.needs === "non-root"), one)).toEqual([])
    }, 120_000)
  }
})
