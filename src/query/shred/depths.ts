/**
 * How deep the rows of a group go into objects: for each object of a row, whether it is there, and all those that it lies in.
 *
 * An object is there where it is without keys, and where one of its keys is, whatever its value. Depths are the definition levels of Parquet (Dremel, section 4.1): how many of the objects
 * that a value lies in, and itself, are there.
 */
import { depthOf, objectOf, objectsOf } from "./path.ts"
import type { Group, ShreddedColumn } from "./shredder.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { Kind } from "./wasm/layout.ts"

/** How deep rows go into an object: the same for all, or a byte for each. */
export interface ObjectDepths {
  readonly name: string
  readonly depths: number | Uint8Array<ArrayBuffer>
}

/** Vectors of the kernel may reach so far behind the rows. */
const BEHIND_BYTES = 16

/** Finds out about one group after the other. */
export class Depths {
  readonly #kernel: Kernel
  readonly #bytes: Uint8Array<ArrayBuffer>
  /** Where the bytes of each object begin: where its values would be, if it were a column. */
  readonly #places = new Map<string, number>()

  /** The kernel is that whose memory has the groups. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#bytes = new Uint8Array(kernel.memory.buffer)
  }

  /** Begins with another group. */
  begin({ columns, objects, rows }: Pick<Group, "columns" | "objects" | "rows">): void {
    this.#places.clear()
    for (const { cellsAt, name } of objects) {
      this.#places.set(name, cellsAt)
      this.#bytes.fill(0, cellsAt, cellsAt + rows + BEHIND_BYTES)
    }
    for (const { kindsAt, name } of columns) {
      if (this.#places.has(name)) this.#kernel.markKind(kindsAt, rows, this.of(name), Kind.empty)
      for (const object of objectsOf(name)) this.#kernel.mark(kindsAt, rows, this.of(object))
    }
    for (const { cellsAt, name } of objects) {
      const outer = objectOf(name)
      if (outer !== undefined) this.#kernel.deepen(this.of(outer), rows, cellsAt)
    }
  }

  /** Where the bytes of an object begin. */
  of(object: string): number {
    return this.#places.get(object)!
  }

  /** What there is to tell of the objects. */
  told(objects: ReadonlyArray<ShreddedColumn>, rows: number): ReadonlyArray<ObjectDepths> {
    return objects.map(({ cellsAt, name }) => {
      const deepest = depthOf(name) + 1
      const isSame = this.#kernel.countKind(cellsAt, rows, deepest) === rows
      return { name, depths: isSame ? deepest : this.#bytes.slice(cellsAt, cellsAt + rows) }
    })
  }
}
