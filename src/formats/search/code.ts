/**
 * The module of the kernel that looks for a text and counts lines in memory of its own: WebAssembly vectors of 16 bytes, some ten times faster than the runtime's own
 * search where the letters of the text are frequent, as digits in logs are.
 *
 * A place is looked at closely only where two bytes of the text are at their distance: those that are seldom make it fast, any two make it right.
 *
 * The command carries its bytes as they are: see `scripts/build.ts`.
 */
import { assemble } from "../../bao/wasm/assembler.ts"
import {
  advance,
  block,
  type Code,
  during,
  give,
  i32,
  jump,
  type Label,
  KernelFunction,
  loop,
  select,
  Type,
  v128,
  type Variable,
  when
} from "../../bao/wasm/expression.ts"
import { LINES, LINES_MAX, MASKS, NEXT, PAGES, TEXT } from "./layout.ts"

const LINE_FEED = 10

/** Bytes that are compared at once. */
const WIDTH = 16

const LINE_STEP_BYTES = 12

/** Where there are line feeds in the 16 bytes at an address: a bit for each. */
const feedsAt = (address: Code): Code => v128.bits(v128.eq(v128.load(address), v128.ofBytes(LINE_FEED)))

const least = (left: Variable, right: Variable): Code =>
  select(left.value, right.value, i32.less(left.value, right.value))
const most = (left: Variable, right: Variable): Code =>
  select(left.value, right.value, i32.more(left.value, right.value))

/** Moves a place to where its line ends, `end` at most. */
const toLineEnd = (place: Variable, end: Variable, bits: Variable): ReadonlyArray<Code> => [
  block((found) => [
    during(i32.less(place.value, end.value), [
      bits.set(feedsAt(place.value)),
      when(bits.value, [advance(place, i32.countTrailingZeros(bits.value)), jump(found)]),
      advance(place, WIDTH)
    ])
  ]),
  place.set(least(place, end))
]

/** Moves a place to where its line begins, `from` at least. */
const toLineStart = (place: Variable, from: Variable, bits: Variable): ReadonlyArray<Code> => [
  block((found) => [
    during(i32.more(place.value, from.value), [
      bits.set(feedsAt(i32.sub(place.value, i32.of(WIDTH)))),
      // The highest bit is the last line feed: the line begins behind it.
      when(bits.value, [advance(place, i32.sub(i32.of(WIDTH), i32.countLeadingZeros(bits.value))), jump(found)]),
      advance(place, -WIDTH)
    ])
  ]),
  place.set(most(place, from))
]

/** A byte of the text: which, with its mask put on, its mask, and where in the text it is. */
interface Probe {
  readonly byte: Variable
  readonly mask: Variable
  readonly at: Variable
}

/** Where, of the 16 places at an address, a byte of the text is where it would have to be, as a vector. */
const isThere = ({ at, byte, mask }: Probe, place: Variable, ahead: number): Code =>
  v128.eq(v128.or(v128.load(i32.add(place.value, at.value), ahead), mask.value), byte.value)

const spread = ({ byte, mask }: Probe, ofByte: Variable, ofMask: Variable): ReadonlyArray<Code> => [
  byte.set(v128.splat(ofByte.value)),
  mask.set(v128.splat(ofMask.value))
]

/** Goes on by so many places at once until one of them may hold the text. */
const skipping = (
  place: Variable,
  limit: Variable,
  { done, isNear, places }: { readonly done: Label; readonly places: number; readonly isNear: Code }
): Code =>
  block((near) => [
    loop((next) => [
      jump(done, i32.more(place.value, limit.value)),
      jump(near, isNear),
      advance(place, places),
      jump(next)
    ])
  ])

/** Compares the text with what is at a place: `index` is its length afterwards where they are the same, and less where they are not. */
const comparing = (place: Variable, length: Variable, index: Variable): Code =>
  block((differing) => [
    index.set(i32.of(0)),
    loop((next) => [
      jump(
        differing,
        i32.ne(
          i32.or(i32.load8(i32.add(place.value, index.value)), i32.load8(index.value, MASKS)),
          i32.load8(index.value, TEXT)
        )
      ),
      advance(index, 1),
      jump(next, i32.less(index.value, length.value))
    ])
  ])

/**
 * Finds lines between the first two parameters, where one begins and where the last one ends, that hold the text, and writes them to `LINES`, until there are
 * `LINES_MAX`: each line once, with the first place of the text. Gives how many; `NEXT` is where to go on.
 */
const find = (): KernelFunction =>
  new KernelFunction(9, (parameters, local) => {
    const [at, end, length] = parameters as [Variable, Variable, Variable]
    const integers = Array.from({ length: 7 }, () => local(Type.i32))
    const [limit, place, bits, index, start, stop, count] = integers as [
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable
    ]
    const probe = (index: number): Probe => ({
      byte: local(Type.v128),
      mask: local(Type.v128),
      at: parameters[index + 2]!
    })
    const first = probe(3)
    const second = probe(6)
    const bothAt = (ahead: number): Code => v128.and(isThere(first, place, ahead), isThere(second, place, ahead))
    const line = (): Code => i32.mul(count.value, i32.of(LINE_STEP_BYTES))
    const skip = (done: Label, places: number, isNear: Code): Code => skipping(place, limit, { done, places, isNear })
    return [
      ...spread(first, parameters[3]!, parameters[4]!),
      ...spread(second, parameters[6]!, parameters[7]!),
      limit.set(i32.sub(end.value, length.value)),
      place.set(at.value),
      block((done) => [
        loop((again) => [
          // 64 places at once, most of which hold nothing.
          skip(
            done,
            4 * WIDTH,
            v128.isAnyTrue(v128.or(v128.or(bothAt(0), bothAt(16)), v128.or(bothAt(32), bothAt(48))))
          ),
          skip(done, WIDTH, v128.isAnyTrue(bothAt(0))),
          bits.set(v128.bits(bothAt(0))),
          loop((next) => [
            start.set(i32.add(place.value, i32.countTrailingZeros(bits.value))),
            jump(done, i32.more(start.value, limit.value)),
            comparing(start, length, index),
            when(i32.atLeast(index.value, length.value), [
              index.set(start.value),
              stop.set(i32.add(start.value, length.value)),
              ...toLineStart(start, at, bits),
              ...toLineEnd(stop, end, bits),
              i32.store(line(), start.value, LINES),
              i32.store(line(), index.value, LINES + 4),
              i32.store(line(), stop.value, LINES + 8),
              advance(count, 1),
              at.set(i32.add(stop.value, i32.of(1))),
              place.set(at.value),
              jump(done, i32.eq(count.value, i32.of(LINES_MAX))),
              jump(again)
            ]),
            bits.set(i32.and(bits.value, i32.sub(bits.value, i32.of(1)))),
            jump(next, bits.value)
          ]),
          advance(place, WIDTH),
          jump(again)
        ])
      ]),
      i32.store(i32.of(NEXT), at.value),
      give(count.value)
    ]
  })

/** Counts line feeds between two places. */
const countFeeds = (): KernelFunction =>
  new KernelFunction(2, (parameters, local) => {
    const [at, end] = parameters as [Variable, Variable]
    const count = local(Type.i32)
    const left = i32.sub(end.value, at.value)
    // Of the last bytes those before the end.
    const before = i32.sub(i32.shiftLeft(i32.of(1), left), i32.of(1))
    return [
      during(i32.atLeast(left, i32.of(WIDTH)), [advance(count, i32.countOnes(feedsAt(at.value))), advance(at, WIDTH)]),
      give(i32.add(count.value, i32.countOnes(i32.and(feedsAt(at.value), before))))
    ]
  })

/** Emits the functions of the kernel, and puts them together. */
export const searchCode = (): Uint8Array => assemble({ find: find(), countFeeds: countFeeds() }, PAGES)
