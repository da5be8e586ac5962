/**
 * UUIDs of version 7 (RFC 9562): 48 bits of time, a 32-bit counter, chance. Those of one process are in the order in
 * which they were drawn, also when they are drawn within one millisecond or the clock goes back.
 */
import { Clock, Context, Effect, Random } from "effect"

/** The last UUID that was drawn: its time, and its place among those of that time. */
export interface UuidState {
  timeMs: number
  count: number
}

/** What orders the UUIDs of a process; give another state to repeat a run. */
export const CurrentUuidState = Context.Reference<UuidState>("pond/tinyfs/UuidState", {
  defaultValue: () => ({ timeMs: -1, count: 0 })
})

/** Counters begin below this, so that more than two thousand million fit into one millisecond. */
const FIRST_COUNT_END = 2 ** 31

const below = (end: number): Effect.Effect<number> => Random.nextIntBetween(0, end, { halfOpen: true })
const hexDigits = (value: number, count: number): string => value.toString(16).padStart(count, "0")

/** Draws a UUIDv7, in lower case, 36 characters. It sorts after those drawn before. */
export const uuidv7: Effect.Effect<string> = Effect.gen(function* () {
  const state = yield* CurrentUuidState
  const nowMs = Math.floor(yield* Clock.currentTimeMillis)
  const chance = (yield* below(2 ** 21)) * 2 ** 21 + (yield* below(2 ** 21))
  const first = yield* below(FIRST_COUNT_END)
  if (nowMs > state.timeMs || state.count === 2 ** 32 - 1) {
    state.timeMs = Math.max(nowMs, state.timeMs + 1)
    state.count = first
  } else {
    state.count += 1
  }
  const time = hexDigits(state.timeMs, 12)
  // 12 bits beside the version, 14 beside the variant, and the lowest 6 in front of the 42 bits of chance.
  const high = Math.floor(state.count / 2 ** 20)
  const middle = Math.floor(state.count / 2 ** 6) % 2 ** 14
  const low = (state.count % 2 ** 6) * 2 ** 42 + chance
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hexDigits(high, 3)}-${hexDigits(0x8000 + middle, 4)}-${hexDigits(low, 12)}`
})
