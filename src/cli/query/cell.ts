/**
 * Values of an answer as text.
 */

/** A value as text; nothing where it is null. */
export const textOf = (value: unknown): string =>
  value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)

const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL.*)$/u

/** Whether values of a type of the engine are numbers. */
export const isNumeric = (type: string): boolean => NUMERIC.test(type)
