/**
 * Values of JSON as the kernel reads them: strings, numbers, truth and `null`. What is beyond doubt is taken, the rest is left to others.
 */
import { advance, type Code, i32, jump, loop, v128, when } from "../../../bao/wasm/expression.ts"
import { Kind } from "./layout.ts"
import { number } from "./numbers.ts"
import { byteOf, flag, is, keep, keepSpan, type Scope } from "./scope.ts"

const QUOTE = 34
const BACKSLASH = 92
const E = 101
/** `true`, `fals` and `null` as words, the least significant byte first. */
const TRUE = 0x65757274
const FALS = 0x736c6166
const NULL = 0x6c6c756e
/** `{}`, likewise. */
const EMPTY = 0x7d7b

/** Takes a string; what it is where something in it is escaped is left to others. */
const string = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, bits, byte, isEscaped, other, place, text } = scope
  // A quote, a backslash or a control character.
  const special = v128.or(
    v128.or(v128.eq(text.value, v128.ofBytes(QUOTE)), v128.eq(text.value, v128.ofBytes(BACKSLASH))),
    v128.less(text.value, v128.ofBytes(32))
  )
  return [
    advance(place, 1),
    ahead.set(place.value),
    isEscaped.set(i32.of(0)),
    loop((again) => [
      text.set(v128.load(ahead.value)),
      bits.set(v128.bits(special)),
      when(i32.isZero(bits.value), [advance(ahead, 16), jump(again)]),
      advance(ahead, i32.countTrailingZeros(bits.value)),
      byte.set(byteOf(ahead)),
      when(is(byte, BACKSLASH), [isEscaped.set(i32.of(1)), advance(ahead, 2), jump(again)])
    ]),
    jump(other, i32.ne(byte.value, i32.of(QUOTE))),
    keep(scope, Kind.text),
    when(isEscaped.value, [keep(scope, Kind.escaped), flag(scope)]),
    keepSpan(scope, place.value, ahead.value),
    place.set(i32.add(ahead.value, i32.of(1)))
  ]
}

/** Takes `true`, `false`, `null` or `{}`; 32 bits of it are in `bits`. */
const word = (scope: Scope): ReadonlyArray<Code> => {
  const { bits, other, place } = scope
  const isWord = (code: number): Code => i32.eq(bits.value, i32.of(code))
  return [
    bits.set(i32.load(place.value)),
    when(
      isWord(NULL),
      [keep(scope, Kind.null), advance(place, 4)],
      [
        when(
          isWord(TRUE),
          [keep(scope, Kind.true), advance(place, 4)],
          [
            when(
              i32.eq(i32.and(bits.value, i32.of(0xffff)), i32.of(EMPTY)),
              [keep(scope, Kind.empty), flag(scope), advance(place, 2)],
              [
                jump(other, i32.isZero(isWord(FALS))),
                jump(other, i32.ne(i32.load8(place.value, 4), i32.of(E))),
                keep(scope, Kind.false),
                advance(place, 5)
              ]
            )
          ]
        )
      ]
    )
  ]
}

/** Takes the value at a place. */
export const value = (scope: Scope): Code => when(is(scope.byte, QUOTE), string(scope), number(scope, word(scope)))
