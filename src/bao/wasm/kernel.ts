/**
 * The BLAKE3 kernel on WebAssembly vectors. The module hashes batches; here is how a call becomes batches.
 *
 * Input in the kernel's own memory is hashed where it lies, other input is copied in, piece by piece. Chaining values
 * of chunks and of the parents above them are made in place in `VALUES`: parent i overwrites value i when the pair i has
 * been read.
 */
import { BLOCK_BYTES, CHUNK_BYTES, Flags, GROUP_BYTES, GROUP_CHUNKS, HASH_BYTES, PAIR_BYTES } from "../constants.ts"
import type { Kernel } from "../kernel.ts"
import type { Mode } from "../mode.ts"
import type { WasmModule } from "./host.ts"
import { KEY, OUTPUT, PADDED, PIECE_BYTES, STAGING, START, VALUES, WINDOW, WINDOW_BYTES } from "./layout.ts"
import { type Exports, instantiate } from "./module.ts"

/** What the batches of a kind of input have in common. */
interface Kind {
  readonly bytes: number
  readonly flags: number
  readonly firstFlags: number
  readonly lastFlags: number
  /** What the counter grows by from input to input. */
  readonly step: number
}

const CHUNK: Kind = {
  bytes: CHUNK_BYTES,
  flags: 0,
  firstFlags: Flags.chunkStart,
  lastFlags: Flags.chunkEnd,
  step: 1
}

const PARENT: Kind = { bytes: PAIR_BYTES, flags: Flags.parent, firstFlags: 0, lastFlags: 0, step: 0 }

/** Fewest inputs for which a batch of eight, and of four, takes less time than smaller batches (measured). */
const WORTH_EIGHT = 6
const WORTH_FOUR = 2

/** The low and the high word of a counter below 2^53. */
const low = (counter: number): number => counter | 0
const high = (counter: number): number => Math.floor(counter / 2 ** 32)

class WasmKernel implements Kernel {
  readonly name = "wasm-simd"
  readonly window: Uint8Array
  private readonly exports: Exports
  private readonly memory: Uint8Array
  private mode: Mode | undefined

  constructor(module: WasmModule) {
    this.exports = instantiate(module)
    this.memory = new Uint8Array(this.exports.memory.buffer)
    this.window = this.memory.subarray(WINDOW, WINDOW + WINDOW_BYTES)
  }

  chunks(mode: Mode, input: Uint8Array, count: number, firstChunk: number, out: Uint8Array): void {
    this.pieces(input, CHUNK_BYTES, count, out, (address, from, chunks) =>
      this.values(mode, CHUNK, address, chunks, firstChunk + from)
    )
  }

  groups(mode: Mode, input: Uint8Array, count: number, firstChunk: number, out: Uint8Array): void {
    this.pieces(input, GROUP_BYTES, count, out, (address, from, groups) => {
      let nodes = groups * GROUP_CHUNKS
      this.values(mode, CHUNK, address, nodes, firstChunk + from * GROUP_CHUNKS)
      for (nodes /= 2; nodes >= groups; nodes /= 2) this.values(mode, PARENT, VALUES, nodes, 0)
    })
  }

  parents(mode: Mode, pairs: Uint8Array, count: number, out: Uint8Array): void {
    this.pieces(pairs, PAIR_BYTES, count, out, (address, _from, parents) =>
      this.values(mode, PARENT, address, parents, 0)
    )
  }

  group(mode: Mode, input: Uint8Array, firstChunk: number, root: boolean, out: Uint8Array): void {
    const rootFlag = root ? Flags.root : 0
    if (input.length <= CHUNK_BYTES) {
      this.chunk(mode, input, firstChunk, rootFlag, OUTPUT)
    } else {
      const chunks = Math.floor(input.length / CHUNK_BYTES)
      this.values(mode, CHUNK, this.place(input, 0, chunks * CHUNK_BYTES), chunks, firstChunk)
      let nodes = Math.ceil(input.length / CHUNK_BYTES)
      if (nodes > chunks) {
        const ragged = input.subarray(chunks * CHUNK_BYTES)
        this.chunk(mode, ragged, firstChunk + chunks, 0, VALUES + chunks * HASH_BYTES)
      }
      while (nodes > 2) {
        const parents = Math.floor(nodes / 2)
        this.values(mode, PARENT, VALUES, parents, 0)
        const odd = VALUES + (nodes - 1) * HASH_BYTES
        if (nodes % 2 === 1) this.memory.copyWithin(VALUES + parents * HASH_BYTES, odd, odd + HASH_BYTES)
        nodes = parents + (nodes % 2)
      }
      this.topmost(mode, VALUES, rootFlag)
    }
    out.set(this.memory.subarray(OUTPUT, OUTPUT + HASH_BYTES))
  }

  root(mode: Mode, pair: Uint8Array, out: Uint8Array): void {
    this.topmost(mode, this.place(pair, 0, PAIR_BYTES), Flags.root)
    out.set(this.memory.subarray(OUTPUT, OUTPUT + HASH_BYTES))
  }

  compress(
    cv: Uint8Array,
    block: Uint8Array,
    blockLength: number,
    counter: bigint,
    flags: number,
    out: Uint8Array
  ): void {
    this.memory.set(cv.subarray(0, HASH_BYTES), START)
    this.memory.set(block.subarray(0, BLOCK_BYTES), PADDED)
    const counterLow = Number(BigInt.asIntN(32, counter))
    const counterHigh = Number(BigInt.asIntN(32, counter >> 32n))
    this.exports.one(START, PADDED, 1, blockLength, counterLow, counterHigh, flags, 0, 0, OUTPUT)
    out.set(this.memory.subarray(OUTPUT, OUTPUT + BLOCK_BYTES))
  }

  /** Runs `hash` over `count` inputs of `bytes` each; it leaves their chaining values in `VALUES`. */
  private pieces(
    input: Uint8Array,
    bytes: number,
    count: number,
    out: Uint8Array,
    hash: (address: number, from: number, count: number) => void
  ): void {
    const most = PIECE_BYTES / bytes
    for (let from = 0; from < count; from += most) {
      const inputs = Math.min(most, count - from)
      hash(this.place(input, from * bytes, inputs * bytes), from, inputs)
      out.set(this.memory.subarray(VALUES, VALUES + inputs * HASH_BYTES), from * HASH_BYTES)
    }
  }

  /** Returns the address of `length` bytes of `input` from `from` on, copied into the kernel's memory if need be. */
  private place(input: Uint8Array, from: number, length: number): number {
    if (from + length > input.length) throw new RangeError(`${from + length} bytes to hash in ${input.length}`)
    if (input.buffer === this.memory.buffer) return input.byteOffset + from
    this.memory.set(input.subarray(from, from + length), STAGING)
    return STAGING
  }

  /** Writes the chaining values of `count` inputs at `address` to `VALUES`, in as large batches as pay. */
  private values(mode: Mode, kind: Kind, address: number, count: number, counter: number): void {
    this.use(mode)
    const { bytes, firstFlags, lastFlags, step } = kind
    const blocks = bytes / BLOCK_BYTES
    const flags = mode.flags | kind.flags
    for (let done = 0; done < count;) {
      const from = address + done * bytes
      const at = counter + done * step
      const to = VALUES + done * HASH_BYTES
      const rest = count - done
      if (rest >= WORTH_EIGHT) {
        this.exports.eight(from, bytes, blocks, low(at), high(at), step, flags, firstFlags, lastFlags, to)
        done += 8
      } else if (rest >= WORTH_FOUR) {
        this.exports.four(from, bytes, blocks, low(at), high(at), step, flags, firstFlags, lastFlags, to)
        done += 4
      } else {
        this.exports.one(KEY, from, blocks, BLOCK_BYTES, low(at), high(at), flags, firstFlags, lastFlags, to)
        done += 1
      }
    }
  }

  /** Hashes one chunk of 0 to 1,024 bytes to the address `to`. */
  private chunk(mode: Mode, input: Uint8Array, counter: number, rootFlag: number, to: number): void {
    this.use(mode)
    const blocks = Math.max(1, Math.ceil(input.length / BLOCK_BYTES))
    const lastLength = input.length - (blocks - 1) * BLOCK_BYTES
    this.memory.set(input, PADDED)
    this.memory.fill(0, PADDED + input.length, PADDED + blocks * BLOCK_BYTES)
    const { firstFlags, lastFlags } = CHUNK
    this.exports.one(
      KEY,
      PADDED,
      blocks,
      lastLength,
      low(counter),
      high(counter),
      mode.flags,
      firstFlags,
      lastFlags | rootFlag,
      to
    )
  }

  /** Hashes the pair at `address` to `OUTPUT`. */
  private topmost(mode: Mode, address: number, rootFlag: number): void {
    this.use(mode)
    this.exports.one(KEY, address, 1, BLOCK_BYTES, 0, 0, mode.flags | Flags.parent | rootFlag, 0, 0, OUTPUT)
  }

  /** Puts the key of `mode` in place, unless it is there since the last call. */
  private use(mode: Mode): void {
    if (mode === this.mode) return
    const key = new DataView(this.memory.buffer, KEY, HASH_BYTES)
    for (const [index, word] of mode.key.entries()) key.setUint32(index * 4, word, true)
    this.mode = mode
  }
}

/** Makes a kernel, with a memory of its own, from the compiled module. */
export const wasmKernel = (module: WasmModule): Kernel => new WasmKernel(module)
