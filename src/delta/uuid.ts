/**
 * Random UUIDs (version 4) for tables and commits, from Effect's `Random`, so that a seed reproduces a run.
 */
import { Effect, Random } from "effect"

const quarter = Effect.map(Random.nextIntBetween(0, 2 ** 32, { halfOpen: true }), (value) =>
  value.toString(16).padStart(8, "0")
)

/** Draws a UUID: 122 random bits. */
export const randomUuid: Effect.Effect<string> = Effect.map(
  Effect.all([quarter, quarter, quarter, quarter]),
  (parts) => {
    const hex = parts.join("")
    const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20)
    ].join("-")
  }
)
