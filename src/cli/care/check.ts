/**
 * One thing that `pond doctor` looked at.
 */
import { Schema } from "effect"

/** One thing that was looked at. */
export const Check = Schema.Struct({
  check: Schema.String,
  state: Schema.Literals(["ok", "attention"]),
  found: Schema.String,
  advice: Schema.NullOr(Schema.String.annotate({ description: "what to do about it" }))
})
/** One thing that was looked at. */
export type Check = typeof Check.Type

/** Something that is as it should be. */
export const ok = (check: string, found: string): Check => ({ check, state: "ok", found, advice: null })

/** Something that needs a person, and what to do about it. */
export const attention = (check: string, found: string, advice: string): Check => ({
  check,
  state: "attention",
  found,
  advice
})
