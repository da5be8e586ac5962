/**
 * What the engine would take a text for: a time, or nothing but a text. Where that is not beyond doubt, the engine has to be asked.
 */

/** Bytes of a UUID, however it is written. */
const UUID_BYTES: ReadonlySet<number> = new Set([32, 36, 38])

const DASH = 45

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)

/** `/ < [ ( _ # @`: no date, time or UUID begins with one of these. */
const OTHER_BEGINNINGS: ReadonlySet<number> = new Set([47, 60, 91, 40, 95, 35, 64])

const SPECIAL: ReadonlyArray<Uint8Array> = ["infi", "ep"].map((text) => new TextEncoder().encode(text))

/** Whether a text begins as `infinity` or `epoch`, which are dates. */
const isSpecial = (bytes: Uint8Array, start: number, end: number): boolean =>
  SPECIAL.some((word) => end - start >= word.length && word.every((byte, at) => (bytes[start + at]! | 32) === byte))

const hexDigit = (byte: number): number => {
  if (isDigit(byte)) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : Number.NaN
}

/** Where the dashes of a UUID are. */
const DASHES = [8, 13, 18, 23] as const
/** Bytes of the text of a UUID. */
export const UUID_TEXT_BYTES = 36

/** Writes the 16 bytes of a UUID with dashes to a place; false where a text is none. */
export const uuidOf = (bytes: Uint8Array, start: number, end: number, target: Uint8Array, place: number): boolean => {
  if (end - start !== UUID_TEXT_BYTES || DASHES.some((at) => bytes[start + at] !== DASH)) return false
  let to = place
  for (let at = start; at < end; at += 2) {
    if (bytes[at] === DASH) at += 1
    const byte = 16 * hexDigit(bytes[at]!) + hexDigit(bytes[at + 1]!)
    if (Number.isNaN(byte)) return false
    target[to] = byte
    to += 1
  }
  return true
}

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

const COLON = 58
const BLANK = 32
const T = 84
const Z = 90

/** Bytes of `2026-11-21T08:00:00`. */
const SECONDS_BYTES = 19

/**
 * How a time is written: `2026-11-21T08:00:00` with `T` or a blank, or with `T` and `Z`, then also with 3 or 6 digits of parts of a second. 0: not as a time.
 * The engine takes a column for times when all of it is written in one way.
 */
export const timeStyle = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start
  if (length < SECONDS_BYTES || length > SECONDS_BYTES + 8) return 0
  const separator = bytes[start + 10]
  if (bytes[start + 4] !== DASH || bytes[start + 7] !== DASH || (separator !== T && separator !== BLANK)) return 0
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return 0
  const hasZone = bytes[end - 1] === Z
  const rest = length - SECONDS_BYTES - (hasZone ? 1 : 0)
  if (rest !== 0 && rest !== 4 && rest !== 7) return 0
  if (rest > 0 && bytes[start + SECONDS_BYTES] !== FULL_STOP) return 0
  // The engine knows the zone behind a `T` alone, and parts of a second with the zone alone.
  if ((hasZone && separator === BLANK) || (rest > 0 && !hasZone)) return 0
  return 1 + (separator === T ? 1 : 0) + (hasZone ? 2 : 0) + 4 * rest
}

const number = (bytes: Uint8Array, start: number, count: number): number => {
  let value = 0
  for (let at = start; at < start + count; at += 1) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = 10 * value + digit
  }
  return value
}

const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]

/** The first and the last year of which times are read here: differences of microseconds are then exact. */
const YEAR_MIN = 1970
const YEAR_MAX = 2099

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Days from 1970 to the beginning of a year. */
const DAYS_OF_YEARS = Int32Array.from(
  { length: YEAR_MAX - YEAR_MIN + 1 },
  (_, at) => Date.UTC(YEAR_MIN + at, 0, 1) / 86_400_000
)

/** A text in such a style as microseconds since 1970; `NaN` where it is no time. */
export const timeOf = (bytes: Uint8Array, start: number, end: number): number => {
  const year = number(bytes, start, 4)
  const month = number(bytes, start + 5, 2)
  const day = number(bytes, start + 8, 2)
  const hour = number(bytes, start + 11, 2)
  const minute = number(bytes, start + 14, 2)
  const second = number(bytes, start + 17, 2)
  if (!(year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const leap = isLeap(year) ? 1 : 0
  if (day > DAYS_BEFORE[month]! - DAYS_BEFORE[month - 1]! + (month === 2 ? leap : 0)) return Number.NaN
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN
  const digits = end - start - SECONDS_BYTES - (bytes[end - 1] === Z ? 1 : 0)
  const fraction = digits === 0 ? 0 : number(bytes, start + 20, digits - 1) * (digits === 4 ? 1000 : 1)
  const days = DAYS_OF_YEARS[year - YEAR_MIN]! + DAYS_BEFORE[month - 1]! + (month > 2 ? leap : 0) + day - 1
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
}
