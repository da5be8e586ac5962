/**
 * Dates and timestamps as text: days and microseconds since 1970 in the proleptic Gregorian calendar, without time zones or leap
 * seconds, exact over the whole range of their types.
 */

const DAY_MICROS = 86_400_000_000n
/** Days from 0000-03-01 to 1970-01-01; years that begin in March end with the leap day. */
const EPOCH_DAYS = 719_468
/** Days in 400 years. */
const ERA_DAYS = 146_097

/** Days since 1970 of a calendar date. */
export const daysOf = (year: number, month: number, day: number): number => {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * ERA_DAYS + dayOfEra - EPOCH_DAYS
}

/** The calendar date of days since 1970. */
const dateOf = (days: number): { readonly year: number; readonly month: number; readonly day: number } => {
  const shifted = days + EPOCH_DAYS
  const era = Math.floor(shifted / ERA_DAYS)
  const dayOfEra = shifted - era * ERA_DAYS
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1 }
}

const digits = (value: number, width: number): string => String(value).padStart(width, "0")

/** `2021-09-08`; `undefined` outside the years 1 to 9999, which have no agreed form. */
export const formatDate = (days: number): string | undefined => {
  const { day, month, year } = dateOf(days)
  return year < 1 || year > 9999 ? undefined : `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`
}

/**
 * `2021-09-08T11:11:11.000001`, with as many digits behind the second as asked for (3 or 6; the rest is cut off towards the past);
 * `undefined` outside the years 1 to 9999.
 */
export const formatTimestamp = (micros: bigint, fraction: 3 | 6): string | undefined => {
  const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS
  const date = formatDate(Number((micros - ofDay) / DAY_MICROS))
  if (date === undefined) return undefined
  const seconds = Number(ofDay / 1_000_000n)
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => digits(Math.floor(part), 2)).join(":")
  return `${date}T${clock}.${digits(Number(ofDay % 1_000_000n), 6).slice(0, fraction)}`
}

const DATE = /^([+-]?\d{4,6})-(\d\d)-(\d\d)$/
const TIMESTAMP =
  /^([+-]?\d{4,6}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/

/** Days since 1970 of `2021-09-08`, or `undefined` when that is no date. */
export const parseDate = (text: string): number | undefined => {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const days = daysOf(year, month, day)
  const back = dateOf(days)
  return month >= 1 && month <= 12 && back.month === month && back.day === day ? days : undefined
}

/**
 * Microseconds since 1970 of `2021-09-08 11:11:11.000001` or its ISO 8601 form with `T` and a zone; without zone it is UTC.
 * `undefined` when it is no timestamp.
 */
export const parseTimestamp = (text: string): bigint | undefined => {
  const match = TIMESTAMP.exec(text)
  const days = match === null ? undefined : parseDate(match[1] ?? "")
  if (match === null || days === undefined) return undefined
  const [hour, minute, second] = [Number(match[2] ?? 0), Number(match[3] ?? 0), Number(match[4] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const micros = BigInt((match[5] ?? "").padEnd(6, "0").slice(0, 6))
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(match[6] ?? "")
  const offset = zone === null ? 0 : (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]))
  return BigInt(days) * DAY_MICROS + BigInt(hour * 3600 + (minute - offset) * 60 + second) * 1_000_000n + micros
}
