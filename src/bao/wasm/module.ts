/**
 * The WebAssembly module of the kernel: written by this folder when it is first needed, compiled once per process.
 */
import { kernelCode } from "./code.ts"
import { host, type WasmModule } from "./host.ts"

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

/** Emits and compiles the module; undefined where the engine has no WebAssembly, or not the vector instructions. */
export const compile = (): WasmModule | undefined => {
  if (host === undefined) return undefined
  const bytes = kernelCode()
  return host.validate(bytes) ? new host.Module(bytes) : undefined
}

/** Makes an instance of the module, with a memory of its own. `host` is there, since something compiled the module. */
export const instantiate = (module: WasmModule): Exports => new host!.Instance(module).exports as Exports
