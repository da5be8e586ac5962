/**
 * The WebAssembly module of the kernel: written by this folder when it is first needed, compiled once per process.
 */
import { kernelCode } from "./code.ts"
import { compiled, instanceOf, type WasmModule } from "./host.ts"

/** Hashes four or eight inputs of whole blocks at once; see `lanes`. */
export type LanesFunction = (
  input: number,
  stride: number,
  blocks: number,
  counterLow: number,
  counterHigh: number,
  step: number,
  flags: number,
  firstFlags: number,
  lastFlags: number,
  out: number
) => void

/** Hashes one input; see `one`. */
export type OneFunction = (
  start: number,
  input: number,
  blocks: number,
  lastLength: number,
  counterLow: number,
  counterHigh: number,
  flags: number,
  firstFlags: number,
  lastFlags: number,
  out: number
) => void

/** What an instance of the module exports. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly one: OneFunction
  readonly four: LanesFunction
  readonly eight: LanesFunction
}

/** Emits and compiles the module; undefined where the engine cannot run it. */
export const compile = (): WasmModule | undefined => compiled(kernelCode)

/** Makes an instance of the module, with a memory of its own. */
export const instantiate = (module: WasmModule): Exports => instanceOf(module) as Exports
