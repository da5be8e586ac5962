/**
 * The functions about texts: which are the same, and all of them one behind the other.
 *
 * A text is given by a cell: where it begins, and where it ends.
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
  loop,
  Type,
  v128,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { DICTIONARY, DICTIONARY_MAX, PLACES, TABLE, TABLE_PLACES } from "./layout.ts"

/** After so many texts it is clear whether they repeat. */
const PROBE = 4096

/** An odd number whose bits are mixed: 2^64 divided by the golden ratio. */
const MIX = 0x9e3779b97f4a7c15n

/** The first bytes of 8 that are none of the text, when so many bits are. */
const withoutFirst = (word: Code, bits: Code): Code => i64.shiftLeft(word, bits)

/** A place and a length. */
interface Span {
  readonly start: Variable
  readonly length: Variable
}

/** Sets `hash` to what the bytes of a text come to. */
const hashOf = ({ length, start }: Span, at: Variable, end: Variable, hash: Variable): ReadonlyArray<Code> => {
  const add = (word: Code): Code => hash.set(i64.mul(i64.xor(hash.value, word), i64.of(MIX)))
  const rest = i64.widened(i32.shiftLeft(i32.sub(end.value, at.value), i32.of(3)))
  return [
    hash.set(i64.widened(length.value)),
    at.set(start.value),
    end.set(i32.add(start.value, length.value)),
    during(i32.less(i32.add(at.value, i32.of(7)), end.value), [
      add(i64.load(at.value)),
      hash.set(i64.xor(hash.value, i64.shiftRight(hash.value, i64.of(29n)))),
      advance(at, 8)
    ]),
    when(i32.less(at.value, end.value), [add(withoutFirst(i64.load(at.value), i64.sub(i64.of(64n), rest)))]),
    hash.set(i64.xor(hash.value, i64.shiftRight(hash.value, i64.of(32n))))
  ]
}

/** Sets `isSame` to whether two texts of one length have the same bytes. */
const compare = (
  left: Code,
  right: Code,
  length: Variable,
  scratch: { readonly at: Variable; readonly isSame: Variable }
): ReadonlyArray<Code> => {
  const { at, isSame } = scratch
  const wordOf = (start: Code): Code => i64.load(i32.add(start, at.value))
  const rest = i64.widened(i32.shiftLeft(i32.sub(length.value, at.value), i32.of(3)))
  return [
    at.set(i32.of(0)),
    isSame.set(i32.of(0)),
    block((done) => [
      during(i32.less(i32.add(at.value, i32.of(7)), length.value), [
        jump(done, i64.ne(wordOf(left), wordOf(right))),
        advance(at, 8)
      ]),
      when(i32.less(at.value, length.value), [
        jump(
          done,
          i32.isZero(i64.isZero(withoutFirst(i64.xor(wordOf(left), wordOf(right)), i64.sub(i64.of(64n), rest))))
        )
      ]),
      isSame.set(i32.of(1))
    ])
  ]
}

/**
 * Finds the number of each of the `count` texts at `cells` among the different ones, in the order in which these came first, whose cells become the
 * dictionary. Gives how many are different; 0: too many for a dictionary to pay.
 */
export const findPlaces = (): KernelFunction =>
  new KernelFunction(2, ([cells, count], local) => {
    const [at, end, start, length] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const [index, isSame, slot, number] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const [known, different, places, byte] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const hash = local(Type.i64)
    const scratch = { at: byte, isSame }
    /** Compares with the text `number - 1` of the dictionary, and goes to the end where it is the same. */
    const same = (body: ReadonlyArray<Code>): ReadonlyArray<Code> => [
      known.set(i32.add(i32.of(DICTIONARY - 8), i32.shiftLeft(number.value, i32.of(3)))),
      when(i32.eq(i32.sub(i32.load(known.value, 4), i32.load(known.value)), length.value), [
        ...compare(start.value, i32.load(known.value), length, scratch),
        when(isSame.value, body)
      ])
    ]
    const repeats = i32.and(
      i32.more(index.value, i32.of(PROBE)),
      i32.more(i32.shiftLeft(different.value, i32.of(1)), index.value)
    )
    return [
      // The bytes of the table become zero.
      at.set(i32.of(TABLE)),
      during(i32.less(at.value, i32.of(TABLE + 4 * TABLE_PLACES)), [i64.store(at.value, i64.of(0n)), advance(at, 8)]),
      places.set(i32.of(PLACES)),
      during(i32.less(index.value, count!.value), [
        start.set(i32.load(cells!.value)),
        length.set(i32.sub(i32.load(cells!.value, 4), start.value)),
        block((found) => [
          // Mostly a text is the one before.
          when(number.value, same([jump(found)])),
          ...hashOf({ start, length }, at, end, hash),
          slot.set(i32.low(hash.value)),
          block((free) => [
            loop((again) => [
              slot.set(i32.and(slot.value, i32.of(TABLE_PLACES - 1))),
              number.set(i32.load(i32.shiftLeft(slot.value, i32.of(2)), TABLE)),
              jump(free, i32.isZero(number.value)),
              ...same([jump(found)]),
              advance(slot, 1),
              jump(again)
            ])
          ]),
          when(i32.or(i32.eq(different.value, i32.of(DICTIONARY_MAX)), repeats), [give(i32.of(0))]),
          i64.store(i32.shiftLeft(different.value, i32.of(3)), i64.load(cells!.value), DICTIONARY),
          advance(different, 1),
          number.set(different.value),
          i32.store(i32.shiftLeft(slot.value, i32.of(2)), number.value, TABLE)
        ]),
        i32.store16(places.value, i32.sub(number.value, i32.of(1))),
        advance(places, 2),
        advance(cells!, 8),
        advance(index, 1)
      ]),
      when(i32.more(i32.shiftLeft(different.value, i32.of(1)), count!.value), [give(i32.of(0))]),
      give(different.value)
    ]
  })

/** Packs the first `count` numbers of texts in the dictionary in `width` bits each to `out`; gives the end of what was written. */
export const packPlaces = (): KernelFunction =>
  new KernelFunction(3, ([count, width, out], local) => {
    const [at, end, taken] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const held = local(Type.i64)
    return [
      at.set(i32.of(PLACES)),
      end.set(i32.add(at.value, i32.shiftLeft(count!.value, i32.of(1)))),
      during(i32.less(at.value, end.value), [
        held.set(i64.or(held.value, i64.shiftLeft(i64.widened(i32.load16(at.value)), i64.widened(taken.value)))),
        advance(taken, width!.value),
        advance(at, 2),
        when(i32.more(taken.value, i32.of(31)), [
          i64.store(out!.value, held.value),
          advance(out!, 4),
          held.set(i64.shiftRight(held.value, i64.of(32n))),
          advance(taken, -32)
        ])
      ]),
      // Eight values end with a byte.
      i64.store(out!.value, held.value),
      give(i32.add(out!.value, i32.shiftRight(taken.value, i32.of(3))))
    ]
  })

/** Writes the `count` texts at `cells` one behind the other to `out`, and their lengths into the cells; gives the end of what was written. */
export const copyTexts = (): KernelFunction =>
  new KernelFunction(3, ([cells, count, out], local) => {
    const [end, from, to] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    return [
      end.set(i32.add(cells!.value, i32.shiftLeft(count!.value, i32.of(3)))),
      during(i32.less(cells!.value, end.value), [
        from.set(i32.load(cells!.value)),
        to.set(i32.load(cells!.value, 4)),
        i64.store(cells!.value, i64.widened(i32.sub(to.value, from.value))),
        // What is written too much is written over by the next one.
        during(i32.less(from.value, to.value), [
          v128.store(out!.value, v128.load(from.value)),
          advance(from, 16),
          advance(out!, 16)
        ]),
        advance(out!, i32.sub(to.value, from.value)),
        advance(cells!, 8)
      ]),
      give(out!.value)
    ]
  })
