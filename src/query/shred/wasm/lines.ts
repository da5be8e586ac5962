/**
 * The function that reads lines: it compares what lies between values with what was found there in earlier lines, and takes the values.
 *
 * What may come before a value, or behind the last one, is a part: its length; by how many vectors of 16 bytes beyond the first it is compared; where the kinds and the cells of
 * the column begin, nothing behind the last value; the first of its edges; a vector with a bit for the column, and for each object that begins before its value; and the vectors, each followed by one that tells
 * which of its bytes count. An edge leads to a part that came next: where that part is, and the next edge of the same part, or nothing. The first byte behind the
 * lines is zero.
 */
import {
  advance,
  block,
  type Code,
  give,
  i32,
  jump,
  KernelFunction,
  type Label,
  loop,
  Type,
  v128,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { FLAG_BYTES, ORDER, STATE, State } from "./layout.ts"
import { scratch } from "./scope.ts"
import { value } from "./values.ts"

/** Places in a part. */
export const Part = { length: 0, more: 4, kinds: 8, cells: 12, edges: 16, bits: 32, bytes: 48 } as const
/** Places in an edge, and its bytes. */
export const Edge = { part: 0, next: 4, bytes: 8 } as const

/** Compares a part with what stands at a place, and leaves where that is something else. */
const compare = (
  part: Variable,
  { ahead, count, place, vector }: Readonly<Record<"place" | "ahead" | "vector" | "count", Variable>>,
  other: Label
): ReadonlyArray<Code> => {
  const isOther = (text: Variable, at: Variable, offset: number): Code => {
    const difference = v128.xor(v128.load(text.value), v128.load(at.value, offset))
    return v128.isAnyTrue(v128.and(difference, v128.load(at.value, offset + 16)))
  }
  return [
    jump(other, isOther(place, part, Part.bytes)),
    count.set(i32.load(part.value, Part.more)),
    // Few parts have more than one vector.
    when(count.value, [
      vector.set(i32.add(part.value, i32.of(Part.bytes))),
      ahead.set(place.value),
      loop((again) => [
        advance(vector, 32),
        advance(ahead, 16),
        jump(other, isOther(ahead, vector, 0)),
        count.set(i32.sub(count.value, i32.of(1))),
        jump(again, count.value)
      ])
    ])
  ]
}

/** Notes when the column came first, if it did. */
const note = (kinds: Variable, order: Variable): Code =>
  when(i32.isZero(i32.load(i32.sub(kinds.value, i32.of(FLAG_BYTES)), ORDER)), [
    order.set(i32.add(i32.load(i32.of(STATE), State.order), i32.of(1))),
    i32.store(i32.of(STATE), order.value, State.order),
    i32.store(i32.sub(kinds.value, i32.of(FLAG_BYTES)), order.value, ORDER)
  ])

/** Changes places with the edge before, if there is one: what comes often is found soon. */
const rise = (edge: Variable, before: Variable, part: Variable): Code =>
  when(before.value, [
    i32.store(edge.value, i32.load(before.value, Edge.part), Edge.part),
    i32.store(before.value, part.value, Edge.part)
  ])

/**
 * Reads lines from `start` on, as rows from `row` on, until one has other parts than follow `root` by edges, or other values, or `end` or `rowEnd` is reached.
 * Gives where it stopped; the state tells the row. Of the line where it stopped, some kinds may be written.
 */
export const lines = (): KernelFunction =>
  new KernelFunction(5, ([root, start, end, row, rowEnd], local) => {
    const [edge, before, part, begin] = [local(Type.i32), local(Type.i32), local(Type.i32), local(Type.i32)]
    const comparison = { vector: local(Type.i32), count: local(Type.i32) }
    const line = { place: local(Type.i32), row: row!, kinds: local(Type.i32), cell: local(Type.i32) }
    const values = { ...line, ...scratch(local) }
    const { ahead, byte, cell, kinds, place } = values
    const seen = local(Type.v128)
    const field = (other: Label): ReadonlyArray<Code> => [
      // A key that came before in the line.
      jump(other, v128.isAnyTrue(v128.and(seen.value, v128.load(part.value, Part.bits)))),
      note(kinds, cell),
      advance(kinds, row!.value),
      cell.set(i32.add(i32.load(part.value, Part.cells), i32.shiftLeft(row!.value, i32.of(3)))),
      byte.set(i32.load8(place.value)),
      value({ ...values, other }),
      seen.set(v128.or(seen.value, v128.load(part.value, Part.bits)))
    ]
    return [
      block((stop) => [
        loop((nextLine) => [
          jump(stop, i32.atLeast(start!.value, end!.value)),
          jump(stop, i32.atLeast(row!.value, rowEnd!.value)),
          place.set(start!.value),
          part.set(root!.value),
          seen.set(v128.ofBytes(0)),
          block((lineEnd) => [
            loop((nextPart) => [
              edge.set(i32.load(part.value, Part.edges)),
              before.set(i32.of(0)),
              begin.set(place.value),
              loop((nextEdge) => [
                jump(stop, i32.isZero(edge.value)),
                part.set(i32.load(edge.value, Edge.part)),
                block((other) => [
                  ...compare(part, { place, ahead, ...comparison }, other),
                  advance(place, i32.load(part.value, Part.length)),
                  kinds.set(i32.load(part.value, Part.kinds)),
                  when(kinds.value, field(other)),
                  rise(edge, before, part),
                  jump(nextPart, i32.load(part.value, Part.kinds)),
                  jump(lineEnd)
                ]),
                place.set(begin.value),
                before.set(edge.value),
                edge.set(i32.load(edge.value, Edge.next)),
                jump(nextEdge)
              ])
            ])
          ]),
          start!.set(place.value),
          advance(row!, 1),
          jump(nextLine)
        ])
      ]),
      i32.store(i32.of(STATE), row!.value, State.row),
      give(start!.value)
    ]
  })
