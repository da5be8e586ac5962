/**
 * Which kernel hashes in this thread: the fastest one that gives the known answers here.
 *
 * Kernels are not re-entrant, but synchronous: one for each thread, made when it is first asked for. Workers share the
 * compiled module, and with it the optimised machine code.
 */
import { KernelBroken } from "./errors.ts"
import type { Kernel } from "./kernel.ts"
import { portableKernel } from "./portable.ts"
import { givesKnownAnswers } from "./selftest.ts"
import type { WasmModule } from "./wasm/host.ts"
import { wasmKernel } from "./wasm/kernel.ts"
import { compile } from "./wasm/module.ts"

/** Makes a kernel, or not: without WebAssembly and its vector instructions there is no fast one. */
export type Candidate = () => Kernel | undefined

/** Returns the first kernel that can be made and gives the known answers. Throws `KernelBroken` if none does. */
export const firstSound = (candidates: ReadonlyArray<Candidate>): Kernel => {
  const broken: Array<string> = []
  for (const make of candidates) {
    const made = make()
    if (made !== undefined && givesKnownAnswers(made)) return made
    if (made !== undefined) broken.push(made.name)
  }
  throw new KernelBroken(broken.join('", "'))
}

let module: { readonly compiled: WasmModule | undefined } | undefined
let chosen: Kernel | undefined

/** Returns the compiled WebAssembly kernel, which `postMessage` can send to workers; undefined where there is none. */
export const kernelModule = (): WasmModule | undefined => (module ??= { compiled: compile() }).compiled

/** Makes this thread use a module that another one compiled. For workers, before their first hash. */
export const useKernelModule = (compiled: WasmModule | undefined): void => {
  module = { compiled }
}

/** Returns this thread's kernel. Throws `KernelBroken` where no kernel gives the known answers. */
export const kernel = (): Kernel => {
  const vectors = () => {
    const compiled = kernelModule()
    return compiled && wasmKernel(compiled)
  }
  return (chosen ??= firstSound([vectors, portableKernel]))
}
