/**
 * The function that reads texts as times, where all of them are written in one way: `2026-11-21T08:00:00` with `T` or a blank, and what may follow.
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
  type Label,
  Type,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { MONTHS } from "./layout.ts"

/** The first and the last year of which times are read. Every fourth of them is a leap year. */
const YEAR_MIN = 1970
const YEAR_MAX = 2099

const POINT = 46
const Z = 90

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
  readonly separator: Variable
  readonly digits: Variable
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
  word.set(
    i64.xor(
      i64.widened(i32.load(start.value, 7)),
      i64.or(i64.of(DAY.bytes), i64.shiftLeft(i64.widened(separator.value), i64.of(24n)))
    )
  ),
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

/** Sets the parts of a second as microseconds, of three or six digits. */
const fraction = (scope: Scope): ReadonlyArray<Code> => {
  const { digits, start, word, wrong } = scope
  const bits = i64.shiftLeft(i64.widened(digits.value), i64.of(3n))
  // Six digits are three pairs, three are one and a half: a zero goes before these.
  return [
    jump(wrong, i32.ne(i32.load8(start.value, 19), i32.of(POINT))),
    load(word, start, 20, DIGITS),
    word.set(i64.shiftLeft(word.value, i64.sub(i64.of(64n), bits))),
    expect(word, DIGITS, wrong),
    pair(word),
    scope.fraction.set(
      i64.widened(
        i32.add(i32.mul(i32.add(i32.mul(pairAt(word, 2), i32.of(100)), pairAt(word, 4)), i32.of(100)), pairAt(word, 6))
      )
    ),
    when(i32.eq(digits.value, i32.of(3)), [scope.fraction.set(i64.mul(scope.fraction.value, i64.of(1000n)))])
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

/**
 * Reads the `count` texts at `cells`, each of `length` bytes, with a byte that separates date and time, so many digits of parts of a second (none, three or six)
 * and, if `hasZone`, a `Z`. Writes microseconds since 1970 to `out`, and gives how many came before the first one that is no such time.
 */
export const times = (): KernelFunction =>
  new KernelFunction(7, ([cells, count, length, separator, digits, hasZone, out], local) => {
    const [start, end, index] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const [year, month, day, seconds] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const dayCount = local(Type.i32)
    const [word, part] = [local(Type.i64), local(Type.i64)]
    return [
      block((wrong) => {
        const values = {
          start,
          separator: separator!,
          digits: digits!,
          word,
          fraction: part,
          year,
          month,
          day,
          seconds
        }
        const scope: Scope = { ...values, days: dayCount, wrong }
        return [
          during(i32.less(index.value, count!.value), [
            start.set(i32.load(cells!.value)),
            end.set(i32.load(cells!.value, 4)),
            jump(wrong, i32.ne(i32.sub(end.value, start.value), length!.value)),
            ...date(scope),
            ...clock(scope),
            when(digits!.value, fraction(scope)),
            when(hasZone!.value, [jump(wrong, i32.ne(i32.load8(i32.sub(end.value, i32.of(1))), i32.of(Z)))]),
            ...days(scope),
            i64.store(
              out!.value,
              i64.add(
                i64.mul(
                  i64.add(i64.mul(i64.widened(dayCount.value), i64.of(86_400n)), i64.widened(seconds.value)),
                  i64.of(1_000_000n)
                ),
                part.value
              )
            ),
            advance(out!, 8),
            advance(cells!, 8),
            advance(index, 1)
          ])
        ]
      }),
      give(index.value)
    ]
  })
