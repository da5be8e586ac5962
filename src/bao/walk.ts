/**
 * Verification from the root downwards: nothing is believed before the node above has promised it.
 *
 * A walk visits, in pre-order, the nodes that cover some leaves. It knows the chaining value of each node before it sees
 * the node: of the topmost one from the root, of the others from their parent's pair, which was checked before. So a
 * flipped bit, a swapped half or a wrong size is found at the first node that it touches, and no byte below is given.
 * It remembers one chaining value per level, whatever size is claimed.
 */
import { CHUNK_BYTES, HASH_BYTES, PAIR_BYTES } from "./constants.ts"
import { InvalidSize, VerificationFailed, WrongLength } from "./errors.ts"
import { sameHash } from "./hex.ts"
import { kernel } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import type { Span } from "./steps.ts"
import type { Node } from "./tree.ts"
import { leavesOf, leftChild, rightChild, top } from "./tree.ts"

/** What is believed of a content before anything of it is checked. */
export interface Content {
  readonly root: Uint8Array
  readonly sizeBytes: number
  /** The mode the content was hashed in; the plain hash when left out. */
  readonly mode?: Mode | undefined
}

/** A node, and the chaining value (of the topmost: the hash) that it must have. */
interface Promised {
  readonly node: Node
  readonly cv: Uint8Array
}

/** Visits the nodes over the leaves [from, to), at least one, of a content with leaves of `leafBytes`. */
export class Walk {
  readonly mode: Mode
  readonly sizeBytes: number
  readonly leafBytes: number
  readonly from: number
  readonly to: number
  readonly #leaves: number
  readonly #pending: Array<Promised>
  readonly #cv = new Uint8Array(HASH_BYTES)

  constructor(content: Content, leafBytes: number, from: number, to: number) {
    const { root, sizeBytes } = content
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new InvalidSize(sizeBytes)
    if (root.length !== HASH_BYTES) throw new WrongLength("hash", HASH_BYTES, root.length)
    this.mode = content.mode ?? HASH
    this.sizeBytes = sizeBytes
    this.leafBytes = leafBytes
    this.from = from
    this.to = to
    this.#leaves = leavesOf(sizeBytes, leafBytes)
    this.#pending = [{ node: top(this.#leaves), cv: root.slice() }]
  }

  /** The node to be checked next: an inner one by `open`, a leaf by `leaf`. Undefined when all were visited. */
  get node(): Node | undefined {
    return this.#pending.at(-1)?.node
  }

  /** The bytes of the content that a node covers. */
  spanOf(node: Node): Span {
    return {
      start: node.start * this.leafBytes,
      end: Math.min(this.sizeBytes, (node.start + node.length) * this.leafBytes)
    }
  }

  /** Checks the pair of the inner node and goes down to the children that are to be visited. Throws `VerificationFailed`. */
  open(pair: Uint8Array): void {
    const { node, cv } = this.#pending.pop()!
    if (node.length === this.#leaves) kernel().root(this.mode, pair, this.#cv)
    else kernel().parents(this.mode, pair, 1, this.#cv)
    if (!sameHash(this.#cv, cv)) throw this.#failed("pair", node)
    const left = leftChild(node)
    const right = rightChild(node)
    if (right.start < this.to) this.#pending.push({ node: right, cv: pair.slice(HASH_BYTES, PAIR_BYTES) })
    if (right.start > this.from) this.#pending.push({ node: left, cv: pair.slice(0, HASH_BYTES) })
  }

  /** Checks the leaf by the chaining value of its bytes, as `leafCv` computes it, and leaves it. Throws `VerificationFailed`. */
  leaf(cv: Uint8Array): void {
    const { node, cv: promised } = this.#pending.pop()!
    if (!sameHash(cv, promised)) throw this.#failed("content", node)
  }

  /** Leaves the leaf without having seen its bytes. */
  pass(): void {
    this.#pending.pop()
  }

  /** Computes the chaining value of leaf `start` from its bytes; of a leaf that is all of the content, the hash. */
  leafCv(start: number, bytes: Uint8Array): Uint8Array {
    const firstChunk = start * (this.leafBytes / CHUNK_BYTES)
    kernel().group(this.mode, bytes, firstChunk, this.#leaves === 1, this.#cv)
    return this.#cv
  }

  #failed(part: "content" | "pair", node: Node): VerificationFailed {
    const { start, end } = this.spanOf(node)
    return new VerificationFailed(part, start, end)
  }
}
