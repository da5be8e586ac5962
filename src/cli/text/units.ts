/**
 * Sizes, times and durations as people read them: the same on every machine, whatever its language and time zone.
 */
import { DateTime } from "effect"

export { formatSize } from "../../factories/size.ts"

/** Returns a time of the history, in microseconds since 1970, to the second: `2026-11-21T05:26:39Z`. */
export const formatTime = (timeMicros: number): string => toSecond(isoOf(timeMicros))

/** Returns an ISO time without what is below a second. */
export const toSecond = (iso: string): string => iso.replace(/\.\d+Z$/, "Z")

/** Returns a time of the history exactly, for programs: `2026-11-21T05:26:39.123456Z`. */
export const exactTime = (timeMicros: number): string => {
  const micros = ((timeMicros % 1000) + 1000) % 1000
  return isoOf(timeMicros).replace(/Z$/, `${String(micros).padStart(3, "0")}Z`)
}

const isoOf = (timeMicros: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.floor(timeMicros / 1000)))

const DURATION_UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1]
] as const

/** Returns a duration by its two largest units, whole: `0 s`, `59 s`, `3 min 5 s`, `2 d 4 h`. */
export const formatDuration = (durationMs: number): string => {
  let seconds = Math.max(0, Math.floor(durationMs / 1000))
  const largest = DURATION_UNITS.findIndex(([, size]) => seconds >= size)
  if (largest === -1) return "0 s"
  const parts: Array<string> = []
  for (const [unit, size] of DURATION_UNITS.slice(largest, largest + 2)) {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.join(" ")
}

/** Returns a count with its noun: `1 file`, `2 files`; `plural` where it is not the noun with an s. */
export const formatCount = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Reads an age as `90m`, `12h`, `30d` or `2w`, to milliseconds; `undefined` when it is none. */
export const parseAge = (text: string): number | undefined => {
  const [, count, unit = ""] = /^(\d{1,9})([mhdw])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS_MS[unit]!
}
