/**
 * The functions about all values of a column.
 */
import {
  advance,
  during,
  f64,
  give,
  i32,
  i64,
  KernelFunction,
  select,
  Type,
  v128,
  when
} from "../../../bao/wasm/expression.ts"
import { Kind } from "./layout.ts"

/** Counts which of the `count` kinds at `kinds` are one kind; what lies behind them, up to 15 bytes, is none. */
export const countKind = (): KernelFunction =>
  new KernelFunction(3, ([kinds, count, kind], local) => {
    const [end, found] = [local(Type.i32), local(Type.i32)]
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      during(i32.less(kinds!.value, end.value), [
        advance(found, i32.countOnes(v128.bits(v128.eq(v128.load(kinds!.value), v128.splat(kind!.value))))),
        advance(kinds!, 16)
      ]),
      give(found.value)
    ]
  })

/** Moves the cells of rows that have a value together; gives how many these are. */
export const gather = (): KernelFunction =>
  new KernelFunction(3, ([kinds, cells, count], local) => {
    const [end, from, to, kind] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const isThere = i32.and(i32.ne(kind.value, i32.of(Kind.none)), i32.ne(kind.value, i32.of(Kind.null)))
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      from.set(cells!.value),
      to.set(cells!.value),
      during(i32.less(kinds!.value, end.value), [
        kind.set(i32.load8(kinds!.value)),
        // Written whether it is there or not: the next one is written over it.
        i64.store(to.value, i64.load(from.value)),
        advance(to, select(i32.of(8), i32.of(0), isThere)),
        advance(from, 8),
        advance(kinds!, 1)
      ]),
      give(i32.shiftRight(i32.sub(to.value, cells!.value), i32.of(3)))
    ]
  })

/** Makes floating point numbers of integers among them. */
export const toReals = (): KernelFunction =>
  new KernelFunction(3, ([kinds, cells, count], local) => {
    const end = local(Type.i32)
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      during(i32.less(kinds!.value, end.value), [
        when(i32.eq(i32.load8(kinds!.value), i32.of(Kind.integer)), [
          f64.store(cells!.value, f64.fromInteger(i64.load(cells!.value)))
        ]),
        advance(cells!, 8),
        advance(kinds!, 1)
      ]),
      give(end.value)
    ]
  })
