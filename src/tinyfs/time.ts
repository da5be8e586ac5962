/**
 * Times as people write them.
 */

const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * Reads a time as people write it, to microseconds since 1970: a date, or a date and time; UTC unless it says otherwise.
 * `undefined` when it is none.
 */
export const parseTime = (text: string): number | undefined => {
  if (!TIME.test(text)) return undefined
  const iso = text.replace(" ", "T")
  const [, beforeFraction = iso, fraction = "", zone = ""] = /^(.*T[\d:]+?)(?:\.(\d+))?(Z|[+-][\d:]+)?$/.exec(iso) ?? []
  const isDate = !iso.includes("T")
  const ms = Date.parse(isDate ? iso : `${beforeFraction}${zone === "" ? "Z" : zone}`)
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, "0"))
}
