/**
 * The function that reads texts which were written with escapes.
 */
import {
  advance,
  block,
  during,
  give,
  i32,
  i64,
  jump,
  KernelFunction,
  loop,
  select,
  Type,
  v128,
  when
} from "../../../bao/wasm/expression.ts"
import { ESCAPED, Kind } from "./layout.ts"

const BACKSLASH = 92
const VECTOR_BYTES = 16

/**
 * Reads the texts with escapes among the `count` values whose kinds and cells begin at addresses, and writes them to `room`, one behind the other; gives the end of
 * what was written. What is escaped by a number, or in no known way, is left.
 */
export const unescape = (): KernelFunction =>
  new KernelFunction(4, ([kinds, cells, count, room], local) => {
    const [lastKind, from, end, to] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const [plain, byte, text] = [local(Type.i32), local(Type.i32), local(Type.v128)]
    const backslashes = v128.bits(v128.eq(text.value, v128.ofBytes(BACKSLASH)))
    const left = i32.sub(end.value, from.value)
    return [
      lastKind.set(i32.add(kinds!.value, count!.value)),
      during(i32.less(kinds!.value, lastKind.value), [
        block((next) => [
          jump(next, i32.ne(i32.load8(kinds!.value), i32.of(Kind.escaped))),
          from.set(i32.load(cells!.value)),
          end.set(i32.load(cells!.value, 4)),
          to.set(room!.value),
          loop((again) => [
            text.set(v128.load(from.value)),
            // What is written too much is written over.
            v128.store(to.value, text.value),
            plain.set(i32.countTrailingZeros(i32.or(backslashes, i32.of(1 << VECTOR_BYTES)))),
            plain.set(select(plain.value, left, i32.less(plain.value, left))),
            advance(from, plain.value),
            advance(to, plain.value),
            when(i32.less(from.value, end.value), [
              when(i32.less(plain.value, i32.of(VECTOR_BYTES)), [
                byte.set(i32.load8(i32.load8(from.value, 1), ESCAPED)),
                jump(next, i32.isZero(byte.value)),
                i32.store8(to.value, byte.value),
                advance(from, 2),
                advance(to, 1)
              ]),
              jump(again)
            ])
          ]),
          i64.store(cells!.value, i64.or(i64.widened(room!.value), i64.shiftLeft(i64.widened(to.value), i64.of(32n)))),
          i32.store8(kinds!.value, i32.of(Kind.text)),
          room!.set(to.value)
        ]),
        advance(kinds!, 1),
        advance(cells!, 8)
      ]),
      give(room!.value)
    ]
  })
