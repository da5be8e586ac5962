/**
 * The function that reads texts as UUIDs: 32 hexadecimal digits, and dashes between.
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
  Type,
  v128
} from "../../../bao/wasm/expression.ts"
import { DIFFERENCES } from "./layout.ts"

/** Bytes of the text of a UUID. */
export const UUID_TEXT_BYTES = 36
/** Bytes of a UUID. */
export const UUID_BYTES = 16

const DASH = 45

/** Where digits are copied together from: each time 8 bytes, of which as many count as lie before the next. */
const DIGITS_FROM = [
  [0, 0],
  [9, 8],
  [14, 12],
  [19, 16],
  [24, 20],
  [28, 24]
] as const

/** Reads the `count` texts at `cells`, writes 16 bytes of each to `out`, and gives how many came before the first one that is no UUID. */
export const uuids = (): KernelFunction =>
  new KernelFunction(3, ([cells, count, out], local) => {
    const [start, index, half] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const [text, letters, digits] = [local(Type.v128), local(Type.v128), local(Type.v128)]
    const isDash = (at: number): Code => i32.eq(i32.load8(start.value, at), i32.of(DASH))
    return [
      block((wrong) => {
        // Letters in one case are 0x61 to 0x66: 6 of them begin where ten digits did, 0x27 earlier.
        const halves = [0, 16].flatMap((from) => [
          text.set(v128.load(i32.of(DIFFERENCES), from)),
          digits.set(v128.subBytes(text.value, v128.ofBytes(0x30))),
          letters.set(v128.subBytes(v128.or(text.value, v128.ofBytes(0x20)), v128.ofBytes(0x61))),
          jump(
            wrong,
            i32.isZero(
              v128.isAllTrue(
                v128.or(v128.less(digits.value, v128.ofBytes(10)), v128.less(letters.value, v128.ofBytes(6)))
              )
            )
          ),
          digits.set(
            v128.choose(
              digits.value,
              v128.addBytes(letters.value, v128.ofBytes(10)),
              v128.less(digits.value, v128.ofBytes(10))
            )
          ),
          // The first digit of two is in the lower byte of 16 bits.
          digits.set(
            v128.and(
              v128.or(v128.shiftLeft16(digits.value, i32.of(4)), v128.shiftRight16(digits.value, i32.of(8))),
              v128.of16(0xff)
            )
          ),
          i64.store(out!.value, v128.lowHalf(v128.narrow(digits.value, digits.value)), from / 2)
        ])
        return [
          during(i32.less(index.value, count!.value), [
            start.set(i32.load(cells!.value)),
            half.set(i32.sub(i32.load(cells!.value, 4), start.value)),
            jump(wrong, i32.ne(half.value, i32.of(UUID_TEXT_BYTES))),
            jump(wrong, i32.isZero(i32.and(i32.and(isDash(8), isDash(13)), i32.and(isDash(18), isDash(23))))),
            ...DIGITS_FROM.map(([from, to]) => i64.store(i32.of(DIFFERENCES), i64.load(start.value, from), to)),
            ...halves,
            advance(out!, UUID_BYTES),
            advance(cells!, 8),
            advance(index, 1)
          ])
        ]
      }),
      give(index.value)
    ]
  })
