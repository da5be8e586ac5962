/**
 * The contract of a persistence, as one suite that every implementation runs: in memory, and in a store.
 */
import { describe } from "@effect/vitest"
import type { Layer } from "effect"
import type { Persistence } from "../../../src/tinyfs/index.ts"
import { commits } from "./contract/commits.ts"
import { conflicts } from "./contract/conflicts.ts"
import { contents } from "./contract/contents.ts"
import { views } from "./contract/views.ts"

/** What is tested: the layer is a new, empty pond each time it is built. */
export interface Subject {
  readonly layer: Layer.Layer<Persistence>
}

/** Runs the whole contract over one implementation. */
export const persistenceContract = (name: string, subject: Subject): void => {
  describe(`${name} keeps the contract of a persistence`, () => {
    commits(subject)
    contents(subject)
    conflicts(subject)
    views(subject)
  })
}
