/**
 * The function that reads lines: it compares what lies between values with what was found there in earlier lines, and takes the values.
 *
 * What may come before a value, or behind the last one, is a part: its length; by how many vectors of 16 bytes it is compared; where the kinds and the cells of
 * the column begin, nothing behind the last value; the first of its edges; a vector with a bit for the column; and the vectors, each followed by one that tells
 * which of its bytes count. An edge
 * leads to a part that came next: where that part is, and the next edge of the same part, or nothing. The first byte behind the lines is zero.
 */
import {
  advance,
  block,
  type Code,
  during,
  f64,
  give,
  i32,
  i64,
  jump,
  KernelFunction,
  type Label,
  loop,
  select,
  Type,
  v128,
  type Variable,
  when
} from "../../../bao/wasm/expression.ts"
import { FLAG_BYTES, Kind, ORDER, POWERS, STATE, State } from "./layout.ts"

/** Places in a part. */
export const Part = { length: 0, vectors: 4, kinds: 8, cells: 12, edges: 16, bit: 32, bytes: 48 } as const
/** Places in an edge, and its bytes. */
export const Edge = { part: 0, next: 4, bytes: 8 } as const

const QUOTE = 34
const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
const BACKSLASH = 92
const E = 101
/** `true`, `fals` and `null` as words, the least significant byte first. */
const TRUE = 0x65757274
const FALS = 0x736c6166
const NULL = 0x6c6c756e

/** Digits that an integer of 64 bits holds, but for the sign, and those that a floating point number holds exactly, whatever they are. */
const INTEGER_DIGITS_MAX = 19
const DIGITS_MAX = 15

const byteOf = (place: Variable): Code => i32.load8(place.value)
const is = (byte: Variable, code: number): Code => i32.eq(byte.value, i32.of(code))

/** What the functions about values know of the line and the field that they are in. */
interface Scope {
  /** Where the value begins; they move it behind. */
  readonly place: Variable
  readonly row: Variable
  readonly kinds: Variable
  readonly cell: Variable
  readonly byte: Variable
  readonly bits: Variable
  readonly ahead: Variable
  readonly isNegative: Variable
  readonly isEscaped: Variable
  readonly text: Variable
  readonly digits: Variable
  readonly others: Variable
  readonly width: Variable
  readonly number: Variable
  readonly fraction: Variable
  /** Leaves, as there is no such value. */
  readonly other: Label
}

const keep = ({ kinds }: Scope, kind: number): Code => i32.store8(kinds.value, i32.of(kind))

/** Says that something is left to be read by others. */
const flag = ({ kinds, row }: Scope): Code =>
  i32.store8(i32.sub(kinds.value, i32.add(row.value, i32.of(FLAG_BYTES))), i32.of(1))

/** Keeps where a text begins and ends. */
const keepSpan = ({ cell }: Scope, start: Code, end: Code): Code =>
  i64.store(cell.value, i64.or(i64.widened(start), i64.shiftLeft(i64.widened(end), i64.of(32n))))

/** Takes a string; what it is where something in it is escaped is left to others. */
const string = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, bits, byte, isEscaped, other, place, text } = scope
  // A quote, a backslash or a control character.
  const special = v128.or(
    v128.or(v128.eq(text.value, v128.ofBytes(QUOTE)), v128.eq(text.value, v128.ofBytes(BACKSLASH))),
    v128.less(text.value, v128.ofBytes(32))
  )
  return [
    advance(place, 1),
    ahead.set(place.value),
    isEscaped.set(i32.of(0)),
    loop((again) => [
      text.set(v128.load(ahead.value)),
      bits.set(v128.bits(special)),
      when(i32.isZero(bits.value), [advance(ahead, 16), jump(again)]),
      advance(ahead, i32.countTrailingZeros(bits.value)),
      byte.set(byteOf(ahead)),
      when(is(byte, BACKSLASH), [isEscaped.set(i32.of(1)), advance(ahead, 2), jump(again)])
    ]),
    jump(other, i32.ne(byte.value, i32.of(QUOTE))),
    keep(scope, Kind.text),
    when(isEscaped.value, [keep(scope, Kind.escaped), flag(scope)]),
    keepSpan(scope, place.value, ahead.value),
    place.set(i32.add(ahead.value, i32.of(1)))
  ]
}

const ZEROS = 0x3030303030303030n
const SIXES = 0x0606060606060606n
const HIGHS = 0xf0f0f0f0f0f0f0f0n

/** Loads 8 bytes; `width` becomes how many bits of them are digits, or 64 or more where all are. */
const loadDigits = ({ digits, others, width }: Scope, place: Code): ReadonlyArray<Code> => [
  digits.set(i64.xor(i64.load(place), i64.of(ZEROS))),
  // A digit is now 0 to 9: six more leaves its first half as it is. What carries over comes from behind the digits.
  others.set(i64.and(i64.or(digits.value, i64.add(digits.value, i64.of(SIXES))), i64.of(HIGHS))),
  // Of nothing, 64 trailing zeros are counted.
  width.set(i64.and(i64.countTrailingZeros(others.value), i64.of(-8n)))
]

/** The number that the digits are, of which there are 1 to 8. */
const valueOfDigits = ({ digits, width }: Scope): ReadonlyArray<Code> => [
  // The first digit is the least significant byte: those that are missing become zeros before it.
  digits.set(i64.shiftLeft(digits.value, i64.sub(i64.of(64n), width.value))),
  ...(
    [
      [10n, 8n, 0x00ff00ff00ff00ffn],
      [100n, 16n, 0x0000ffff0000ffffn],
      [10_000n, 32n, 0x00000000ffffffffn]
    ] as const
  ).map(([times, by, mask]) =>
    digits.set(
      i64.and(i64.add(i64.mul(digits.value, i64.of(times)), i64.shiftRight(digits.value, i64.of(by))), i64.of(mask))
    )
  )
]

/** How many bytes such digits are. */
const bytesOf = (width: Variable): Code => i32.low(i64.shiftRight(width.value, i64.of(3n)))
/** Ten to the power of how many such digits there are. */
const power = (width: Variable): Code => i64.load(i32.low(width.value), POWERS)

/** Takes a number with a fraction, whose point lies ahead, as far as that is exact; `written`: it is not. */
const decimals = (scope: Scope, written: Label): ReadonlyArray<Code> => {
  const { ahead, byte, cell, digits, fraction, isNegative, number, place, width } = scope
  const digitCount = i32.add(i32.sub(i32.sub(ahead.value, place.value), isNegative.value), bytesOf(width))
  return [
    ...loadDigits(scope, i32.add(ahead.value, i32.of(1))),
    jump(written, i64.isZero(width.value)),
    jump(written, i64.eq(width.value, i64.of(64n))),
    jump(written, i32.more(digitCount, i32.of(DIGITS_MAX))),
    byte.set(i32.load8(i32.add(ahead.value, bytesOf(width)), 1)),
    jump(written, isNumeric(byte)),
    number.set(i64.mul(number.value, power(width))),
    fraction.set(f64.fromInteger(power(width))),
    advance(ahead, i32.add(bytesOf(width), i32.of(1))),
    ...valueOfDigits(scope),
    // Both are exact, and so is what their division is rounded to.
    fraction.set(f64.div(f64.fromInteger(i64.add(number.value, digits.value)), fraction.value)),
    keep(scope, Kind.real),
    f64.store(cell.value, select(f64.negated(fraction.value), fraction.value, isNegative.value))
  ]
}

/** Whether a byte may go on a number. */
const isNumeric = (byte: Variable): Code =>
  i32.or(
    i32.or(is(byte, POINT), i32.eq(i32.or(byte.value, i32.of(32)), i32.of(E))),
    i32.or(i32.or(is(byte, PLUS), is(byte, MINUS)), i32.less(i32.sub(byte.value, i32.of(ZERO)), i32.of(10)))
  )

/** Passes a number that others have to read. */
const written = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, byte, place } = scope
  return [
    byte.set(byteOf(ahead)),
    during(isNumeric(byte), [advance(ahead, 1), byte.set(byteOf(ahead))]),
    keep(scope, Kind.written),
    flag(scope),
    keepSpan(scope, place.value, ahead.value),
    place.set(ahead.value)
  ]
}

/** Takes a number with a point or an exponent. */
const real = (scope: Scope): ReadonlyArray<Code> => [
  block((done) => [
    block((toOthers) => [
      jump(toOthers, i32.ne(scope.byte.value, i32.of(POINT))),
      ...decimals(scope, toOthers),
      scope.place.set(scope.ahead.value),
      jump(done)
    ]),
    ...written(scope)
  ])
]

/** Takes `true`, `false` or `null`; 32 bits of it are in `bits`. */
const word = (scope: Scope): ReadonlyArray<Code> => {
  const { bits, other, place } = scope
  const isWord = (code: number): Code => i32.eq(bits.value, i32.of(code))
  return [
    bits.set(i32.load(place.value)),
    when(
      isWord(NULL),
      [keep(scope, Kind.null), advance(place, 4)],
      [
        when(
          isWord(TRUE),
          [keep(scope, Kind.true), advance(place, 4)],
          [
            jump(other, i32.isZero(isWord(FALS))),
            jump(other, i32.ne(i32.load8(place.value, 4), i32.of(E))),
            keep(scope, Kind.false),
            advance(place, 5)
          ]
        )
      ]
    )
  ]
}

/** Takes an integer, whose end lies ahead. Of too many digits, with a zero before others, or zero with a sign: for the engine. */
const integer = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, byte, cell, isNegative, number, other, place } = scope
  const first = i32.load8(i32.add(place.value, isNegative.value))
  const count = i32.sub(i32.sub(ahead.value, place.value), isNegative.value)
  return [
    jump(other, i32.and(i32.eq(first, i32.of(ZERO)), i32.more(count, i32.of(1)))),
    byte.set(byteOf(ahead)),
    when(isNumeric(byte), real(scope), [
      jump(other, i32.or(i32.more(count, i32.of(INTEGER_DIGITS_MAX)), i64.lessSigned(number.value, i64.of(0n)))),
      jump(other, i32.and(isNegative.value, i64.isZero(number.value))),
      keep(scope, Kind.integer),
      i64.store(cell.value, select(i64.sub(i64.of(0n), number.value), number.value, isNegative.value)),
      place.set(ahead.value)
    ])
  ]
}

/** Takes digits of a number after the eighth. */
const moreDigits = (scope: Scope): Code => {
  const { ahead, byte, digits, number, width } = scope
  return loop((again) => [
    ...loadDigits(scope, ahead.value),
    when(i64.isSome(width.value), [
      number.set(i64.mul(number.value, power(width))),
      advance(ahead, bytesOf(width)),
      byte.set(i32.low(width.value)),
      ...valueOfDigits(scope),
      number.set(i64.add(number.value, digits.value)),
      jump(again, i32.eq(byte.value, i32.of(64)))
    ])
  ])
}

const numberOrWord = (scope: Scope): ReadonlyArray<Code> => {
  const { ahead, byte, digits, isNegative, number, other, place, width } = scope
  return [
    isNegative.set(is(byte, MINUS)),
    ahead.set(i32.add(place.value, isNegative.value)),
    ...loadDigits(scope, ahead.value),
    when(
      i64.isZero(width.value),
      [jump(other, isNegative.value), ...word(scope)],
      [
        advance(ahead, bytesOf(width)),
        byte.set(i32.low(width.value)),
        ...valueOfDigits(scope),
        number.set(digits.value),
        when(i32.eq(byte.value, i32.of(64)), [moreDigits(scope)]),
        ...integer(scope)
      ]
    )
  ]
}

/** Compares a part with what stands at a place, and leaves where that is something else. */
const compare = (
  part: Variable,
  { ahead, count, place, vector }: Readonly<Record<"place" | "ahead" | "vector" | "count", Variable>>,
  other: Label
): ReadonlyArray<Code> => {
  const difference = v128.xor(v128.load(ahead.value), v128.load(vector.value))
  return [
    count.set(i32.load(part.value, Part.vectors)),
    vector.set(i32.add(part.value, i32.of(Part.bytes))),
    ahead.set(place.value),
    loop((again) => [
      jump(other, v128.isAnyTrue(v128.and(difference, v128.load(vector.value, 16)))),
      advance(vector, 32),
      advance(ahead, 16),
      count.set(i32.sub(count.value, i32.of(1))),
      jump(again, count.value)
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
    const bytes = { byte: local(Type.i32), bits: local(Type.i32), ahead: local(Type.i32), text: local(Type.v128) }
    const words = { digits: local(Type.i64), others: local(Type.i64), width: local(Type.i64), number: local(Type.i64) }
    const signs = { isNegative: local(Type.i32), isEscaped: local(Type.i32) }
    const values = { ...line, ...bytes, ...words, ...signs, fraction: local(Type.f64) }
    const { ahead, byte, cell, kinds, place } = values
    const seen = local(Type.v128)
    const value = (other: Label): ReadonlyArray<Code> => [
      // A key that came before in the line.
      jump(other, v128.isAnyTrue(v128.and(seen.value, v128.load(part.value, Part.bit)))),
      note(kinds, cell),
      advance(kinds, row!.value),
      cell.set(i32.add(i32.load(part.value, Part.cells), i32.shiftLeft(row!.value, i32.of(3)))),
      byte.set(byteOf(place)),
      when(is(byte, QUOTE), string({ ...values, other }), numberOrWord({ ...values, other })),
      seen.set(v128.or(seen.value, v128.load(part.value, Part.bit)))
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
                  when(kinds.value, value(other)),
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
