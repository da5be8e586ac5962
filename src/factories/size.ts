/**
 * Sizes as people read them: the same on every machine, whatever its language.
 */

const SIZE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const

/** Returns a size with a binary unit and three digits at least: `0 B`, `1023 B`, `1.2 MiB`, `358 MiB`. */
export const formatSize = (sizeBytes: number): string => {
  let value = sizeBytes
  let unit = 0
  // What would be shown as 1024 is 1.0 of the next unit.
  while (Math.round(value) >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${SIZE_UNITS[unit]}`
}
