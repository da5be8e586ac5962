/**
 * What the engine would take a text for: a time, or nothing but a text. Where that is not beyond doubt, the engine has to be asked.
 */

/** Bytes of a UUID, however it is written. */
const UUID_BYTES: ReadonlySet<number> = new Set([32, 36, 38])

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)

/** `/ < [ ( _ # @`: no date, time or UUID begins with one of these. */
const OTHER_BEGINNINGS: ReadonlySet<number> = new Set([47, 60, 91, 40, 95, 35, 64])

const SPECIAL: ReadonlyArray<Uint8Array> = ["infi", "ep"].map((text) => new TextEncoder().encode(text))

/** Whether a text begins as `infinity` or `epoch`, which are dates. */
const isSpecial = (bytes: Uint8Array, start: number, end: number): boolean =>
  SPECIAL.some((word) => end - start >= word.length && word.every((byte, at) => (bytes[start + at]! | 32) === byte))

const FULL_STOP = 46

/** Whether a text is beyond doubt neither a date, a time nor a UUID. One such text makes its column one of texts. */
export const isText = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end === start || UUID_BYTES.has(end - start)) return false
  const first = bytes[start]!
  if (isLetter(first)) return !isSpecial(bytes, start, end)
  if (OTHER_BEGINNINGS.has(first)) return true
  if (!isDigit(first)) return false
  let at = start + 1
  while (at < end && isDigit(bytes[at]!)) at += 1
  return at === end || bytes[at] === FULL_STOP || (isLetter(bytes[at]!) && bytes[at] !== 84 && bytes[at] !== 116)
}

const BLANK = 32
const T = 84
const Z = 90

/** Bytes of `2026-11-21T08:00:00`. */
const SECONDS_BYTES = 19

/** How a time is written. */
export interface TimeStyle {
  /** Bytes. */
  readonly length: number
  /** The byte between date and time. */
  readonly separator: number
  /** Of parts of a second. */
  readonly digits: number
  readonly hasZone: boolean
}

/**
 * How a time is written, if a text is one: `2026-11-21T08:00:00` with `T` or a blank, or with `T` and `Z`, then also with 3 or 6 digits of parts of a second.
 * The engine takes a column for times when all of it is written in one way.
 */
export const timeStyle = (bytes: Uint8Array, start: number, end: number): TimeStyle | undefined => {
  const length = end - start
  const separator = bytes[start + 10]!
  if (length < SECONDS_BYTES || length > SECONDS_BYTES + 8 || (separator !== T && separator !== BLANK)) return undefined
  const hasZone = bytes[end - 1] === Z
  const rest = length - SECONDS_BYTES - (hasZone ? 1 : 0)
  if (rest !== 0 && rest !== 4 && rest !== 7) return undefined
  // The engine knows the zone behind a `T` alone, and parts of a second with the zone alone.
  if ((hasZone && separator === BLANK) || (rest > 0 && !hasZone)) return undefined
  return { length, separator, digits: Math.max(0, rest - 1), hasZone }
}
