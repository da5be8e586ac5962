/**
 * The function that packs whole numbers as Parquet does: differences of neighbours, in as many bits as they need (encoding DELTA_BINARY_PACKED, of
 * apache/parquet-format, Encodings.md).
 */
import {
  advance,
  type Code,
  during,
  give,
  i32,
  i64,
  jump,
  KernelFunction,
  loop,
  select,
  Type,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { BLOCK, DIFFERENCES, STATE, State } from "./layout.ts"

/** Differences that are of one width. */
const PART = 32
const PARTS = BLOCK / PART

/** Writes a number seven bits to a byte, the least significant first. */
const writeVarint = (number: Variable, out: Variable): ReadonlyArray<Code> => [
  during(i64.more(number.value, i64.of(127n)), [
    i32.store8(out.value, i32.or(i32.low(number.value), i32.of(128))),
    number.set(i64.shiftRight(number.value, i64.of(7n))),
    advance(out, 1)
  ]),
  i32.store8(out.value, i32.low(number.value)),
  advance(out, 1)
]

/** Signed numbers as such without a sign: small ones stay small. */
const zigzag = (number: Variable): Code =>
  number.set(i64.xor(i64.shiftLeft(number.value, i64.of(1n)), i64.shiftRightSigned(number.value, i64.of(63n))))

const smaller = (left: Variable, right: Variable): Code =>
  left.set(select(left.value, right.value, i64.lessSigned(left.value, right.value)))
const larger = (left: Variable, right: Variable): Code =>
  left.set(select(left.value, right.value, i64.moreSigned(left.value, right.value)))

/** Repeats for 8 bytes after 8 bytes, from one address to another. */
const forEach = (address: Variable, from: Code, to: Variable, body: ReadonlyArray<Code>): ReadonlyArray<Code> => [
  address.set(from),
  during(i32.less(address.value, to.value), [...body, advance(address, 8)])
]

/** What the parts of the function share. */
interface Scope {
  readonly out: Variable
  readonly at: Variable
  readonly blockEnd: Variable
  readonly from: Variable
  readonly to: Variable
  readonly widths: Variable
  readonly before: Variable
  readonly value: Variable
  readonly difference: Variable
  readonly base: Variable
  readonly least: Variable
  readonly greatest: Variable
  readonly bits: Variable
  readonly width: Variable
  readonly held: Variable
  readonly taken: Variable
}

const DIFFERENCES_END = DIFFERENCES + 8 * BLOCK

/** Makes the differences of a block, and finds the least of them. */
const differences = (scope: Scope): ReadonlyArray<Code> => {
  const { at, base, before, blockEnd, difference, greatest, least, to, value } = scope
  return [
    base.set(i64.of(2n ** 63n - 1n)),
    to.set(i32.of(DIFFERENCES)),
    ...forEach(at, at.value, blockEnd, [
      value.set(i64.load(at.value)),
      difference.set(i64.sub(value.value, before.value)),
      i64.store(to.value, difference.value),
      advance(to, 8),
      smaller(base, difference),
      smaller(least, value),
      larger(greatest, value),
      before.set(value.value)
    ]),
    // What is missing is written as the least: it takes no bits.
    during(i32.less(to.value, i32.of(DIFFERENCES_END)), [i64.store(to.value, base.value), advance(to, 8)])
  ]
}

/** Writes the differences from one address to another, less the least, in as many bits as are set. */
const packed = ({ at, bits, difference, from, held, out, taken, to, width }: Scope): ReadonlyArray<Code> => [
  width.set(i64.sub(i64.of(64n), i64.countLeadingZeros(bits.value))),
  held.set(i64.of(0n)),
  taken.set(i64.of(0n)),
  when(i64.isSome(width.value), [
    ...forEach(at, from.value, to, [
      difference.set(i64.load(at.value)),
      held.set(i64.or(held.value, i64.shiftLeft(difference.value, taken.value))),
      taken.set(i64.add(taken.value, width.value)),
      when(i64.more(taken.value, i64.of(63n)), [
        i64.store(out.value, held.value),
        advance(out, 8),
        taken.set(i64.sub(taken.value, i64.of(64n))),
        // Shifts count modulo 64: where nothing is left, nothing is taken.
        held.set(
          select(
            i64.of(0n),
            i64.shiftRight(difference.value, i64.sub(width.value, taken.value)),
            i64.isZero(taken.value)
          )
        )
      ])
    ]),
    // 32 values end with a byte.
    i64.store(out.value, held.value),
    advance(out, i32.low(i64.shiftRight(taken.value, i64.of(3n))))
  ])
]

/** Writes a part of the block. */
const part = (scope: Scope): ReadonlyArray<Code> => {
  const { at, base, bits, difference, from, to, width, widths } = scope
  return [
    to.set(i32.add(from.value, i32.of(8 * PART))),
    bits.set(i64.of(0n)),
    ...forEach(at, from.value, to, [
      difference.set(i64.sub(i64.load(at.value), base.value)),
      i64.store(at.value, difference.value),
      bits.set(i64.or(bits.value, difference.value))
    ]),
    ...packed(scope),
    i32.store8(widths.value, i32.low(width.value)),
    advance(widths, 1),
    from.set(to.value)
  ]
}

/**
 * Packs the `count` numbers of 64 bits at `cells`, at least one, to `out`; gives the end of what was written. The state tells the least and the greatest.
 */
export const pack = (): KernelFunction =>
  new KernelFunction(3, ([cells, count, out], local) => {
    const [end, next, number] = [local(Type.i32), local(Type.i32), local(Type.i64)]
    const places = { at: local(Type.i32), blockEnd: local(Type.i32), from: local(Type.i32), to: local(Type.i32) }
    const values = { before: local(Type.i64), value: local(Type.i64), difference: local(Type.i64) }
    const extremes = { base: local(Type.i64), least: local(Type.i64), greatest: local(Type.i64) }
    const packing = { bits: local(Type.i64), width: local(Type.i64), held: local(Type.i64), taken: local(Type.i64) }
    const scope: Scope = { out: out!, widths: local(Type.i32), ...places, ...values, ...extremes, ...packing }
    const { at, base, before, blockEnd, from, greatest, least, widths } = scope
    return [
      end.set(i32.add(cells!.value, i32.shiftLeft(count!.value, i32.of(3)))),
      ...[BLOCK, PARTS].flatMap((size) => [number.set(i64.of(BigInt(size))), ...writeVarint(number, out!)]),
      number.set(i64.widened(count!.value)),
      ...writeVarint(number, out!),
      before.set(i64.load(cells!.value)),
      number.set(before.value),
      zigzag(number),
      ...writeVarint(number, out!),
      least.set(before.value),
      greatest.set(before.value),
      next.set(i32.add(cells!.value, i32.of(8))),
      during(i32.less(next.value, end.value), [
        at.set(next.value),
        advance(next, 8 * BLOCK),
        blockEnd.set(select(next.value, end.value, i32.less(next.value, end.value))),
        ...differences(scope),
        number.set(base.value),
        zigzag(number),
        ...writeVarint(number, out!),
        widths.set(out!.value),
        advance(out!, PARTS),
        from.set(i32.of(DIFFERENCES)),
        loop((again) => [...part(scope), jump(again, i32.less(from.value, i32.of(DIFFERENCES_END)))])
      ]),
      i64.store(i32.of(STATE), least.value, State.least),
      i64.store(i32.of(STATE), greatest.value, State.greatest),
      give(out!.value)
    ]
  })
