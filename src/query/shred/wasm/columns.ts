/**
 * The functions about all values of a column.
 */
import {
  advance,
  type Code,
  during,
  f64,
  give,
  i32,
  i64,
  KernelFunction,
  Type,
  type Variable,
  v128,
  when
} from "../../../bao/wasm/expression.ts"
import { Kind, PLACES } from "./layout.ts"

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

/** A bit for each of the 16 kinds at an address: whether there is a value. */
const areThere = (kinds: Variable): Code => {
  const isKind = (kind: number): Code => v128.eq(v128.load(kinds.value), v128.ofBytes(kind))
  return i32.xor(v128.bits(v128.or(isKind(Kind.none), isKind(Kind.null))), i32.of(0xffff))
}

/** Moves the cells of rows that have a value together; gives how many these are. What lies behind the `count` kinds, up to 15 bytes, is none. */
export const gather = (): KernelFunction =>
  new KernelFunction(3, ([kinds, cells, count], local) => {
    const [end, from, to, bits] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const first = i32.add(from.value, i32.shiftLeft(i32.countTrailingZeros(bits.value), i32.of(3)))
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      from.set(cells!.value),
      to.set(cells!.value),
      during(i32.less(kinds!.value, end.value), [
        bits.set(areThere(kinds!)),
        during(bits.value, [
          i64.store(to.value, i64.load(first)),
          advance(to, 8),
          bits.set(i32.and(bits.value, i32.sub(bits.value, i32.of(1))))
        ]),
        advance(from, 8 * 16),
        advance(kinds!, 16)
      ]),
      give(i32.shiftRight(i32.sub(to.value, cells!.value), i32.of(3)))
    ]
  })

/** Writes a bit for each of the `count` kinds, whether there is a value; gives the end of what was written. Behind the kinds is none, as above. */
export const levels = (): KernelFunction =>
  new KernelFunction(3, ([kinds, count, out], local) => {
    const [end, to] = [local(Type.i32), local(Type.i32)]
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      to.set(out!.value),
      during(i32.less(kinds!.value, end.value), [
        i32.store16(to.value, areThere(kinds!)),
        advance(to, 2),
        advance(kinds!, 16)
      ]),
      give(i32.add(out!.value, i32.shiftRight(i32.add(count!.value, i32.of(7)), i32.of(3))))
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

/** Changes bytes, 16 at once, by others, of which there are `count` at the first address; `change` gives what they become. */
const changed = (
  parameterCount: number,
  change: (from: Code, to: Code, parameter: Variable | undefined) => Code
): KernelFunction =>
  new KernelFunction(parameterCount, ([from, count, to, parameter], local) => {
    const end = local(Type.i32)
    return [
      end.set(i32.add(from!.value, count!.value)),
      during(i32.less(from!.value, end.value), [
        v128.store(to!.value, change(v128.load(from!.value), v128.load(to!.value), parameter)),
        advance(to!, 16),
        advance(from!, 16)
      ]),
      give(end.value)
    ]
  })

/** Sets, of `count` bytes that are 0 or 1, those of rows that have a key, whatever its value. What lies behind the kinds, up to 15 bytes, is none. */
export const mark = (): KernelFunction =>
  changed(3, (kinds, marks) => {
    // Of 255, which says no, comes 0.
    const isPresent = v128.addBytes(v128.eq(kinds, v128.ofBytes(Kind.none)), v128.ofBytes(1))
    return v128.or(marks, isPresent)
  })

/** Sets, as `mark` does, those of rows that have a value of one kind. */
export const markKind = (): KernelFunction =>
  changed(4, (kinds, marks, kind) => v128.or(marks, v128.and(v128.eq(kinds, v128.splat(kind!.value)), v128.ofBytes(1))))

/** Adds `count` bytes to others. */
export const deepen = (): KernelFunction => changed(3, (from, to) => v128.addBytes(to, from))

/** Writes to `PLACES` how deep each of `count` rows goes: as deep as its object, and one further where there is a value. */
export const depths = (): KernelFunction =>
  new KernelFunction(3, ([kinds, count, objects], local) => {
    const [end, places, kind] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const isKind = (other: number): Code => i32.eq(kind.value, i32.of(other))
    const isThere = i32.isZero(i32.or(isKind(Kind.none), isKind(Kind.null)))
    return [
      end.set(i32.add(kinds!.value, count!.value)),
      places.set(i32.of(PLACES)),
      during(i32.less(kinds!.value, end.value), [
        kind.set(i32.load8(kinds!.value)),
        i32.store16(places.value, i32.add(i32.load8(objects!.value), isThere)),
        advance(places, 2),
        advance(objects!, 1),
        advance(kinds!, 1)
      ]),
      give(end.value)
    ]
  })
