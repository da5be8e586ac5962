/**
 * Which pages of values are worth compressing, and compressing them.
 */
import { constants, zstdCompressSync } from "node:zlib"
import { COLUMNS_MAX } from "./wasm/layout.ts"

const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** Compresses a page. */
export const compress = (page: Uint8Array): Uint8Array => zstdCompressSync(page, ZSTD)

/** Pages with fewer bytes are not compressed; of others, a part is tried, and the rest if that became so many times shorter. */
const COMPRESS_BYTES = 4096
const TRIED_BYTES = 32 * 1024
const WORTH_TIMES = 3
/** In so many groups what was found out about a column holds. */
const GROUPS_TRIED = 16

/** Finds out which columns are worth compressing. */
export class Trials {
  readonly #found = new Map<string, { readonly isWorth: boolean; left: number }>()

  /** Whether a page of the column of a name is worth compressing. */
  isWorthCompressing(name: string, page: Uint8Array): boolean {
    if (page.length < COMPRESS_BYTES) return false
    const found = this.#found.get(name)
    if (found !== undefined && found.left > 0) {
      found.left -= 1
      return found.isWorth
    }
    const middle = Math.max(0, (page.length - TRIED_BYTES) >> 1)
    const tried = page.subarray(middle, middle + TRIED_BYTES)
    const isWorth = compress(tried).length < tried.length / WORTH_TIMES
    if (this.#found.size > COLUMNS_MAX) this.#found.clear()
    this.#found.set(name, { isWorth, left: GROUPS_TRIED })
    return isWorth
  }
}
