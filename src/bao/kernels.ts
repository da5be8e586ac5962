/**
 * Which kernel hashes in this thread: the fastest one that gives the known answers.
 */
import type { Kernel } from "./kernel.ts"
import { portableKernel } from "./portable.ts"

let chosen: Kernel | undefined

/** Returns this thread's kernel, made and checked when it is first asked for. */
export const kernel = (): Kernel => (chosen ??= portableKernel())

/** Returns the compiled WebAssembly kernel, to be shared with workers; undefined where there is none. */
export const kernelModule = (): object | undefined => undefined
