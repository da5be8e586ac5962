/**
 * Numbers of JSON as the kernel reads them, eight digits at once: integers of 64 bits, and numbers with a fraction as far as they are exact.
 */
import {
  advance,
  block,
  type Code,
  during,
  f64,
  i32,
  i64,
  jump,
  type Label,
  loop,
  select,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { Kind, POWERS } from "./layout.ts"
import { byteOf, flag, is, keep, keepSpan, type Scope } from "./scope.ts"

const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
const E = 101

/** Digits that an integer of 64 bits holds, but for the sign, and those that a floating point number holds exactly, whatever they are. */
const INTEGER_DIGITS_MAX = 19
const DIGITS_MAX = 15

const ZEROS = 0x3030303030303030n
const SIXES = 0x0606060606060606n
const HIGHS = 0xf0f0f0f0f0f0f0f0n

/** Loads 8 bytes; `width` becomes how many bits of them are digits, or 64 or more where all are. */
const loadDigits = ({ digits, others, width }: Scope, place: Code): ReadonlyArray<Code> => [
  digits.set(i64.xor(i64.load(place), i64.of(ZEROS))),
  // A digit is now 0 to 9: six more leaves its first half as it is. What carries over comes from behind the digits.
  others.set(i64.and(i64.or(digits.value, i64.add(digits.value, i64.of(SIXES))), i64.of(HIGHS))),
  // Of nothing, 64 trailing zeros are counted.
  width.set(i64.and(i64.countTrailingZeros(others.value), i64.of(-8n)))
]

/** The number that the digits are, of which there are 1 to 8. */
const valueOfDigits = ({ digits, width }: Scope): ReadonlyArray<Code> => [
  // The first digit is the least significant byte: those that are missing become zeros before it.
  digits.set(i64.shiftLeft(digits.value, i64.sub(i64.of(64n), width.value))),
  ...(
    [
      [10n, 8n, 0x00ff00ff00ff00ffn],
      [100n, 16n, 0x0000ffff0000ffffn],
      [10_000n, 32n, 0x00000000ffffffffn]
    ] as const
  ).map(([times, by, mask]) =>
    digits.set(
      i64.and(i64.add(i64.mul(digits.value, i64.of(times)), i64.shiftRight(digits.value, i64.of(by))), i64.of(mask))
    )
  )
]

/** How many bytes such digits are. */
const bytesOf = (width: Variable): Code => i32.low(i64.shiftRight(width.value, i64.of(3n)))
/** Ten to the power of how many such digits there are. */
const power = (width: Variable): Code => i64.load(i32.low(width.value), POWERS)

/** Takes a number with a fraction, whose point lies ahead, as far as that is exact; `written`: it is not. */
const decimals = (scope: Scope, written: Label): ReadonlyArray<Code> => {
  const { ahead, byte, cell, digits, fraction, isNegative, number, place, width } = scope
  const digitCount = i32.add(i32.sub(i32.sub(ahead.value, place.value), isNegative.value), bytesOf(width))
  return [
    ...loadDigits(scope, i32.add(ahead.value, i32.of(1))),
    jump(written, i64.isZero(width.value)),
    jump(written, i64.eq(width.value, i64.of(64n))),
    jump(written, i32.more(digitCount, i32.of(DIGITS_MAX))),
    byte.set(i32.load8(i32.add(ahead.value, bytesOf(width)), 1)),
    jump(written, isNumeric(byte)),
    number.set(i64.mul(number.value, power(width))),
    fraction.set(f64.fromInteger(power(width))),
    advance(ahead, i32.add(bytesOf(width), i32.of(1))),
    ...valueOfDigits(scope),
    // Both are exact, and so is what their division is rounded to.
    fraction.set(f64.div(f64.fromInteger(i64.add(number.value, digits.value)), fraction.value)),
    keep(scope, Kind.real),
    f64.store(cell.value, select(f64.negated(fraction.value), fraction.value, isNegative.value))
  ]
}

/** Whether a byte may go on a number. */
const isNumeric = (byte: Variable): Code =>
  i32.or(
    i32.or(is(byte, POINT), i32.eq(i32.or(byte.value, i32.of(32)), i32.of(E))),
    i32.or(i32.or(is(byte, PLUS), is(byte, MINUS)), i32.less(i32.sub(byte.value, i32.of(ZERO)), i32.of(10)))
  )

/** Passes a number that others have to read. */
const written = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, byte, place } = scope
  return [
    byte.set(byteOf(ahead)),
    during(isNumeric(byte), [advance(ahead, 1), byte.set(byteOf(ahead))]),
    keep(scope, Kind.written),
    flag(scope),
    keepSpan(scope, place.value, ahead.value),
    place.set(ahead.value)
  ]
}

/** Takes a number with a point or an exponent. */
const real = (scope: Scope): ReadonlyArray<Code> => [
  block((done) => [
    block((toOthers) => [
      jump(toOthers, i32.ne(scope.byte.value, i32.of(POINT))),
      ...decimals(scope, toOthers),
      scope.place.set(scope.ahead.value),
      jump(done)
    ]),
    ...written(scope)
  ])
]

/** Takes an integer, whose end lies ahead. Of too many digits, with a zero before others, or zero with a sign: for the engine. */
const integer = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, byte, cell, isNegative, number, other, place } = scope
  const first = i32.load8(i32.add(place.value, isNegative.value))
  const count = i32.sub(i32.sub(ahead.value, place.value), isNegative.value)
  return [
    jump(other, i32.and(i32.eq(first, i32.of(ZERO)), i32.more(count, i32.of(1)))),
    byte.set(byteOf(ahead)),
    when(isNumeric(byte), real(scope), [
      jump(other, i32.or(i32.more(count, i32.of(INTEGER_DIGITS_MAX)), i64.lessSigned(number.value, i64.of(0n)))),
      jump(other, i32.and(isNegative.value, i64.isZero(number.value))),
      keep(scope, Kind.integer),
      i64.store(cell.value, select(i64.sub(i64.of(0n), number.value), number.value, isNegative.value)),
      place.set(ahead.value)
    ])
  ]
}

/** Takes digits of a number after the eighth. */
const moreDigits = (scope: Scope): Code => {
  const { ahead, byte, digits, number, width } = scope
  return loop((again) => [
    ...loadDigits(scope, ahead.value),
    when(i64.isSome(width.value), [
      number.set(i64.mul(number.value, power(width))),
      advance(ahead, bytesOf(width)),
      byte.set(i32.low(width.value)),
      ...valueOfDigits(scope),
      number.set(i64.add(number.value, digits.value)),
      jump(again, i32.eq(byte.value, i32.of(64)))
    ])
  ])
}

/** Takes a number; where there is no digit, does what is to be done without. */
export const number = (scope: Scope, without: ReadonlyArray<Code>): ReadonlyArray<Code> => {
  const { ahead, byte, digits, isNegative, number: sum, place, width } = scope
  return [
    isNegative.set(is(byte, MINUS)),
    ahead.set(i32.add(place.value, isNegative.value)),
    ...loadDigits(scope, ahead.value),
    when(
      i64.isZero(width.value),
      [jump(scope.other, isNegative.value), ...without],
      [
        advance(ahead, bytesOf(width)),
        byte.set(i32.low(width.value)),
        ...valueOfDigits(scope),
        sum.set(digits.value),
        when(i32.eq(byte.value, i32.of(64)), [moreDigits(scope)]),
        ...integer(scope)
      ]
    )
  ]
}
