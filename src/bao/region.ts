/**
 * Regions: the parts in which several threads hash one file. Each reads a region by itself and makes one chaining value
 * of it, and the pairs beneath.
 */
import { readSync } from "node:fs"
import { BATCH_GROUPS, GROUP_BYTES, PAIR_BYTES } from "./constants.ts"
import { WrongLength } from "./errors.ts"
import type { Emit } from "./frontier.ts"
import { Frontier } from "./frontier.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { subtreeCv } from "./subtree.ts"

/** Height of a region's subtree above groups. */
export const REGION_LEVEL = 8

/** Bytes of a region: 4 MiB, about two milliseconds of one thread. */
export const REGION_BYTES = 2 ** REGION_LEVEL * GROUP_BYTES

/** Bytes read and hashed at a time, in the kernel's own memory. */
export const BATCH_BYTES = BATCH_GROUPS * GROUP_BYTES

/** Height of a batch's subtree above groups. */
const BATCH_LEVEL = Math.log2(BATCH_GROUPS)

/**
 * Returns the chaining value of the bytes [start, end) of a file: at most one region, and not the whole content. `emit`
 * takes the pairs of the subtree in post-order. Throws `WrongLength` when the file ends before `end`, else what
 * `node:fs` throws.
 */
export const hashRegion = (file: number, mode: Mode, start: number, end: number, emit?: Emit): Uint8Array => {
  const frontier = new Frontier(mode, start / GROUP_BYTES)
  for (let at = start; ; at += BATCH_BYTES) {
    const length = Math.min(BATCH_BYTES, end - at)
    const cv = subtreeCv(readExactly(file, at, length), at, mode, emit)
    if (at + length < end) frontier.push(cv, BATCH_LEVEL, emit)
    else if (at === start) return cv
    else {
      kernel().parents(mode, frontier.fold(cv, emit), 1, cv)
      return cv
    }
  }
}

/** Reads `length` bytes at `position`, at most 1 MiB, into the kernel's window: valid until the next call. */
export const readExactly = (file: number, position: number, length: number): Uint8Array => {
  const { window } = kernel()
  for (let done = 0; done < length;) {
    const count = readSync(file, window, done, length - done, position + done)
    if (count === 0) throw new WrongLength("content", position + length, position + done)
    done += count
  }
  return window.subarray(0, length)
}

/** Pairs one after the other: an outboard in the making, or a part of one. */
export class Pairs {
  readonly bytes: Uint8Array<ArrayBuffer>
  #at = 0

  /** Makes room for `count` pairs. */
  constructor(count: number) {
    this.bytes = new Uint8Array(count * PAIR_BYTES)
  }

  /** Appends pairs. */
  readonly add: Emit = (pairs) => {
    this.bytes.set(pairs, this.#at)
    this.#at += pairs.length
  }
}
