/**
 * Emits the functions that hash four or eight inputs at once: whole chunks, or parents.
 *
 * Every lane of a vector belongs to another input, so that a vector holds the same word of four inputs. Memory holds
 * the words of one input side by side: each block is transposed, four words by four inputs at a time, before its
 * rounds, and the chaining values are transposed back at the end. In between both lie in scratch memory, from where the
 * rounds load each message word when they need it; registers are too few to keep them.
 */
import { BLOCK_BYTES, HASH_BYTES, IV } from "../constants.ts"
import { Access, Code, type Local, Op, Type } from "./assembler.ts"
import { COUNTERS, KEY, MESSAGE, STATE } from "./layout.ts"
import { type Arithmetic, rounds } from "./rounds.ts"

/** Bytes of a vector, and what it holds: a word of each of four inputs. */
const VECTOR_BYTES = 16

const messageAt = (set: number, word: number): number => MESSAGE + (set * 16 + word) * VECTOR_BYTES
const stateAt = (set: number, word: number): number => STATE + (set * 8 + word) * VECTOR_BYTES
const counterAt = (set: number, word: number): number => COUNTERS + (set * 2 + word) * VECTOR_BYTES

/** Vector arithmetic. Rotations by whole bytes pick bytes, the others shift twice. */
const vectors = (code: Code): Arithmetic => {
  const shifted = code.local(Type.v128)
  const by16 = code.local(Type.v128)
  const by8 = code.local(Type.v128)
  code.vector([0x01000302, 0x05040706, 0x09080b0a, 0x0d0c0f0e]).set(by16)
  code.vector([0x00030201, 0x04070605, 0x080b0a09, 0x0c0f0e0d]).set(by8)
  return {
    add: Op.add,
    xor: Op.xor,
    rotate: (bits) => {
      if (bits === 16) return code.get(by16).op(Op.swizzle)
      if (bits === 8) return code.get(by8).op(Op.swizzle)
      const back = 32 - bits
      code.tee(shifted).i32(bits).op(Op.shiftRight)
      return code.get(shifted).i32(back).op(Op.shiftLeft).op(Op.or)
    }
  }
}

/** Transposes four vectors of four words: `load` pushes row i, `store` takes what pushes column i. */
const transpose = (
  code: Code,
  rows: ReadonlyArray<Local>,
  load: (row: number) => void,
  store: (column: number, push: () => void) => void
): void => {
  const [a, b, c, d, low0, low1, high0, high1] = rows as [Local, Local, Local, Local, Local, Local, Local, Local]
  for (const [row, local] of [a, b, c, d].entries()) {
    load(row)
    code.set(local)
  }
  code.get(a).get(b).shuffle([0, 4, 1, 5]).set(low0)
  code.get(c).get(d).shuffle([0, 4, 1, 5]).set(low1)
  code.get(a).get(b).shuffle([2, 6, 3, 7]).set(high0)
  code.get(c).get(d).shuffle([2, 6, 3, 7]).set(high1)
  store(0, () => code.get(low0).get(low1).shuffle([0, 1, 4, 5]))
  store(1, () => code.get(low0).get(low1).shuffle([2, 3, 6, 7]))
  store(2, () => code.get(high0).get(high1).shuffle([0, 1, 4, 5]))
  store(3, () => code.get(high0).get(high1).shuffle([2, 3, 6, 7]))
}

/** Sets the chaining values of a set to the key, and its counters to `low`, `high` plus `step` for each lane. */
const prepare = (code: Code, set: number, low: Local, high: Local, step: Local, sum: Local): void => {
  for (let word = 0; word < 8; word++) {
    code.i32(0).load(Access.loadSplat, KEY + word * 4)
    code.access(Access.store, stateAt(set, word))
  }
  const lane = set * 4
  code.i32(0).get(low).op(Op.splat)
  code.vector([lane, lane + 1, lane + 2, lane + 3])
  code.get(step).op(Op.splat).op(Op.mul)
  code.op(Op.add).tee(sum).access(Access.store, counterAt(set, 0))
  // Where the sum is less than what it began with, it went past 2^32: the comparison gives -1, which carries.
  code.i32(0).get(high).op(Op.splat)
  code.get(sum).get(low).op(Op.splat).op(Op.less)
  code.op(Op.sub).access(Access.store, counterAt(set, 1))
}

/** Transposes the next block of four inputs into the message of a set. */
const loadMessage = (code: Code, set: number, inputs: ReadonlyArray<Local>, rows: ReadonlyArray<Local>): void => {
  for (let quarter = 0; quarter < 4; quarter++) {
    transpose(
      code,
      rows,
      (row) => code.get(inputs[row]!).access(Access.load, quarter * VECTOR_BYTES),
      (column, push) => {
        code.i32(0)
        push()
        code.access(Access.store, messageAt(set, quarter * 4 + column))
      }
    )
  }
}

/** Sets the state of a set to what a block's compression starts from. */
const loadState = (code: Code, set: number, state: ReadonlyArray<Local>, blockFlags: Local): void => {
  const [counterLow, counterHigh, blockBytes, flags] = state.slice(12) as [Local, Local, Local, Local]
  for (const [i, word] of state.slice(0, 8).entries()) code.load(Access.load, stateAt(set, i)).set(word)
  for (const [i, word] of state.slice(8, 12).entries()) code.i32(IV[i]!).op(Op.splat).set(word)
  code.load(Access.load, counterAt(set, 0)).set(counterLow)
  code.load(Access.load, counterAt(set, 1)).set(counterHigh)
  code.i32(BLOCK_BYTES).op(Op.splat).set(blockBytes)
  code.get(blockFlags).op(Op.splat).set(flags)
}

/** Keeps the chaining values that a compression leaves: the halves of the state, mixed. */
const storeState = (code: Code, set: number, state: ReadonlyArray<Local>): void => {
  for (const [i, word] of state.slice(0, 8).entries()) {
    const other = state[i + 8]!
    code.i32(0).get(word).get(other).op(Op.xor)
    code.access(Access.store, stateAt(set, i))
  }
}

/** Transposes the chaining values of a set back, to where `out` points. */
const writeValues = (code: Code, set: number, out: Local, rows: ReadonlyArray<Local>): void => {
  for (let half = 0; half < 2; half++) {
    transpose(
      code,
      rows,
      (row) => code.load(Access.load, stateAt(set, half * 4 + row)),
      (column, push) => {
        code.get(out)
        push()
        code.access(Access.store, (set * 4 + column) * HASH_BYTES + half * VECTOR_BYTES)
      }
    )
  }
}

const PARAMETERS = [
  "input",
  "stride",
  "blocks",
  "counterLow",
  "counterHigh",
  "step",
  "flags",
  "firstFlags",
  "lastFlags",
  "out"
] as const

/**
 * Returns the function `(input, stride, blocks, counterLow, counterHigh, step, flags, firstFlags, lastFlags, out)`:
 * hashes `sets` times four inputs of `blocks` whole blocks, the first at `input`, the others `stride` bytes apart, and
 * writes their chaining values, 32 bytes each, at `out` when all of them are read. The counter of input i is counter +
 * i * `step`, in 64 bits. `firstFlags` join `flags` in the first block, `lastFlags` in the last.
 */
export const lanes = (sets: 1 | 2): Code => {
  const code = new Code(...PARAMETERS)
  const { blocks, flags, input, out, step, stride, counterHigh, counterLow, firstFlags, lastFlags } = code.parameters
  const blockFlags = code.local(Type.i32)
  const inputs = code.array(Type.i32, sets * 4)
  const rows = code.array(Type.v128, 8)
  const arithmetic = vectors(code)
  const all = Array.from({ length: sets }, (_, set) => ({
    state: code.array(Type.v128, 16),
    message: (word: number) => code.load(Access.load, messageAt(set, word))
  }))

  for (const [lane, address] of inputs.entries()) {
    code.get(input).get(stride).i32(lane).op(Op.i32Mul).op(Op.i32Add).set(address)
  }
  for (const set of all.keys()) prepare(code, set, counterLow, counterHigh, step, rows[0]!)
  code.get(flags).get(firstFlags).op(Op.i32Or).set(blockFlags)
  code.loop(() => {
    code.get(blockFlags)
    code.get(lastFlags).i32(0).get(blocks).i32(1).op(Op.i32Eq).op(Op.select)
    code.op(Op.i32Or).set(blockFlags)
    for (const set of all.keys()) loadMessage(code, set, inputs.slice(set * 4), rows)
    for (const [set, { state }] of all.entries()) loadState(code, set, state, blockFlags)
    rounds(code, arithmetic, all)
    for (const [set, { state }] of all.entries()) storeState(code, set, state)
    for (const address of inputs) code.get(address).i32(BLOCK_BYTES).op(Op.i32Add).set(address)
    code.get(flags).set(blockFlags)
    code.get(blocks).i32(1).op(Op.i32Sub).tee(blocks)
  })
  for (const set of all.keys()) writeValues(code, set, out, rows)
  return code
}
