/**
 * Bounds of the times that JSON lines speak of, so that readers can pass over versions without reading them.
 *
 * - Bounds are never narrower than the truth: they are rounded outward to whole microseconds, and a time that no pond can hold makes them
 *   unknown. What is no time — blank lines, text, NUL padding, half lines — is passed over; the bytes are mirrored all the same.
 * - A line that was begun in an earlier version counts where it ends: whoever feeds a scanner gives it that beginning first.
 * - Memory is bounded: a line longer than 1 MiB is passed over.
 */
import { Schema } from "effect"
import type { TimeBounds } from "../../tinyfs/index.ts"

/** Units of times; `iso` is a text as in RFC 3339. */
export type TimeUnit = "s" | "ms" | "us" | "ns" | "iso"

/** The field of each line that holds its time. */
export interface EventTimeField {
  readonly field: string
  readonly unit: TimeUnit
}

/** None of the lines of a file has the field that the configuration names. */
export class EventTimeFieldMissing extends Schema.TaggedError<EventTimeFieldMissing>()("EventTimeFieldMissing", {
  field: Schema.String,
  fileName: Schema.String
}) {
  override get message(): string {
    return (
      `no line that was added to ${JSON.stringify(this.fileName)} has the field ${JSON.stringify(this.field)} with a time, and the ` +
      `configuration names it as timestamp_field; nothing was committed. Correct timestamp_field and timestamp_unit, or leave them out`
    )
  }
}

/** Longer lines are passed over. */
export const LINE_BYTES_MAX = 1024 * 1024

/** A time in microseconds, rounded down and up. */
interface Micros {
  readonly floor: bigint
  readonly ceiling: bigint
}

const EXPONENTS = { s: 6, ms: 3, us: 0, ns: -3 } as const

/** Powers of ten beyond which a number is too large, or nothing, whatever its digits. */
const EXPONENT_MAX = 100

/** A decimal number times a power of ten, rounded down and up; `undefined` when it is not a number, `"overflow"` when it is too large. */
const decimal = (text: string, exponent: number): Micros | "overflow" | undefined => {
  const [, sign, whole, fraction = "", power = "0"] =
    /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`)
  if (digits === 0n) return { floor: 0n, ceiling: 0n }
  const shift = Number(power) + exponent - fraction.length
  if (shift > EXPONENT_MAX) return "overflow"
  if (shift >= 0) return { floor: digits * 10n ** BigInt(shift), ceiling: digits * 10n ** BigInt(shift) }
  // Nothing but its sign is left of a number that is this small; no more digits than a line has can tell otherwise.
  const divisor = 10n ** BigInt(Math.min(-shift, whole.length + fraction.length + 1))
  const quotient = digits / divisor
  const isExact = quotient * divisor === digits
  return {
    floor: isExact || digits > 0n ? quotient : quotient - 1n,
    ceiling: isExact || digits < 0n ? quotient : quotient + 1n
  }
}

const ISO =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?\s*$/

/** A point in time as text; without an offset it is UTC. */
const iso = (text: string): Micros | undefined => {
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset = "Z"] = ISO.exec(text) ?? []
  if (year === undefined) return undefined
  const numbers = [Number(month), Number(day), Number(hour), Number(minute), Number(second)] as const
  const isInRange =
    numbers.every((number, index) => number <= [12, 31, 24, 59, 60][index]!) && numbers[0] > 0 && numbers[1] > 0
  if (!isInRange) return undefined
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? []
  const offsetMinutes = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  // Of years before 100 `Date.UTC` makes others.
  const days = Date.UTC(Number(year) + 400, numbers[0] - 1, numbers[1]) / 86_400_000 - 146_097
  const seconds = days * 86_400 + numbers[2] * 3600 + (numbers[3] - offsetMinutes) * 60 + numbers[4]
  const micros = decimal(`0.${fraction}0`, 6) as Micros
  return { floor: BigInt(seconds) * 1_000_000n + micros.floor, ceiling: BigInt(seconds) * 1_000_000n + micros.ceiling }
}

/** The digits of a number of the outermost object, as they are written: doubles do not hold nanoseconds. */
const digitsOf = (line: string, field: string): string => {
  const digits = new Map<unknown, string>()
  let outermost: unknown
  JSON.parse(line, function (this: unknown, key, value: unknown, context?: { readonly source?: string }) {
    if (key === field && typeof value === "number") digits.set(this, context?.source ?? String(value))
    // The outermost object is looked at last.
    outermost = value
    return value
  })
  return digits.get(outermost) ?? ""
}

/** Finds the bounds in lines that come in chunks. Pure but for what it gathers. */
export class EventTimes {
  readonly #source: EventTimeField
  #rest: Array<Uint8Array> = []
  #restBytes = 0
  #isPassing = false
  #min: bigint | undefined
  #max: bigint | undefined
  #isOverflowing = false
  #objects = 0
  #times = 0

  constructor(source: EventTimeField) {
    this.#source = source
  }

  /** Takes the next bytes; they may be used again afterwards. */
  push(chunk: Uint8Array): void {
    let at = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      this.#end(chunk.subarray(at, end))
      at = end + 1
    }
    this.#keep(chunk.subarray(at))
  }

  /** What was found. `isMissing`: there are lines that are objects, and none has a time in the field. */
  finish(): { readonly bounds: TimeBounds | undefined; readonly isMissing: boolean } {
    this.#end(new Uint8Array(0))
    const bounds =
      this.#min === undefined || this.#isOverflowing
        ? undefined
        : { minMicros: Number(this.#min), maxMicros: Number(this.#max) }
    return { bounds, isMissing: this.#objects > 0 && this.#times === 0 }
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0 || this.#isPassing) return
    this.#restBytes += part.length
    if (this.#restBytes > LINE_BYTES_MAX) {
      this.#isPassing = true
      this.#rest = []
    } else this.#rest.push(part.slice())
  }

  #end(part: Uint8Array): void {
    const isPassing = this.#isPassing || this.#restBytes + part.length > LINE_BYTES_MAX
    const line = this.#rest.length === 0 ? part : Buffer.concat([...this.#rest, part])
    this.#rest = []
    this.#restBytes = 0
    this.#isPassing = false
    if (!isPassing && line.length > 0) this.#look(line)
  }

  #look(line: Uint8Array): void {
    const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString("utf8").replaceAll("\0", "").trim()
    if (!text.startsWith("{")) return
    let value: object
    try {
      value = JSON.parse(text) as object
    } catch {
      return
    }
    this.#objects += 1
    if (!Object.hasOwn(value, this.#source.field)) return
    const micros = this.#microsOf(text, value)
    if (micros === undefined) return
    this.#times += 1
    if (micros === "overflow") this.#isOverflowing = true
    else this.#widen(micros)
  }

  #microsOf(line: string, root: object): Micros | "overflow" | undefined {
    const { field, unit } = this.#source
    const value = (root as Record<string, unknown>)[field]
    if (typeof value === "string") return unit === "iso" ? iso(value) : decimal(value, EXPONENTS[unit])
    if (typeof value !== "number" || unit === "iso") return undefined
    return decimal(Number.isSafeInteger(value) ? String(value) : digitsOf(line, field), EXPONENTS[unit])
  }

  #widen({ ceiling, floor }: Micros): void {
    const isHeld = Number.isSafeInteger(Number(floor)) && Number.isSafeInteger(Number(ceiling))
    if (!isHeld) this.#isOverflowing = true
    if (this.#min === undefined || floor < this.#min) this.#min = floor
    if (this.#max === undefined || ceiling > this.#max) this.#max = ceiling
  }
}
