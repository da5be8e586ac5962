/**
 * Both kernels, and everything a kernel can do as data: to compare them call by call.
 */
import { BLOCK_BYTES, CHUNK_BYTES, GROUP_BYTES, HASH_BYTES, PAIR_BYTES } from "../../../src/bao/constants.ts"
import type { Kernel } from "../../../src/bao/kernel.ts"
import type { Mode } from "../../../src/bao/mode.ts"
import { portableKernel } from "../../../src/bao/portable.ts"
import { wasmKernel } from "../../../src/bao/wasm/kernel.ts"
import { compile } from "../../../src/bao/wasm/module.ts"

/** A kernel on vectors of its own. Fails where there is no WebAssembly: the tests need it. */
export const vectorKernel = (): Kernel => wasmKernel(compile()!)

/** The fast kernel and its oracle. */
export const KERNELS: ReadonlyArray<Kernel> = [vectorKernel(), portableKernel()]

/** A call of a kernel that returns what was written. */
export type Call = (kernel: Kernel) => Uint8Array

const written = (bytes: number, write: (out: Uint8Array) => void): Uint8Array => {
  // Bytes around the output show a kernel that writes beyond it.
  const guarded = new Uint8Array(bytes + 2 * HASH_BYTES).fill(0xa5)
  write(guarded.subarray(HASH_BYTES, HASH_BYTES + bytes))
  return guarded
}

/** The chaining values of whole chunks. */
export const chunks =
  (mode: Mode, input: Uint8Array, firstChunk: number): Call =>
  (kernel) => {
    const count = input.length / CHUNK_BYTES
    return written(count * HASH_BYTES, (out) => kernel.chunks(mode, input, count, firstChunk, out))
  }

/** The chaining values of whole groups. */
export const groups =
  (mode: Mode, input: Uint8Array, firstChunk: number): Call =>
  (kernel) => {
    const count = input.length / GROUP_BYTES
    return written(count * HASH_BYTES, (out) => kernel.groups(mode, input, count, firstChunk, out))
  }

/** The chaining value or hash of one group. */
export const group =
  (mode: Mode, input: Uint8Array, firstChunk: number, root: boolean): Call =>
  (kernel) =>
    written(HASH_BYTES, (out) => kernel.group(mode, input, firstChunk, root, out))

/** The chaining values of parents. */
export const parents =
  (mode: Mode, pairs: Uint8Array): Call =>
  (kernel) => {
    const count = pairs.length / PAIR_BYTES
    return written(count * HASH_BYTES, (out) => kernel.parents(mode, pairs, count, out))
  }

/** The hash above the topmost pair. */
export const root =
  (mode: Mode, pair: Uint8Array): Call =>
  (kernel) =>
    written(HASH_BYTES, (out) => kernel.root(mode, pair, out))

/** One bare compression. */
export const compress =
  (cv: Uint8Array, block: Uint8Array, blockLength: number, counter: bigint, flags: number): Call =>
  (kernel) =>
    written(BLOCK_BYTES, (out) => kernel.compress(cv, block, blockLength, counter, flags, out))
