/**
 * UUIDs of version 7 (RFC 9562): 48 bits of time, then chance. Ids made in one millisecond are in no order.
 */
import { Clock, Effect, Random } from "effect"

const hexDigits = (count: number) =>
  Effect.map(Random.nextIntBetween(0, 16 ** count), (value) => value.toString(16).padStart(count, "0"))

/** Draws a UUIDv7, in lower case. */
export const uuidv7: Effect.Effect<string> = Effect.gen(function* () {
  const time = Math.floor(yield* Clock.currentTimeMillis)
    .toString(16)
    .padStart(12, "0")
  const a = yield* hexDigits(3)
  const variant = yield* Random.nextIntBetween(8, 12)
  const b = yield* hexDigits(3)
  const c = (yield* hexDigits(6)) + (yield* hexDigits(6))
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${variant.toString(16)}${b}-${c}`
})
