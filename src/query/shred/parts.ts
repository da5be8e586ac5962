/**
 * The parts of lines that are known, in the memory of the kernel, which compares lines with them: see `wasm/lines.ts`.
 *
 * There is a part for each way in which a key and what is around it are written, whatever the lines that it is in, so that there are few parts where each line
 * has some of many keys. What is written in the same way may be another key within an object: which one, the part before it tells.
 */
import type { Shape } from "./shape.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { PARTS, PARTS_BYTES } from "./wasm/layout.ts"
import { Edge, Part } from "./wasm/lines.ts"

const VECTOR_BYTES = 16

/** A column, and where its kinds and values begin. */
interface Place {
  readonly number: number
  readonly kindsAt: number
  readonly cellsAt: number
}

/** What is known of lines. */
export class Parts {
  readonly #memory: Buffer
  readonly #view: DataView
  readonly #parts = new Map<string, number>()
  readonly #edges = new Set<string>()
  #end = 0

  /** The kernel is that which is told of them. */
  constructor({ memory: { buffer } }: Kernel) {
    this.#memory = Buffer.from(buffer)
    this.#view = new DataView(buffer)
    this.clear()
  }

  /** The part before lines. */
  get root(): number {
    return PARTS
  }

  /** Forgets all parts. */
  clear(): void {
    this.#parts.clear()
    this.#edges.clear()
    this.#end = PARTS + Part.bytes
    this.#view.setInt32(PARTS + Part.edges, 0, true)
  }

  /** Adds what is new in a line, with the columns of its keys and the objects that begin before them; gives whether something is, and there is room for it. */
  add({ between }: Shape, columns: ReadonlyArray<Place>, begun: ReadonlyArray<ReadonlyArray<Place>>): boolean {
    const known = this.#edges.size
    let before = this.root
    for (const [index, bytes] of between.entries()) {
      const part = this.#part(bytes, columns[index], begun[index] ?? [])
      if (part === undefined || !this.#follow(before, part)) return false
      before = part
    }
    return this.#edges.size > known
  }

  #take(sizeBytes: number): number | undefined {
    const start = this.#end
    if (start + sizeBytes > PARTS + PARTS_BYTES) return undefined
    this.#end += sizeBytes
    return start
  }

  #part(bytes: Uint8Array, column: Place | undefined, begun: ReadonlyArray<Place>): number | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
    const written = `${column?.number ?? ""} ${text}`
    const found = this.#parts.get(written)
    if (found !== undefined) return found
    const vectors = Math.ceil(bytes.length / VECTOR_BYTES)
    const sizeBytes = Part.bytes + 2 * VECTOR_BYTES * vectors
    const part = this.#take(sizeBytes)
    if (part === undefined) return undefined
    this.#memory.fill(0, part, part + sizeBytes)
    this.#view.setInt32(part + Part.length, bytes.length, true)
    this.#view.setInt32(part + Part.more, vectors - 1, true)
    this.#view.setInt32(part + Part.kinds, column?.kindsAt ?? 0, true)
    this.#view.setInt32(part + Part.cells, column?.cellsAt ?? 0, true)
    const own = column === undefined ? begun : [...begun, column]
    for (const { number } of own) this.#memory[part + Part.bits + (number >> 3)]! |= 1 << (number & 7)
    for (let from = 0, to = part + Part.bytes; from < bytes.length; from += VECTOR_BYTES, to += 2 * VECTOR_BYTES) {
      const some = bytes.subarray(from, from + VECTOR_BYTES)
      this.#memory.set(some, to)
      this.#memory.fill(255, to + VECTOR_BYTES, to + VECTOR_BYTES + some.length)
    }
    this.#parts.set(written, part)
    return part
  }

  /** Has a part follow another; false: there is no room. */
  #follow(before: number, part: number): boolean {
    const name = `${before} ${part}`
    if (this.#edges.has(name)) return true
    const edge = this.#take(Edge.bytes)
    if (edge === undefined) return false
    this.#edges.add(name)
    this.#view.setInt32(edge + Edge.part, part, true)
    this.#view.setInt32(edge + Edge.next, this.#view.getInt32(before + Part.edges, true), true)
    this.#view.setInt32(before + Part.edges, edge, true)
    return true
  }
}
