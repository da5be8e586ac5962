/**
 * All house rules, in the order in which a report lists them.
 */
import { docstrings, headers, lengths, parses } from "./documented.ts"
import { floors, packages, reachable } from "./floors.ts"
import { ALLOWANCES, globalsBut } from "./globals.ts"
import { decisions, lockFile, pins } from "./manifest.ts"
import type { Rule } from "./repository.ts"
import { leftovers, places, tests } from "./text.ts"

/** The rules that `test/tidy.test.ts` holds this repository to. */
export const RULES: ReadonlyArray<Rule> = [
  parses,
  floors,
  packages,
  reachable,
  globalsBut(ALLOWANCES),
  headers,
  docstrings,
  lengths,
  tests,
  leftovers,
  places,
  pins,
  lockFile,
  decisions
]
