/**
 * Bounds of what a store on the network is asked for in a second: requests, and bytes either way. Each is a bucket that fills with time;
 * what does not fit waits its turn, nothing is dropped. Repetitions of failed requests count as well.
 */
import { Clock, Effect } from "effect"

/** Bounds for one store; where none is given there is none. */
export interface Limits {
  /** Bytes of bodies, sent and received together. */
  readonly bytesPerSecond?: number | undefined
  readonly requestsPerSecond?: number | undefined
}

const RATE = /^(\d+(?:\.\d+)?) ?(B|kB|KB|KiB|k|K|MB|MiB|M|GB|GiB|G)?(?:\/s)?$/u
/** What units stand for; the short ones are binary, as in rclone and rsync. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  KiB: 1024,
  k: 1024,
  K: 1024,
  MB: 1e6,
  MiB: 1024 ** 2,
  M: 1024 ** 2,
  GB: 1e9,
  GiB: 1024 ** 3,
  G: 1024 ** 3
}

/** Bytes a second out of text as in `10MiB`, `500kB` or `1.5 MB/s`; `undefined` when it says none, or less than one. */
export const bytesOfRate = (text: string): number | undefined => {
  const found = RATE.exec(text)
  const bytes = found === null ? 0 : Number(found[1]) * UNITS[found[2] ?? "B"]!
  return bytes >= 1 ? bytes : undefined
}

/** Waits until something fits into its bounds. */
export interface Limiter {
  /** Before a request that sends a body of so many bytes. */
  readonly request: (sentBytes: number) => Effect.Effect<void>
  /** After so many bytes came. */
  readonly received: (bytes: number) => Effect.Effect<void>
}

/** So much of a second's worth may be used at once. */
const BURST_MS = 100

type Take = (amount: number) => Effect.Effect<void>

/** A bucket of so many a second. */
const bucketOf = (perSecond: number | undefined): Take => {
  if (perSecond === undefined) return () => Effect.void
  let filledAtMs = 0
  return (amount) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      if (amount === 0) return Effect.void
      filledAtMs = Math.max(filledAtMs, nowMs) + (amount / perSecond) * 1000
      const waitMs = filledAtMs - nowMs - BURST_MS
      return waitMs > 0 ? Effect.sleep(Math.ceil(waitMs)) : Effect.void
    })
}

/** Makes the limiter of one store. */
export const limiterOf = ({ bytesPerSecond, requestsPerSecond }: Limits): Limiter => {
  const bytes = bucketOf(bytesPerSecond)
  const requests = bucketOf(requestsPerSecond)
  return { request: (sentBytes) => Effect.andThen(requests(1), bytes(sentBytes)), received: bytes }
}

/** The limiter without bounds. */
export const UNLIMITED: Limiter = limiterOf({})
