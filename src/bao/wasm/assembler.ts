/**
 * A small WebAssembly assembler: what the BLAKE3 module needs of the binary format, and no more.
 *
 * Instructions are appended in the order in which they shall run and nothing is reordered: the speed of the module
 * depends on that order, because the engine allocates registers along it. Codes are those of the WebAssembly core
 * specification 3.0, binary format: sections 5.4 (instructions) and 5.5 (modules).
 */

import { Bytes } from "./bytes.ts"

/** Types of values, by their codes: integers, and vectors of 16 bytes. */
export const Type = { i32: 0x7f, v128: 0x7b } as const

/** A parameter or local variable of a function. */
export interface Local {
  readonly index: number
}

/** Instructions without immediates. All that begin with 0xfd work on vectors of four 32-bit words. */
export const Op = {
  i32Eq: [0x46],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  i32Or: [0x72],
  i32Xor: [0x73],
  i32Rotr: [0x78],
  select: [0x1b],
  splat: [0xfd, 0x11],
  less: [0xfd, 0x3a],
  or: [0xfd, 0x50],
  xor: [0xfd, 0x51],
  shiftLeft: [0xfd, 0xab, 0x01],
  shiftRight: [0xfd, 0xad, 0x01],
  add: [0xfd, 0xae, 0x01],
  sub: [0xfd, 0xb1, 0x01],
  mul: [0xfd, 0xb5, 0x01],
  /** Picks bytes of a vector by a vector of positions; "relaxed" concerns positions above 15 only, which never occur. */
  swizzle: [0xfd, 0x80, 0x02]
} as const

/** Loads and stores: the code, then the alignment that is promised to the engine (none). */
export const Access = {
  i32Load: [0x28, 0],
  i32Store: [0x36, 0],
  load: [0xfd, 0x00, 0],
  loadSplat: [0xfd, 0x09, 0],
  store: [0xfd, 0x0b, 0]
} as const

/** A function without result in the making; its parameters are 32-bit integers and have names. */
export class Code<Name extends string = string> implements FunctionCode {
  readonly hasResult = false
  readonly parameters: Readonly<Record<Name, Local>>
  readonly parameterCount: number
  private readonly locals: Array<number> = []
  private readonly body = new Bytes()

  constructor(...parameters: ReadonlyArray<Name>) {
    this.parameterCount = parameters.length
    this.parameters = Object.fromEntries(parameters.map((name, index) => [name, { index }])) as Record<Name, Local>
  }

  /** Declares a local variable of a type. */
  local(type: number): Local {
    return { index: this.parameterCount + this.locals.push(type) - 1 }
  }

  /** Declares `count` local variables of a type. */
  array(type: number, count: number): ReadonlyArray<Local> {
    return Array.from({ length: count }, () => this.local(type))
  }

  /** Appends an instruction of `Op`. */
  op(instruction: ReadonlyArray<number>): this {
    for (const byte of instruction) this.body.byte(byte)
    return this
  }

  /** Pushes the value of a local. */
  get(local: Local): this {
    this.body.byte(0x20).unsigned(local.index)
    return this
  }

  /** Pops a value into a local. */
  set(local: Local): this {
    this.body.byte(0x21).unsigned(local.index)
    return this
  }

  /** Copies the value on the stack into a local. */
  tee(local: Local): this {
    this.body.byte(0x22).unsigned(local.index)
    return this
  }

  /** Pushes an integer. */
  i32(value: number): this {
    this.body.byte(0x41).signed(value | 0)
    return this
  }

  /** Pushes a vector of four words. */
  vector(words: readonly [number, number, number, number]): this {
    this.body.byte(0xfd).byte(0x0c)
    for (const word of words) for (let bit = 0; bit < 32; bit += 8) this.body.byte((word >>> bit) & 0xff)
    return this
  }

  /** Replaces two vectors by one whose word i is the word `from[i]` of their eight. */
  shuffle(from: readonly [number, number, number, number]): this {
    this.body.byte(0xfd).byte(0x0d)
    for (const word of from) for (let byte = 0; byte < 4; byte++) this.body.byte(word * 4 + byte)
    return this
  }

  /** Pushes what an instruction of `Access` loads from a fixed address. */
  load(instruction: ReadonlyArray<number>, address: number): this {
    return this.i32(0).access(instruction, address)
  }

  /** Appends an instruction of `Access`; `offset` is added to the address on the stack. */
  access(instruction: ReadonlyArray<number>, offset: number): this {
    this.op(instruction).body.unsigned(offset)
    return this
  }

  /** Repeats what `body` appends as long as the integer that it leaves on the stack is not zero. */
  loop(body: () => void): this {
    this.body.byte(0x03).byte(0x40)
    body()
    this.body.byte(0x0d).byte(0).byte(0x0b)
    return this
  }

  /** Returns the function as an entry of the code section. */
  encode(): Bytes {
    const entry = new Bytes().unsigned(this.locals.length)
    for (const type of this.locals) entry.byte(1).byte(type)
    return new Bytes().sized(entry.bytes(this.body.toArray()).byte(0x0b))
  }
}

/** A vector of the binary format: the count of its items, then each. */
const list = (items: ReadonlyArray<Bytes>): Bytes => {
  const bytes = new Bytes().unsigned(items.length)
  for (const item of items) bytes.bytes(item.toArray())
  return bytes
}

/** An export: its name, its kind (0 function, 2 memory) and its index. */
const exported = (name: string, kind: number, index: number): Bytes =>
  new Bytes()
    .sized(new Bytes().bytes(new TextEncoder().encode(name)))
    .byte(kind)
    .unsigned(index)

/** A function of 32-bit integers, without result or with one of them. */
export interface FunctionCode {
  readonly parameterCount: number
  readonly hasResult: boolean
  /** Returns the function as an entry of the code section. */
  readonly encode: () => Bytes
}

/** Returns the bytes of a module with a memory of `pages` times 64 KiB; it exports "memory" and the functions by name. */
export const assemble = (functions: Readonly<Record<string, FunctionCode>>, pages: number): Uint8Array => {
  const codes = Object.values(functions)
  const integers = (count: number) => list(Array.from({ length: count }, () => new Bytes().byte(Type.i32))).toArray()
  const types = codes.map(({ hasResult, parameterCount }) =>
    new Bytes()
      .byte(0x60)
      .bytes(integers(parameterCount))
      .bytes(integers(hasResult ? 1 : 0))
  )
  const indices = codes.map((_, index) => new Bytes().unsigned(index))
  const names = Object.keys(functions).map((name, index) => exported(name, 0, index))
  const module = new Bytes().bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  module.byte(1).sized(list(types))
  module.byte(3).sized(list(indices))
  module.byte(5).sized(list([new Bytes().byte(0).unsigned(pages)]))
  module.byte(7).sized(list([exported("memory", 2, 0), ...names]))
  module.byte(10).sized(list(codes.map((code) => code.encode())))
  return module.toArray()
}
