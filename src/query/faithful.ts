/**
 * Types that keep values as they were written.
 *
 * Days and times are those that begin with the year, in four digits. The engine guesses other orders from what rows it sees: `01/02/26` may be three days, and
 * rows that are added later may tell another; such values stay text. Integers of 128 bits, which the engine chooses for mixtures of signs, would lose digits
 * in files of Parquet: they are kept in 64 bits where they fit, and as decimals where not.
 */
import { type Column, UNKNOWN } from "./columns.ts"
import { identifier } from "./database.ts"

/** A part of a type that is no quoted name. */
const words = (text: string): RegExp => new RegExp(`"(?:[^"]|"")*"|\\b(?:${text})\\b`, "gu")

const replaced = (type: string, pattern: RegExp, by: string): string =>
  type.replace(pattern, (found) => (found.startsWith('"') ? found : by))

const TIMES = words("DATE|TIMESTAMP(?: WITH TIME ZONE|_S|_MS|_NS)?")
const LOCAL = words("TIMESTAMP(?! WITH)")
const WIDE = words("U?HUGEINT")
const TIME = /^(?:DATE|TIMESTAMP[^[\]]*)$/u

const undated = (type: string): string => replaced(type, TIMES, "VARCHAR")

/** The type in files of Parquet of a column that stands alone: they would make floating point of what has 128 bits. */
export const storedType = (type: string): string => (type === "HUGEINT" ? "DECIMAL(38,0)" : type)

/** Whether a type holds others. */
const isNested = (type: string): boolean => /[()\]]/u.test(type)

/**
 * How columns are read; the first way in which all values can be kept is the one to take. As found; with text for times that stand alone and are in doubt; for all
 * times within other values, too; with decimals for integers within other values.
 */
export const ATTEMPTS = ["found", "certain", "undated", "decimal"] as const
/** One of `ATTEMPTS`. */
export type Attempt = (typeof ATTEMPTS)[number]

/** Columns as they are to be read, where `times` says which of those with times hold only times beyond doubt. */
export const attempted = (
  columns: ReadonlyArray<Column>,
  attempt: Attempt,
  times: ReadonlySet<string>
): ReadonlyArray<Column> =>
  columns.map(([name, type]): Column => {
    if (!isNested(type)) return [name, attempt === "found" || times.has(name) ? type : undated(type)]
    const dated = attempt === "found" || attempt === "certain" ? type : undated(type)
    // Integers that stand alone are asked for before.
    return [name, replaced(dated, WIDE, attempt === "decimal" ? "DECIMAL(38,0)" : "BIGINT")]
  })

/** Columns as JSON is read: what a time says of its zone would be passed over. */
export const zoned = (columns: ReadonlyArray<Column>): ReadonlyArray<Column> =>
  columns.map(([name, type]): Column => [name, replaced(type, LOCAL, "TIMESTAMP WITH TIME ZONE")])

/** Columns that hold times by themselves, not within other values. */
export const timeColumns = (columns: ReadonlyArray<Column>): ReadonlyArray<Column> =>
  columns.filter(([, type]) => TIME.test(type))

/** A condition that a column of texts holds nothing but times of a type that are beyond doubt. */
export const isTimeText = ([name, type]: Column): string => {
  const text = identifier(name)
  const isTime = `regexp_matches(${text}, '^\\s*\\d{4}\\D') AND TRY_CAST(${text} AS ${type}) IS NOT NULL`
  return `coalesce(bool_and(${text} IS NULL OR (${isTime})), true)`
}

/** A condition that a column of times holds one of the first century: written with two digits for the year. None for a column without times. */
export const hasOldYears = ([name, type]: Column): string | undefined => {
  const value = identifier(name)
  if (TIME.test(type)) return `coalesce(bool_or(${value} < TIMESTAMP '0100-01-01'), false)`
  return type === UNKNOWN || undated(type) === type
    ? undefined
    : `coalesce(bool_or(regexp_matches(${value}::VARCHAR, '(^|\\D)00\\d\\d-\\d\\d-\\d\\d')), false)`
}
