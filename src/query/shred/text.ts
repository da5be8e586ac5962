/**
 * What the engine would take a text for: a time, or nothing but a text. Where that is not beyond doubt, the engine has to be asked.
 */
import { Has } from "./wasm/times.ts"
import { UUID_TEXT_BYTES } from "./wasm/uuids.ts"

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const SPECIAL: ReadonlyArray<Uint8Array> = ["infi", "ep"].map(bytesOf)

/** Whether a text begins as `infinity` or `epoch`, which are dates. */
const isSpecial = (bytes: Uint8Array, start: number, end: number): boolean =>
  SPECIAL.some((word) => end - start >= word.length && word.every((byte, at) => (bytes[start + at]! | 32) === byte))

/** What dates and times may begin with, beside digits. */
const BEGINNINGS: ReadonlySet<number> = new Set(bytesOf("+- \t\n\v\f\r"))
/** What they consist of, beside digits: signs, and the letters of a zone, of halves of a day and of eras. */
const MEMBERS: ReadonlySet<number> = new Set(bytesOf("+- \t\n\v\f\r:.()TtZzAaPpMmBbCc"))

const DASH = 45
const FULL_STOP = 46
const COLON = 58

/** Where the dashes of a UUID are. */
const DASHES = [8, 13, 18, 23] as const

/** Whether a text is beyond doubt neither a date, a time nor a UUID. One such text makes its column one of texts. */
export const isText = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end === start) return true
  if (end - start === UUID_TEXT_BYTES && DASHES.every((at) => bytes[start + at] === DASH)) return false
  const first = bytes[start]!
  if (isLetter(first)) return !isSpecial(bytes, start, end)
  if (!isDigit(first) && !BEGINNINGS.has(first)) return true
  let at = start
  while (at < end && isDigit(bytes[at]!)) at += 1
  if (at > start) {
    // A whole number, or one with a fraction, or with a unit.
    if (at === end || bytes[at] === FULL_STOP) return true
    if (isLetter(bytes[at]!) && (bytes[at]! | 32) !== SMALL_T) return true
  }
  // `-infinity` is a date as well.
  for (; at < end; at += 1) if (!isDigit(bytes[at]!) && !MEMBERS.has(bytes[at]!)) return !isSpecial(bytes, at, end)
  return false
}

const BLANK = 32
const PLUS = 43
const T = 84
const SMALL_T = 116
const Z = 90

/** Bytes of `2026-11-21`, `08:00:00`, and both. */
const DAY_BYTES = 10
const TIME_BYTES = 8
const SECONDS_BYTES = 19
/** Bytes of zones: none, `Z`, `+0100` and `+01:00`. */
const ZONES = { none: 0, utc: 1, digits: 5, colon: 6 } as const

/** How a time is written. */
export interface TimeStyle {
  readonly type: "DATE" | "TIME" | "TIMESTAMP"
  /** A day, a time of the day, or both. */
  readonly has: number
  /** The byte between both; 0: none. */
  readonly separator: number
  /** Whether there are parts of a second: one to six digits. */
  readonly hasFraction: boolean
  /** Bytes of the zone. */
  readonly zoneBytes: number
}

const zoneOf = (bytes: Uint8Array, end: number): number => {
  if (bytes[end - 1] === Z) return ZONES.utc
  const isSign = (byte: number | undefined) => byte === PLUS || byte === DASH
  if (isSign(bytes[end - ZONES.colon]) && bytes[end - 3] === COLON) return ZONES.colon
  return isSign(bytes[end - ZONES.digits]) ? ZONES.digits : ZONES.none
}

const PLAIN = { separator: 0, hasFraction: false, zoneBytes: ZONES.none } as const

/**
 * How a time is written, if a text is one: `2026-11-21`, `08:00:00`, or both with `T` or a blank between, and what may follow. The engine takes a column for
 * times when all of it is written in one way.
 */
export const timeStyle = (bytes: Uint8Array, start: number, end: number): TimeStyle | undefined => {
  const length = end - start
  if (length === DAY_BYTES && bytes[start + 4] === DASH) return { ...PLAIN, type: "DATE", has: Has.day }
  if (length >= TIME_BYTES && length < SECONDS_BYTES && bytes[start + 2] === COLON) {
    return { ...PLAIN, type: "TIME", has: Has.time, hasFraction: length > TIME_BYTES }
  }
  const separator = bytes[start + 10]!
  if (length < SECONDS_BYTES || (separator !== T && separator !== BLANK)) return undefined
  const zoneBytes = length === SECONDS_BYTES ? ZONES.none : zoneOf(bytes, end)
  const hasFraction = bytes[start + SECONDS_BYTES] === FULL_STOP
  // The engine knows zones behind a `T` alone, and there parts of a second with a zone alone.
  const isKnown = separator === BLANK ? zoneBytes === ZONES.none : !hasFraction || zoneBytes !== ZONES.none
  return isKnown ? { type: "TIMESTAMP", has: Has.day | Has.time, separator, hasFraction, zoneBytes } : undefined
}
