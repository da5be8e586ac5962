/**
 * The kernel that looks for a text and counts lines, with a memory of its own.
 */
import { compiled, instanceOf } from "../../bao/wasm/host.ts"
import { searchCode } from "./code.ts"
import { DATA, PAGE_BYTES, TEXT_BYTES_MAX } from "./layout.ts"

/** Bytes that may be read behind what is searched. */
const BEHIND_BYTES = TEXT_BYTES_MAX + 128

/** The functions of the kernel, with its memory. */
export interface SearchKernel {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly find: (
    at: number,
    end: number,
    length: number,
    first: number,
    firstMask: number,
    firstAt: number,
    second: number,
    secondMask: number,
    secondAt: number
  ) => number
  readonly countFeeds: (at: number, end: number) => number
}

/** Makes a kernel; undefined where the engine cannot run it. */
export const searchKernel = (): SearchKernel | undefined => {
  const module = compiled(searchCode)
  return module && (instanceOf(module) as SearchKernel)
}

/** Makes room for so many bytes of data. */
export const ensureRoom = ({ memory }: SearchKernel, sizeBytes: number): void => {
  const missing = DATA + sizeBytes + BEHIND_BYTES - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
}
