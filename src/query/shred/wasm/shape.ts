/**
 * Shapes of lines as the kernel compares them: see `lines`.
 */
import type { Shape } from "../shape.ts"
import { Field } from "./lines.ts"

const VECTOR_BYTES = 16

/** Where the kinds and the values of a column begin. */
interface Column {
  readonly kindsAt: number
  readonly cellsAt: number
}

/** The fields of a shape, one behind the other, with the columns of its keys. */
export const describeShape = ({ between }: Shape, columns: ReadonlyArray<Column>): Uint8Array => {
  const counts = between.map((bytes) => Math.ceil(bytes.length / VECTOR_BYTES))
  const sizeBytes = counts.reduce((sum, count) => sum + Field.bytes + 2 * VECTOR_BYTES * count, 0)
  const description = new Uint8Array(sizeBytes)
  const view = new DataView(description.buffer)
  let start = 0
  for (const [index, bytes] of between.entries()) {
    const column = columns[index]
    view.setInt32(start + Field.length, bytes.length, true)
    view.setInt32(start + Field.vectors, counts[index]!, true)
    view.setInt32(start + Field.kinds, column?.kindsAt ?? 0, true)
    view.setInt32(start + Field.cells, column?.cellsAt ?? 0, true)
    start += Field.bytes
    for (let from = 0; from < bytes.length; from += VECTOR_BYTES) {
      const part = bytes.subarray(from, from + VECTOR_BYTES)
      description.set(part, start)
      description.fill(255, start + VECTOR_BYTES, start + VECTOR_BYTES + part.length)
      start += 2 * VECTOR_BYTES
    }
  }
  return description
}
