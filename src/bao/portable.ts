/**
 * The BLAKE3 kernel in plain TypeScript: the oracle of the fast kernel, and what hashes where WebAssembly cannot run.
 *
 * Written along the paper (section 2.2 and 2.4), one compression at a time. Words are 32-bit integers in an
 * `Int32Array`, so that every addition wraps modulo 2^32; the order of bytes is little-endian on every machine.
 */
import {
  BATCH_GROUPS,
  BLOCK_BYTES,
  CHUNK_BYTES,
  Flags,
  GROUP_BYTES,
  GROUP_CHUNKS,
  HASH_BYTES,
  IV,
  MIXES,
  PAIR_BYTES,
  SCHEDULE
} from "./constants.ts"
import type { Kernel } from "./kernel.ts"
import type { Mode } from "./mode.ts"

/** Rotates a 32-bit word right. */
const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))

/** The G function: mixes two message words into four words of the state. */
const mix = (v: Int32Array, a: number, b: number, c: number, d: number, x: number, y: number): void => {
  let va = v[a]!
  let vb = v[b]!
  let vc = v[c]!
  let vd = v[d]!
  va = (va + vb + x) | 0
  vd = rotate(vd ^ va, 16)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 12)
  va = (va + vb + y) | 0
  vd = rotate(vd ^ va, 8)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 7)
  v[a] = va
  v[b] = vb
  v[c] = vc
  v[d] = vd
}

/** All G functions of the seven rounds, one after the other: four positions in the state, then two in the message. */
const STEPS = Uint8Array.from(
  SCHEDULE.flatMap((words) => MIXES.flatMap((state, g) => [...state, words[2 * g]!, words[2 * g + 1]!]))
)

/** The seven rounds over the state `v`. */
const rounds = (v: Int32Array, m: Int32Array): void => {
  for (let i = 0; i < STEPS.length; i += 6) {
    mix(v, STEPS[i]!, STEPS[i + 1]!, STEPS[i + 2]!, STEPS[i + 3]!, m[STEPS[i + 4]!]!, m[STEPS[i + 5]!]!)
  }
}

/** A chaining value or a key in the making, the state of a compression and the message block it reads. */
class Compressor {
  readonly cv = new Int32Array(8)
  readonly state = new Int32Array(16)
  readonly message = new Int32Array(16)

  /** Reads up to 64 bytes of `input` from `at` as the next message block; what is missing counts as zero. */
  load(input: DataView, at: number, length: number): void {
    const whole = Math.floor(length / 4)
    for (let word = 0; word < whole; word++) this.message[word] = input.getInt32(at + word * 4, true)
    if (length < BLOCK_BYTES) this.message.fill(0, whole)
    for (let byte = whole * 4; byte < length; byte++) {
      this.message[whole]! |= input.getUint8(at + byte) << (8 * (byte % 4))
    }
  }

  /** Compresses the loaded block into the state; its first half is the next chaining value. */
  compress(counter: number, length: number, flags: number, counterHigh = Math.floor(counter / 2 ** 32)): void {
    const { cv, state } = this
    for (let word = 0; word < 8; word++) state[word] = cv[word]!
    for (let word = 0; word < 4; word++) state[word + 8] = IV[word]!
    state[12] = counter
    state[13] = counterHigh
    state[14] = length
    state[15] = flags
    rounds(state, this.message)
    for (let word = 0; word < 8; word++) {
      state[word]! ^= state[word + 8]!
      state[word + 8]! ^= cv[word]!
    }
  }

  /** Makes the first half of the state the chaining value. */
  chain(): void {
    for (let word = 0; word < 8; word++) this.cv[word] = this.state[word]!
  }

  /** Hashes one chunk, 0 to 1,024 bytes of `input` from `at`; `lastFlags` join the flags of its last block. */
  chunk(mode: Mode, input: DataView, at: number, length: number, counter: number, lastFlags: number): void {
    this.cv.set(mode.key)
    const blocks = Math.max(1, Math.ceil(length / BLOCK_BYTES))
    for (let block = 0; block < blocks; block++) {
      const size = Math.min(BLOCK_BYTES, length - block * BLOCK_BYTES)
      let flags = mode.flags
      if (block === 0) flags |= Flags.chunkStart
      if (block === blocks - 1) flags |= Flags.chunkEnd | lastFlags
      this.load(input, at + block * BLOCK_BYTES, size)
      this.compress(counter, size, flags)
      this.chain()
    }
  }

  /** Hashes the pair at `at` of `input`. */
  parent(mode: Mode, input: DataView, at: number, lastFlags: number): void {
    this.cv.set(mode.key)
    this.load(input, at, PAIR_BYTES)
    this.compress(0, BLOCK_BYTES, mode.flags | Flags.parent | lastFlags)
    this.chain()
  }

  /** Hashes a subtree of 0 to 16,384 bytes: the largest power of two of chunks goes left. */
  subtree(mode: Mode, input: DataView, at: number, length: number, counter: number, lastFlags: number): void {
    if (length <= CHUNK_BYTES) return this.chunk(mode, input, at, length, counter, lastFlags)
    let left = CHUNK_BYTES
    while (left * 2 < length) left *= 2
    const pair = new DataView(new ArrayBuffer(PAIR_BYTES))
    this.subtree(mode, input, at, left, counter, 0)
    this.store(pair, 0)
    this.subtree(mode, input, at + left, length - left, counter + left / CHUNK_BYTES, 0)
    this.store(pair, HASH_BYTES)
    this.parent(mode, pair, 0, lastFlags)
  }

  /** Writes the chaining value at `at` of `out`. */
  store(out: DataView, at: number): void {
    for (let word = 0; word < 8; word++) out.setInt32(at + word * 4, this.cv[word]!, true)
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Makes the portable kernel. It never fails; reading past the end of an input is a `RangeError`. */
export const portableKernel = (): Kernel => {
  const compressor = new Compressor()

  /** Runs `step` for each of `count` outputs and writes what it leaves. */
  const each = (count: number, out: Uint8Array, step: (index: number) => void): void => {
    const view = viewOf(out)
    for (let index = 0; index < count; index++) {
      step(index)
      compressor.store(view, index * HASH_BYTES)
    }
  }

  return {
    name: "portable",
    window: new Uint8Array(BATCH_GROUPS * GROUP_BYTES),
    chunks: (mode, input, count, firstChunk, out) => {
      const view = viewOf(input)
      each(count, out, (i) => compressor.chunk(mode, view, i * CHUNK_BYTES, CHUNK_BYTES, firstChunk + i, 0))
    },
    groups: (mode, input, count, firstChunk, out) => {
      const view = viewOf(input)
      each(count, out, (i) =>
        compressor.subtree(mode, view, i * GROUP_BYTES, GROUP_BYTES, firstChunk + i * GROUP_CHUNKS, 0)
      )
    },
    group: (mode, input, firstChunk, root, out) =>
      each(1, out, () => compressor.subtree(mode, viewOf(input), 0, input.length, firstChunk, root ? Flags.root : 0)),
    parents: (mode, pairs, count, out) => {
      const view = viewOf(pairs)
      each(count, out, (i) => compressor.parent(mode, view, i * PAIR_BYTES, 0))
    },
    root: (mode, pair, out) => each(1, out, () => compressor.parent(mode, viewOf(pair), 0, Flags.root)),
    compress: (cv, block, blockLength, counter, flags, out) => {
      const from = viewOf(cv)
      for (let word = 0; word < 8; word++) compressor.cv[word] = from.getInt32(word * 4, true)
      compressor.load(viewOf(block), 0, BLOCK_BYTES)
      compressor.compress(Number(BigInt.asUintN(32, counter)), blockLength, flags, Number(counter >> 32n))
      const to = viewOf(out)
      for (let word = 0; word < 16; word++) to.setInt32(word * 4, compressor.state[word]!, true)
    }
  }
}
