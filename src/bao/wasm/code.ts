/**
 * The kernel's module in the binary format. The command carries these bytes as they are: see `scripts/build.ts`.
 */
import { assemble } from "./assembler.ts"
import { lanes } from "./lanes.ts"
import { PAGES } from "./layout.ts"
import { one } from "./one.ts"

/** Emits the functions of the kernel, and puts them together. */
export const kernelCode = (): Uint8Array => assemble({ one: one(), four: lanes(1), eight: lanes(2) }, PAGES)
