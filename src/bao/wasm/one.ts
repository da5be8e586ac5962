/**
 * Emits the function that hashes one input: ragged ends, roots, and what the vector functions leave over.
 */
import { BLOCK_BYTES, HASH_BYTES, IV } from "../constants.ts"
import { Access, Code, type Local, Op, Type } from "./assembler.ts"
import { STATE } from "./layout.ts"
import { rounds } from "./rounds.ts"

const PARAMETERS = [
  "start",
  "input",
  "blocks",
  "lastLength",
  "counterLow",
  "counterHigh",
  "flags",
  "firstFlags",
  "lastFlags",
  "out"
] as const

/**
 * Returns the function `(start, input, blocks, lastLength, counterLow, counterHigh, flags, firstFlags, lastFlags, out)`:
 * compresses `blocks` blocks at `input`, of which the last has `lastLength` bytes and zeros behind them, from the
 * chaining value at `start` on. It writes the 64 bytes of the last compression at `out`; their first half is the
 * chaining value. `firstFlags` join `flags` in the first block, `lastFlags` in the last.
 */
export const one = (): Code => {
  const code = new Code(...PARAMETERS)
  const { blocks, flags, input, out, start, counterHigh, counterLow, firstFlags, lastFlags, lastLength } =
    code.parameters
  const blockFlags = code.local(Type.i32)
  const isLast = code.local(Type.i32)
  const state = code.array(Type.i32, 16)
  const [low, high, blockBytes, mixedFlags] = state.slice(12) as [Local, Local, Local, Local]
  const message = (word: number) => code.get(input).access(Access.i32Load, word * 4)
  const rotate = (bits: number) => code.i32(bits).op(Op.i32Rotr)

  for (let at = 0; at < HASH_BYTES; at += 4) {
    code.i32(0).get(start).access(Access.i32Load, at)
    code.access(Access.i32Store, STATE + at)
  }
  code.get(flags).get(firstFlags).op(Op.i32Or).set(blockFlags)
  code.loop(() => {
    code.get(blocks).i32(1).op(Op.i32Eq).set(isLast)
    for (const [i, word] of state.slice(0, 8).entries()) code.load(Access.i32Load, STATE + i * 4).set(word)
    for (const [i, word] of state.slice(8, 12).entries()) code.i32(IV[i]!).set(word)
    code.get(counterLow).set(low).get(counterHigh).set(high)
    code.get(lastLength).i32(BLOCK_BYTES).get(isLast).op(Op.select).set(blockBytes)
    code.get(blockFlags).get(lastFlags).i32(0).get(isLast).op(Op.select).op(Op.i32Or).set(mixedFlags)
    rounds(code, { add: Op.i32Add, xor: Op.i32Xor, rotate }, [{ state, message }])
    for (const [i, word] of state.slice(0, 8).entries()) {
      const other = state[i + 8]!
      // The second half of the output mixes in the old chaining value: before it is replaced.
      code
        .get(out)
        .get(other)
        .load(Access.i32Load, STATE + i * 4)
      code.op(Op.i32Xor).access(Access.i32Store, HASH_BYTES + i * 4)
      code.i32(0).get(word).get(other).op(Op.i32Xor).tee(word)
      code.access(Access.i32Store, STATE + i * 4)
      code
        .get(out)
        .get(word)
        .access(Access.i32Store, i * 4)
    }
    code.get(input).i32(BLOCK_BYTES).op(Op.i32Add).set(input)
    code.get(flags).set(blockFlags)
    code.get(blocks).i32(1).op(Op.i32Sub).tee(blocks)
  })
  return code
}
