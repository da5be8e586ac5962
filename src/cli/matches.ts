/**
 * Patterns that match nothing: what somebody typed was meant to mean something.
 */
import { Effect, Schema } from "effect"

/** Nothing in the pond matches a pattern. */
export class NothingMatches extends Schema.TaggedError<NothingMatches>()("NothingMatches", { pattern: Schema.String }) {
  override get message(): string {
    return `nothing in the pond matches ${JSON.stringify(this.pattern)}. Names that begin with a dot are matched only by a pattern that begins with one`
  }
}

/** Fails with `NothingMatches`. */
export const nothingMatches = (pattern: string): Effect.Effect<never, NothingMatches> =>
  Effect.fail(new NothingMatches({ pattern }))
