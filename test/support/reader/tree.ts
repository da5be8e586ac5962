/**
 * The hash tree of a content (format.md section 5): BLAKE3 by its paper, plainly, with the pairs above groups of 16 KiB.
 */
const IV = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19
)
const ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const CHUNK_START = 1
const CHUNK_END = 2
const PARENT = 4
const ROOT = 8

/** Bytes of a group. */
export const GROUP = 16 * 1024

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

const mix = (v: Uint32Array, a: number, b: number, c: number, d: number, x: number, y: number): void => {
  v[a] = v[a]! + v[b]! + x
  v[d] = rotate(v[d]! ^ v[a]!, 16)
  v[c] = v[c]! + v[d]!
  v[b] = rotate(v[b]! ^ v[c]!, 12)
  v[a] = v[a]! + v[b]! + y
  v[d] = rotate(v[d]! ^ v[a]!, 8)
  v[c] = v[c]! + v[d]!
  v[b] = rotate(v[b]! ^ v[c]!, 7)
}

/** Which word each round takes in which place. */
const SCHEDULE: ReadonlyArray<ReadonlyArray<number>> = Array.from({ length: 6 }).reduce<Array<ReadonlyArray<number>>>(
  (rounds) => [...rounds, ORDER.map((from) => rounds.at(-1)![from]!)],
  [Array.from({ length: 16 }, (_, at) => at)]
)

const words = new Uint32Array(16)
const v = new Uint32Array(16)
const padded = Buffer.alloc(64)

const compress = (cv: Uint32Array, block: Uint8Array, counter: number, flags: number): Uint32Array => {
  padded.fill(0)
  padded.set(block)
  for (let at = 0; at < 16; at++) words[at] = padded.readUInt32LE(at * 4)
  v.set(cv)
  v.set(IV.subarray(0, 4), 8)
  v[12] = counter
  v[13] = counter / 2 ** 32
  v[14] = block.length
  v[15] = flags
  for (const s of SCHEDULE) {
    mix(v, 0, 4, 8, 12, words[s[0]!]!, words[s[1]!]!)
    mix(v, 1, 5, 9, 13, words[s[2]!]!, words[s[3]!]!)
    mix(v, 2, 6, 10, 14, words[s[4]!]!, words[s[5]!]!)
    mix(v, 3, 7, 11, 15, words[s[6]!]!, words[s[7]!]!)
    mix(v, 0, 5, 10, 15, words[s[8]!]!, words[s[9]!]!)
    mix(v, 1, 6, 11, 12, words[s[10]!]!, words[s[11]!]!)
    mix(v, 2, 7, 8, 13, words[s[12]!]!, words[s[13]!]!)
    mix(v, 3, 4, 9, 14, words[s[14]!]!, words[s[15]!]!)
  }
  const after = new Uint32Array(8)
  for (let at = 0; at < 8; at++) after[at] = v[at]! ^ v[8 + at]!
  return after
}

const bytesOf = (words: Uint32Array): Buffer => {
  const bytes = Buffer.alloc(32)
  words.forEach((word, at) => bytes.writeUInt32LE(word, at * 4))
  return bytes
}

const chunk = (bytes: Uint8Array, index: number, root: number): Buffer => {
  let cv: Uint32Array = IV
  const blocks = Math.max(1, Math.ceil(bytes.length / 64))
  for (let at = 0; at < blocks; at++) {
    const last = at === blocks - 1 ? CHUNK_END | root : 0
    cv = compress(cv, bytes.subarray(at * 64, at * 64 + 64), index, (at === 0 ? CHUNK_START : 0) | last)
  }
  return bytesOf(cv)
}

/** The tree of a content: its root, hex; its pairs in post-order; the chaining value of each group. */
export interface Tree {
  readonly root: string
  readonly pairs: ReadonlyArray<Buffer>
  readonly groups: ReadonlyArray<Buffer>
}

/** Builds the tree of a content. */
export const treeOf = (content: Uint8Array): Tree => {
  const pairs: Array<Buffer> = []
  const groups: Array<Buffer> = []
  const subtree = (start: number, end: number, root: number): Buffer => {
    const chunks = Math.max(1, Math.ceil((end - start) / 1024))
    if (chunks === 1) return leaf(chunk(content.subarray(start, end), start / 1024, root), start, end)
    let left = 1
    while (left * 2 < chunks) left *= 2
    const middle = start + left * 1024
    const pair = Buffer.concat([subtree(start, middle, 0), subtree(middle, end, 0)])
    if (end - start > GROUP) pairs.push(pair)
    return leaf(bytesOf(compress(IV, pair, 0, PARENT | root)), start, end)
  }
  const leaf = (cv: Buffer, start: number, end: number): Buffer => {
    const isGroup = start % GROUP === 0 && (end - start === GROUP || (end === content.length && end - start < GROUP))
    if (isGroup) groups.push(cv)
    return cv
  }
  const root = subtree(0, content.length, ROOT)
  return { root: root.toString("hex"), pairs, groups }
}

/** How many pairs, at the head of the post-order, no append can change. */
export const stablePairs = (size: number): number => {
  const whole = Math.floor(size / GROUP)
  const subtrees = [...whole.toString(2)].filter((digit) => digit === "1").length
  return whole - subtrees
}
