/**
 * Decimal numbers as text: the unscaled value is a `bigint`, the scale belongs to the type.
 */

/** `-123.4500` for -1234500n at scale 4. */
export const formatDecimal = (unscaled: bigint, scale: number): string => {
  const sign = unscaled < 0n ? "-" : ""
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0")
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The unscaled value of a decimal text at a scale; `undefined` when it is none, or has more digits behind the point. */
export const parseDecimal = (text: string, scale: number): bigint | undefined => {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = "", fraction = "", exponent = "0"] = match
  const zeros = scale - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  const power = 10n ** BigInt(Math.abs(zeros))
  if (zeros < 0 && digits % power !== 0n) return undefined
  const unscaled = zeros < 0 ? digits / power : digits * power
  return sign === "-" ? -unscaled : unscaled
}
