/**
 * WebAssembly as expressions: functions of loops, jumps and operations on values, written down as they are read.
 *
 * Operands come before their operation and nothing is reordered, so that what is emitted is what stands here. Codes are those of the WebAssembly core
 * specification 3.0, binary format: section 5.4.
 */
import type { FunctionCode } from "./assembler.ts"
import { Bytes } from "./bytes.ts"

/** Appends instructions, so deep within blocks. */
export type Code = (bytes: Bytes, depth: number) => void

/** Types of values, by their codes. */
export const Type = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b } as const

const all = (codes: ReadonlyArray<Code>, bytes: Bytes, depth: number): void => {
  for (const code of codes) code(bytes, depth)
}

const operation =
  (...instruction: ReadonlyArray<number>) =>
  (...operands: ReadonlyArray<Code>): Code =>
  (bytes, depth) => {
    all(operands, bytes, depth)
    bytes.bytes(instruction)
  }

/** A load from, or a store to, an address, to which `offset` is added; nothing is promised about its alignment. */
const access =
  (...instruction: ReadonlyArray<number>) =>
  (address: Code, value: Code | undefined, offset: number): Code =>
  (bytes, depth) => {
    address(bytes, depth)
    value?.(bytes, depth)
    bytes.bytes(instruction).byte(0).unsigned(offset)
  }
const load = (...instruction: ReadonlyArray<number>) => {
  const from = access(...instruction)
  return (address: Code, offset = 0): Code => from(address, undefined, offset)
}
const store = (...instruction: ReadonlyArray<number>) => {
  const to = access(...instruction)
  return (address: Code, value: Code, offset = 0): Code => to(address, value, offset)
}

/** Operations on integers of 32 bits, of which addresses are. */
export const i32 = {
  of:
    (value: number): Code =>
    (bytes) =>
      void bytes.byte(0x41).signed(value | 0),
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
  isZero: operation(0x45),
  eq: operation(0x46),
  ne: operation(0x47),
  less: operation(0x49),
  more: operation(0x4b),
  atLeast: operation(0x4f),
  countLeadingZeros: operation(0x67),
  countTrailingZeros: operation(0x68),
  countOnes: operation(0x69),
  add: operation(0x6a),
  sub: operation(0x6b),
  mul: operation(0x6c),
  and: operation(0x71),
  or: operation(0x72),
  xor: operation(0x73),
  shiftLeft: operation(0x74),
  shiftRight: operation(0x76),
  /** The lower half of 64 bits. */
  low: operation(0xa7)
}

/** Operations on integers of 64 bits. */
export const i64 = {
  of:
    (value: bigint): Code =>
    (bytes) => {
      bytes.byte(0x42)
      let rest = BigInt.asIntN(64, value)
      for (; rest < -64n || rest > 63n; rest >>= 7n) bytes.byte(Number(rest & 0x7fn) | 0x80)
      bytes.byte(Number(rest & 0x7fn))
    },
  load: load(0x29),
  store: store(0x37),
  isZero: operation(0x50),
  isSome: (value: Code): Code => i32.isZero(i64.isZero(value)),
  eq: operation(0x51),
  ne: operation(0x52),
  lessSigned: operation(0x53),
  more: operation(0x56),
  moreSigned: operation(0x55),
  countLeadingZeros: operation(0x79),
  countTrailingZeros: operation(0x7a),
  add: operation(0x7c),
  sub: operation(0x7d),
  mul: operation(0x7e),
  and: operation(0x83),
  or: operation(0x84),
  xor: operation(0x85),
  shiftLeft: operation(0x86),
  shiftRightSigned: operation(0x87),
  shiftRight: operation(0x88),
  /** From 32 bits without a sign, and with one. */
  widened: operation(0xad),
  widenedSigned: operation(0xac)
}

/** Operations on floating point numbers of 64 bits. */
export const f64 = {
  store: store(0x39),
  negated: operation(0x9a),
  div: operation(0xa3),
  fromInteger: operation(0xb9)
}

/** Operations on vectors of 16 bytes. */
export const v128 = {
  load: load(0xfd, 0x00),
  store: store(0xfd, 0x0b),
  /** A vector of 16 times the same byte. */
  ofBytes:
    (byte: number): Code =>
    (bytes) =>
      void bytes.byte(0xfd).byte(0x0c).bytes(new Uint8Array(16).fill(byte)),
  splat: operation(0xfd, 0x0f),
  eq: operation(0xfd, 0x23),
  less: operation(0xfd, 0x26),
  and: operation(0xfd, 0x4e),
  or: operation(0xfd, 0x50),
  xor: operation(0xfd, 0x51),
  isAnyTrue: operation(0xfd, 0x53),
  /** Where the third vector's bits are set, those of the first, elsewhere those of the second. */
  choose: operation(0xfd, 0x52),
  isAllTrue: operation(0xfd, 0x63),
  /** The highest bit of each byte. */
  bits: operation(0xfd, 0x64),
  addBytes: operation(0xfd, 0x6e),
  subBytes: operation(0xfd, 0x71),
  /** A vector of eight times the same 16 bits. */
  of16:
    (value: number): Code =>
    (bytes) =>
      void bytes
        .byte(0xfd)
        .byte(0x0c)
        .bytes(Array.from({ length: 16 }, (_, at) => (value >>> (8 * (at & 1))) & 255)),
  shiftLeft16: operation(0xfd, 0x8b, 0x01),
  shiftRight16: operation(0xfd, 0x8d, 0x01),
  /** The numbers of 16 bits of two vectors, which are less than 256, as bytes. */
  narrow: operation(0xfd, 0x66),
  /** The first 64 bits, and the last. */
  lowHalf: operation(0xfd, 0x1d, 0),
  highHalf: operation(0xfd, 0x1d, 1)
}

/** One of two values: the first where the third is not zero. */
export const select = operation(0x1b)

/** A parameter or local variable. */
export interface Variable {
  readonly value: Code
  readonly set: (value: Code) => Code
}

const variable = (index: number): Variable => ({
  value: (bytes) => void bytes.byte(0x20).unsigned(index),
  set: (value) => (bytes, depth) => {
    value(bytes, depth)
    bytes.byte(0x21).unsigned(index)
  }
})

/** A block to leave, or a loop to repeat. */
export interface Label {
  depth: number
}

const framed =
  (opening: number) =>
  (body: (label: Label) => ReadonlyArray<Code>): Code =>
  (bytes, depth) => {
    const label = { depth }
    bytes.byte(opening).byte(0x40)
    all(body(label), bytes, depth + 1)
    bytes.byte(0x0b)
  }

/** Instructions that a jump to the label leaves. */
export const block = framed(0x02)
/** Instructions that a jump to the label begins anew. */
export const loop = framed(0x03)

/** Jumps to a label, with a condition only where it is not zero. */
export const jump =
  (label: Label, condition?: Code): Code =>
  (bytes, depth) => {
    condition?.(bytes, depth)
    bytes.byte(condition === undefined ? 0x0c : 0x0d).unsigned(depth - label.depth - 1)
  }

/** Does some or others. */
export const when =
  (condition: Code, then: ReadonlyArray<Code>, otherwise: ReadonlyArray<Code> = []): Code =>
  (bytes, depth) => {
    condition(bytes, depth)
    bytes.byte(0x04).byte(0x40)
    all(then, bytes, depth + 1)
    if (otherwise.length > 0) {
      bytes.byte(0x05)
      all(otherwise, bytes, depth + 1)
    }
    bytes.byte(0x0b)
  }

/** Ends the function with a result. */
export const give = operation(0x0f)

/** Repeats as long as a condition holds. */
export const during = (condition: Code, body: ReadonlyArray<Code>): Code =>
  block((leave) => [loop((again) => [jump(leave, i32.isZero(condition)), ...body, jump(again)])])

/** Adds to a variable of 32 bits. */
export const advance = (place: Variable, by: Code | number): Code =>
  place.set(i32.add(place.value, typeof by === "number" ? i32.of(by) : by))

/** A function of integers of 32 bits whose result is one; its last instruction gives it. */
export class KernelFunction implements FunctionCode {
  readonly parameterCount: number
  readonly hasResult = true
  readonly #locals: Array<number> = []
  readonly #body: ReadonlyArray<Code>

  /** `build` is given the parameters and a way to declare variables. */
  constructor(
    parameterCount: number,
    build: (parameters: ReadonlyArray<Variable>, local: (type: number) => Variable) => ReadonlyArray<Code>
  ) {
    this.parameterCount = parameterCount
    const parameters = Array.from({ length: parameterCount }, (_, index) => variable(index))
    this.#body = build(parameters, (type) => variable(parameterCount + this.#locals.push(type) - 1))
  }

  encode(): Bytes {
    const entry = new Bytes().unsigned(this.#locals.length)
    for (const type of this.#locals) entry.byte(1).byte(type)
    all(this.#body, entry, 0)
    return new Bytes().sized(entry.byte(0x0b))
  }
}
