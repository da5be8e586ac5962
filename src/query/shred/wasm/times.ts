/**
 * The function that reads texts as days and times, where all of them are written in one way: `2026-11-21`, `08:00:00`, or both with `T` or a blank between, and
 * what may follow.
 */
import {
  advance,
  block,
  type Code,
  during,
  give,
  i32,
  i64,
  jump,
  KernelFunction,
  select,
  type Label,
  Type,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { askAhead } from "./ahead.ts"
import { MONTHS, POWERS, STATE, State } from "./layout.ts"

/** The first and the last year of which times are read. Every fourth of them is a leap year. */
const YEAR_MIN = 1970
const YEAR_MAX = 2099

const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
const COLON = 58
const Z = 90

/** Bytes of `2026-11-21`, `08:00:00`, and both. */
const DAY_BYTES = 10
const TIME_BYTES = 8
const SECONDS_BYTES = 19

/** For bytes of `text`: themselves; what carries a digit that is none over its half; the bits that are then zero. A `0` stands for any digit. */
const pattern = (text: string) => {
  const number = (byteOf: (isDigit: boolean, byte: number) => number): bigint =>
    new TextEncoder().encode(text).reduceRight((sum, byte) => (sum << 8n) | BigInt(byteOf(byte === 48, byte)), 0n)
  return {
    bytes: number((_, byte) => byte),
    more: number((isDigit) => (isDigit ? 6 : 0)),
    mask: number((isDigit) => (isDigit ? 0xf0 : 0xff))
  }
}
const DATE = pattern("0000-00-")
const CLOCK = pattern("00:00:00")
/** A byte follows that is given. */
const DAY = pattern("-00\0")
const DIGITS = pattern("00000000")

/** Leaves where a word does not look as a pattern. */
const expect = (word: Variable, { mask, more }: typeof DATE, wrong: Label): Code =>
  jump(wrong, i64.isSome(i64.and(i64.or(word.value, i64.add(word.value, i64.of(more))), i64.of(mask))))

/** Makes numbers of pairs of digits: each pair's lies where its first digit was. */
const pair = (word: Variable): Code =>
  word.set(i64.add(i64.mul(word.value, i64.of(10n)), i64.shiftRight(word.value, i64.of(8n))))
const pairAt = (word: Variable, byte: number): Code =>
  i32.low(i64.and(i64.shiftRight(word.value, i64.of(BigInt(8 * byte))), i64.of(0xffn)))

/** How a text is divided, and where its parts go. */
interface Scope {
  readonly start: Variable
  readonly end: Variable
  readonly separator: Variable
  readonly zoneBytes: Variable
  readonly digits: Variable
  readonly hours: Variable
  readonly minutes: Variable
  readonly word: Variable
  readonly fraction: Variable
  readonly year: Variable
  readonly month: Variable
  readonly day: Variable
  readonly seconds: Variable
  readonly days: Variable
  readonly wrong: Label
}

const load = (word: Variable, start: Variable, offset: number, { bytes }: typeof DATE): Code =>
  word.set(i64.xor(i64.load(start.value, offset), i64.of(bytes)))

const date = ({ day, month, separator, start, word, wrong, year }: Scope): ReadonlyArray<Code> => [
  load(word, start, 0, DATE),
  expect(word, DATE, wrong),
  pair(word),
  year.set(i32.add(i32.mul(pairAt(word, 0), i32.of(100)), pairAt(word, 2))),
  month.set(pairAt(word, 5)),
  // Where there is no separator, the byte that lies behind is what it is.
  word.set(i64.widened(i32.load(start.value, 7))),
  when(i32.isZero(separator.value), [word.set(i64.and(word.value, i64.of(0xffffffn)))]),
  word.set(i64.xor(word.value, i64.or(i64.of(DAY.bytes), i64.shiftLeft(i64.widened(separator.value), i64.of(24n))))),
  expect(word, DAY, wrong),
  pair(word),
  day.set(pairAt(word, 1))
]

const clock = ({ seconds, start, word, wrong }: Scope): ReadonlyArray<Code> => {
  const part = (byte: number, max: number): ReadonlyArray<Code> => [
    jump(wrong, i32.more(pairAt(word, byte), i32.of(max))),
    seconds.set(i32.add(i32.mul(seconds.value, i32.of(60)), pairAt(word, byte)))
  ]
  return [
    load(word, start, 11, CLOCK),
    expect(word, CLOCK, wrong),
    pair(word),
    seconds.set(i32.of(0)),
    ...part(0, 23),
    ...part(3, 59),
    ...part(6, 59)
  ]
}

/** Sets the parts of a second as microseconds, of one to six digits. */
const fraction = ({ digits, fraction: part, start, word, wrong }: Scope): ReadonlyArray<Code> => {
  const bits = i64.shiftLeft(i64.widened(digits.value), i64.of(3n))
  return [
    jump(wrong, i32.ne(i32.load8(start.value, 19), i32.of(POINT))),
    jump(wrong, i32.more(i32.sub(digits.value, i32.of(1)), i32.of(5))),
    load(word, start, 20, DIGITS),
    // Zeros go before the digits: they become eight, which are four pairs.
    word.set(i64.shiftLeft(word.value, i64.sub(i64.of(64n), bits))),
    expect(word, DIGITS, wrong),
    pair(word),
    part.set(
      i64.widened(
        i32.add(i32.mul(i32.add(i32.mul(pairAt(word, 2), i32.of(100)), pairAt(word, 4)), i32.of(100)), pairAt(word, 6))
      )
    ),
    part.set(i64.mul(part.value, i64.load(i32.shiftLeft(i32.sub(i32.of(6), digits.value), i32.of(3)), POWERS)))
  ]
}

/** Takes the zone, which ends the text, from the seconds. */
const zone = ({ digits, end, hours, minutes, seconds, wrong, zoneBytes }: Scope): ReadonlyArray<Code> => {
  const place = i32.sub(end.value, zoneBytes.value)
  const digit = (address: Code, offset: number): ReadonlyArray<Code> => [
    digits.set(i32.sub(i32.load8(address, offset), i32.of(ZERO))),
    jump(wrong, i32.more(digits.value, i32.of(9)))
  ]
  const two = (address: Code, offset: number, number: Variable, most: number): ReadonlyArray<Code> => [
    ...digit(address, offset),
    number.set(i32.mul(digits.value, i32.of(10))),
    ...digit(address, offset + 1),
    number.set(i32.add(number.value, digits.value)),
    jump(wrong, i32.more(number.value, i32.of(most)))
  ]
  return [
    when(i32.eq(zoneBytes.value, i32.of(1)), [jump(wrong, i32.ne(i32.load8(place), i32.of(Z)))]),
    when(i32.more(zoneBytes.value, i32.of(1)), [
      when(i32.eq(zoneBytes.value, i32.of(6)), [jump(wrong, i32.ne(i32.load8(place, 3), i32.of(COLON)))]),
      ...two(place, 1, hours, 14),
      ...two(i32.sub(end.value, i32.of(2)), 0, minutes, 59),
      minutes.set(i32.mul(i32.add(i32.mul(hours.value, i32.of(60)), minutes.value), i32.of(60))),
      digits.set(i32.load8(place)),
      jump(wrong, i32.and(i32.ne(digits.value, i32.of(PLUS)), i32.ne(digits.value, i32.of(MINUS)))),
      seconds.set(
        select(
          i32.sub(seconds.value, minutes.value),
          i32.add(seconds.value, minutes.value),
          i32.eq(digits.value, i32.of(PLUS))
        )
      )
    ])
  ]
}

/** Sets the days since 1970. */
const days = (scope: Scope): ReadonlyArray<Code> => {
  const { day, month, wrong, year } = scope
  const isLeap = i32.isZero(i32.and(year.value, i32.of(3)))
  const place = i32.shiftLeft(month.value, i32.of(3))
  const since = i32.sub(year.value, i32.of(YEAR_MIN))
  return [
    jump(wrong, i32.more(since, i32.of(YEAR_MAX - YEAR_MIN))),
    jump(wrong, i32.more(i32.sub(month.value, i32.of(1)), i32.of(11))),
    jump(
      wrong,
      i32.atLeast(
        i32.sub(day.value, i32.of(1)),
        i32.add(i32.load(place, MONTHS + 4), i32.and(isLeap, i32.eq(month.value, i32.of(2))))
      )
    ),
    scope.days.set(
      i32.add(i32.mul(since, i32.of(365)), i32.shiftRight(i32.sub(year.value, i32.of(YEAR_MIN - 1)), i32.of(2)))
    ),
    advance(scope.days, i32.load(place, MONTHS)),
    advance(scope.days, i32.and(isLeap, i32.more(month.value, i32.of(2)))),
    advance(scope.days, i32.sub(day.value, i32.of(1)))
  ]
}

/** What a text has: a day, a time of the day, or both. */
export const Has = { day: 1, time: 2 } as const

/**
 * Reads the `count` texts at `cells`: of what each `has`, with a byte that separates day and time or zero, one to six digits of parts of a second if `hasFraction`,
 * and a zone of so many bytes (none, `Z`, `+0100` or `+01:00`). Writes microseconds since 1970 or since midnight, or days since 1970, to `out`, and gives how
 * many came before the first one that is no such time.
 */
export const times = (): KernelFunction =>
  new KernelFunction(7, ([cells, count, has, separator, hasFraction, zoneBytes, out], local) => {
    const [index, rest, sizeBytes] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const [cellsEnd, asked] = [local(Type.i32), local(Type.i32)]
    const text = { start: local(Type.i32), end: local(Type.i32), separator: separator!, zoneBytes: zoneBytes! }
    const day = { year: local(Type.i32), month: local(Type.i32), day: local(Type.i32), days: local(Type.i32) }
    const time = { hours: local(Type.i32), minutes: local(Type.i32), seconds: local(Type.i32), digits: local(Type.i32) }
    const words = { word: local(Type.i64), fraction: local(Type.i64) }
    const { days: dayCount, digits, end, fraction: part, seconds, start } = { ...text, ...day, ...time, ...words }
    const isOnly = (what: number): Code => i32.eq(has!.value, i32.of(what))
    const micros = i64.mul(
      i64.add(i64.mul(i64.widened(dayCount.value), i64.of(86_400n)), i64.widenedSigned(seconds.value)),
      i64.of(1_000_000n)
    )
    return [
      sizeBytes.set(
        select(i32.of(DAY_BYTES), select(i32.of(TIME_BYTES), i32.of(SECONDS_BYTES), isOnly(Has.time)), isOnly(Has.day))
      ),
      cellsEnd.set(i32.add(cells!.value, i32.shiftLeft(count!.value, i32.of(3)))),
      block((wrong) => {
        const scope: Scope = { ...text, ...day, ...time, ...words, wrong }
        return [
          during(i32.less(index.value, count!.value), [
            askAhead(cells!, cellsEnd, asked),
            start.set(i32.load(cells!.value)),
            end.set(i32.load(cells!.value, 4)),
            rest.set(i32.sub(i32.sub(i32.sub(end.value, start.value), sizeBytes.value), zoneBytes!.value)),
            when(i32.and(has!.value, i32.of(Has.day)), [...date(scope), ...days(scope)]),
            // A time of the day alone lies where it would lie behind a day.
            when(isOnly(Has.time), [advance(start, TIME_BYTES - SECONDS_BYTES)]),
            when(i32.and(has!.value, i32.of(Has.time)), clock(scope)),
            digits.set(i32.sub(rest.value, i32.of(1))),
            when(hasFraction!.value, fraction(scope), [jump(wrong, rest.value)]),
            ...zone(scope),
            i64.store(out!.value, select(i64.widened(dayCount.value), i64.add(micros, part.value), isOnly(Has.day))),
            advance(out!, 8),
            advance(cells!, 8),
            advance(index, 1)
          ])
        ]
      }),
      i32.store(i32.of(STATE), asked.value, State.asked),
      give(index.value)
    ]
  })
