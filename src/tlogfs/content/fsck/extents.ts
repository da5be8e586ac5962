/**
 * Making the hashes of extents again, while their bytes pass in order.
 */
import { hash, Hasher, toHex } from "../../../bao/index.ts"
import type { Extent, Piece } from "../extent.ts"
import { SUBTREE_LEVEL } from "./windows.ts"

/** An extent, and the hash that its bytes have. */
export interface HashedExtent {
  readonly extent: Extent
  readonly hash: string
}

/** Hashes extents piece by piece. An extent of which a piece was left out is passed over. */
export class ExtentHashes {
  readonly #prefixHash: () => Uint8Array
  #extent: Extent | undefined
  #hasher: Hasher | undefined
  #next = 0

  /** `prefixHash` hashes the content up to the last piece: the extent at offset 0 is not hashed twice. */
  constructor(prefixHash: () => Uint8Array) {
    this.#prefixHash = prefixHash
  }

  /** Adds the bytes of the next piece, which are part of the prefix already; gives the extent that ends with them, if one does. */
  add(piece: Piece, bytes: Uint8Array): HashedExtent | undefined {
    const { end, extent, start } = piece
    if (start === extent.offset && start > 0 && bytes.length === extent.length) {
      return { extent, hash: toHex(hash(bytes)) }
    }
    if (!this.#follows(piece)) return undefined
    this.#hasher?.update(bytes)
    if (end < extent.offset + extent.length) return undefined
    this.#extent = undefined
    return { extent, hash: toHex(this.#hasher?.root() ?? this.#prefixHash()) }
  }

  /** As `add`, for a piece that is complete subtrees of its extent, and not the end of it, by their chaining values there. */
  addSubtrees(piece: Piece, subtrees: ReadonlyArray<{ readonly cvBelow: Uint8Array }>): void {
    if (!this.#follows(piece)) return
    for (const { cvBelow } of subtrees) this.#hasher?.addSubtree(cvBelow, SUBTREE_LEVEL, new Uint8Array(0))
  }

  /** Moves on to the next piece; `false` when one before it was left out. */
  #follows({ end, extent, start }: Piece): boolean {
    if (start === extent.offset) {
      this.#extent = extent
      this.#hasher = start === 0 ? undefined : new Hasher()
      this.#next = start
    }
    if (this.#extent?.offset !== extent.offset || this.#next !== start) return false
    this.#next = end
    return true
  }
}
