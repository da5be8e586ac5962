/**
 * The contract of object stores as tests: every store and every decorator runs all of them.
 */
import { describe } from "@effect/vitest"
import { keys, races } from "./contract/keys.ts"
import { hints, listedDetails, listing } from "./contract/listing.ts"
import { absence, creating, ordered } from "./contract/objects.ts"
import { ranges } from "./contract/ranges.ts"
import { abandoning, staging } from "./contract/staging.ts"
import type { Subject } from "./contract/subject.ts"

const CHAPTERS = [creating, ordered, absence, ranges, staging, abandoning, hints, listing, listedDetails, keys, races]

/** Runs the whole contract against a kind of store. */
export const conforms = (subject: Subject): void => {
  describe(`contract of ${subject.name}`, () => {
    for (const chapter of CHAPTERS) chapter(subject)
  })
}
