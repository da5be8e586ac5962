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
  type Label,
  KernelFunction,
  loop,
  Type,
  v128,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { askAhead } from "./ahead.ts"
import { DICTIONARY, DICTIONARY_MAX, MASKS, PLACES, STATE, State, TABLE, TABLE_PLACES, VECTORS } from "./layout.ts"

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
    when(i32.less(at.value, end.value), [add(withoutFirst(i64.load(at.value), i64.sub(i64.of(64n), rest)))])
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

/** What the parts of the search for a text share. */
interface Search extends Span {
  readonly at: Variable
  readonly end: Variable
  readonly hash: Variable
  readonly slot: Variable
  readonly number: Variable
  readonly known: Variable
  readonly isSame: Variable
  readonly vector: Variable
}

/** Where what is known of the text `number - 1` of the dictionary is, of which each has so many bytes. */
const entryOf = ({ number }: Search, start: number, sizeBytes: number): Code =>
  i32.add(i32.of(start - sizeBytes), i32.mul(number.value, i32.of(sizeBytes)))

/** Goes through the places of the table from that of the hash on: to `free` with the first that is free, to `found` where `same` goes there. */
const probe = ({ hash, number, slot }: Search, free: Label, same: ReadonlyArray<Code>): ReadonlyArray<Code> => [
  slot.set(i32.low(i64.xor(hash.value, i64.shiftRight(hash.value, i64.of(32n))))),
  loop((again) => [
    slot.set(i32.and(slot.value, i32.of(TABLE_PLACES - 1))),
    number.set(i32.load(i32.shiftLeft(slot.value, i32.of(2)), TABLE)),
    jump(free, i32.isZero(number.value)),
    ...same,
    advance(slot, 1),
    jump(again)
  ])
]

const isOfLength = (search: Search): Code =>
  i32.eq(i32.sub(i32.load(search.known.value, 4), i32.load(search.known.value)), search.length.value)

/** Another odd number whose bits are mixed. */
const MIX_TOO = 0xc2b2ae3d27d4eb4fn

/** What no text of at most a vector is: a zero, and something behind it. */
const LONG = v128.of16(0xff00)

/** Searches a text of at most a vector. Bytes behind it become zero, which no text holds: vectors that are the same are the same texts. */
const searchShort = (search: Search, free: Label, found: Label): ReadonlyArray<Code> => {
  const { hash, length, start, vector } = search
  return [
    vector.set(v128.and(v128.load(start.value), v128.load(i32.shiftLeft(length.value, i32.of(4)), MASKS))),
    hash.set(
      i64.xor(i64.mul(v128.lowHalf(vector.value), i64.of(MIX)), i64.mul(v128.highHalf(vector.value), i64.of(MIX_TOO)))
    ),
    ...probe(search, free, [
      jump(found, i32.isZero(v128.isAnyTrue(v128.xor(vector.value, v128.load(entryOf(search, VECTORS, 16))))))
    ])
  ]
}

const searchLong = (search: Search, free: Label, found: Label): ReadonlyArray<Code> => {
  const { at, end, hash, isSame, known, length, start, vector } = search
  return [
    vector.set(LONG),
    ...hashOf({ start, length }, at, end, hash),
    ...probe(search, free, [
      known.set(entryOf(search, DICTIONARY, 8)),
      when(isOfLength(search), [
        ...compare(start.value, i32.load(known.value), length, { at, isSame }),
        jump(found, isSame.value)
      ])
    ])
  ]
}

/**
 * Finds the number of each of the `count` texts at `cells` among the different ones, in the order in which these came first, whose cells become the
 * dictionary. Gives how many are different; 0: too many for a dictionary to pay.
 */
export const findPlaces = (): KernelFunction =>
  new KernelFunction(2, ([cells, count], local) => {
    const [index, different, places] = [local(Type.i32), local(Type.i32), local(Type.i32)]
    const [cellsEnd, asked] = [local(Type.i32), local(Type.i32)]
    const span = { start: local(Type.i32), length: local(Type.i32), at: local(Type.i32), end: local(Type.i32) }
    const known = { slot: local(Type.i32), number: local(Type.i32), known: local(Type.i32), isSame: local(Type.i32) }
    const search: Search = { ...span, ...known, hash: local(Type.i64), vector: local(Type.v128) }
    const { at, length, number, slot, start, vector } = search
    const isPointless = i32.or(
      i32.eq(different.value, i32.of(DICTIONARY_MAX)),
      i32.and(i32.more(index.value, i32.of(PROBE)), i32.more(i32.shiftLeft(different.value, i32.of(1)), index.value))
    )
    return [
      // The bytes of the table become zero.
      at.set(i32.of(TABLE)),
      during(i32.less(at.value, i32.of(TABLE + 4 * TABLE_PLACES)), [i64.store(at.value, i64.of(0n)), advance(at, 8)]),
      places.set(i32.of(PLACES)),
      cellsEnd.set(i32.add(cells!.value, i32.shiftLeft(count!.value, i32.of(3)))),
      during(i32.less(index.value, count!.value), [
        askAhead(cells!, cellsEnd, asked),
        start.set(i32.load(cells!.value)),
        length.set(i32.sub(i32.load(cells!.value, 4), start.value)),
        block((found) => [
          block((free) => [
            when(i32.more(length.value, i32.of(16)), searchLong(search, free, found), searchShort(search, free, found))
          ]),
          when(isPointless, [give(i32.of(0))]),
          i64.store(i32.shiftLeft(different.value, i32.of(3)), i64.load(cells!.value), DICTIONARY),
          v128.store(i32.shiftLeft(different.value, i32.of(4)), vector.value, VECTORS),
          advance(different, 1),
          number.set(different.value),
          i32.store(i32.shiftLeft(slot.value, i32.of(2)), number.value, TABLE)
        ]),
        i32.store16(places.value, i32.sub(number.value, i32.of(1))),
        advance(places, 2),
        advance(cells!, 8),
        advance(index, 1)
      ]),
      i32.store(i32.of(STATE), asked.value, State.asked),
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
    const [end, from, to, asked] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    return [
      end.set(i32.add(cells!.value, i32.shiftLeft(count!.value, i32.of(3)))),
      during(i32.less(cells!.value, end.value), [
        askAhead(cells!, end, asked),
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
      i32.store(i32.of(STATE), asked.value, State.asked),
      give(out!.value)
    ]
  })
