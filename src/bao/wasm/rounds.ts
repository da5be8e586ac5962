/**
 * Emits the seven rounds of a BLAKE3 compression (paper section 2.2), for vectors and for single words alike.
 *
 * The sixteen words of the state are local variables. A half round is four independent G functions (the columns, then
 * the diagonals). They advance in lock step, one operation of each in turn: the processor always finds four operations
 * that do not wait for each other, and the engine keeps few values in registers at a time. Two sets of lanes take turns
 * half round by half round: more of the state lives on the stack, and it is still 12 % faster than one set alone.
 */
import { MIXES, SCHEDULE } from "../constants.ts"
import type { Code, Local } from "./assembler.ts"

/** Arithmetic on a kind of words: 32-bit integers, or vectors of four. */
export interface Arithmetic {
  readonly add: ReadonlyArray<number>
  readonly xor: ReadonlyArray<number>
  /** Appends the rotation to the right of what is on the stack. */
  readonly rotate: (bits: number) => Code
}

/** One set of inputs: the words of its state, and how a word of its message is pushed. */
export interface InputSet {
  readonly state: ReadonlyArray<Local>
  readonly message: (word: number) => void
}

/** The words that one G function works on: four of the state, and in turn two of the message. */
interface Mix {
  readonly a: Local
  readonly b: Local
  readonly c: Local
  readonly d: Local
  readonly words: readonly [number, number]
}

/** Returns the G functions of a round over `state`, which takes the message words in the order `words`. */
const mixesOf = (state: ReadonlyArray<Local>, words: ReadonlyArray<number>): ReadonlyArray<Mix> =>
  MIXES.map(([a, b, c, d], g) => ({
    a: state[a]!,
    b: state[b]!,
    c: state[c]!,
    d: state[d]!,
    words: [words[2 * g]!, words[2 * g + 1]!]
  }))

/** Appends one half of some G functions in lock step: the half that takes message word `half`. */
const halfMixes = (
  code: Code,
  { add, rotate, xor }: Arithmetic,
  { message }: InputSet,
  mixes: ReadonlyArray<Mix>,
  half: 0 | 1
): void => {
  for (const { a, b, words } of mixes) {
    // The message comes first: it does not wait for b, which has only just been made.
    code.get(a)
    message(words[half])
    code.op(add).get(b).op(add).set(a)
  }
  for (const { a, d } of mixes) {
    code.get(d).get(a).op(xor)
    rotate(half === 0 ? 16 : 8).set(d)
  }
  for (const { c, d } of mixes) code.get(c).get(d).op(add).set(c)
  for (const { b, c } of mixes) {
    code.get(b).get(c).op(xor)
    rotate(half === 0 ? 12 : 7).set(b)
  }
}

/** Appends all rounds over all `sets`. */
export const rounds = (code: Code, arithmetic: Arithmetic, sets: ReadonlyArray<InputSet>): void => {
  for (const words of SCHEDULE) {
    for (const first of [0, 4]) {
      for (const set of sets) {
        const mixes = mixesOf(set.state, words).slice(first, first + 4)
        halfMixes(code, arithmetic, set, mixes, 0)
        halfMixes(code, arithmetic, set, mixes, 1)
      }
    }
  }
}
