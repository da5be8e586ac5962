/**
 * Bytes that grow at their end, and numbers as Parquet and its metadata (Thrift's compact protocol) write them.
 *
 * Fields of a struct come in ascending order of their numbers; `begin` and `end` frame a struct that is a value of its own.
 */

/** Kinds of fields and items in Thrift's compact protocol. */
export const THRIFT = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const

const MIDDLE = 2 ** 32

/** A growing buffer. */
export class ByteSink {
  #bytes: Buffer<ArrayBuffer>
  #length = 0
  #field = 0
  readonly #outer: Array<number> = []

  /** `sizeBytes`: how many bytes to make room for at first. */
  constructor(sizeBytes = 4096) {
    this.#bytes = Buffer.allocUnsafeSlow(sizeBytes)
  }

  /** Bytes written since it was emptied. */
  get length(): number {
    return this.#length
  }

  /** The bytes themselves, until something is written or it is emptied. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A copy of the bytes. */
  copy(): Uint8Array {
    return new Uint8Array(this.view())
  }

  /** Gives the bytes away, with all of the memory that they lie in, and begins anew with room for some more than these. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(Math.ceil(1.25 * this.#length))
    this.#length = 0
    return bytes
  }

  /** Forgets all bytes. */
  clear(): void {
    this.#length = 0
  }

  #room(sizeBytes: number): number {
    const at = this.#length
    if (at + sizeBytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, at + sizeBytes))
      larger.set(this.view())
      this.#bytes = larger
    }
    return at
  }

  /** Adds one byte. */
  byte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
    this.#length = at + 1
  }

  /** Adds bytes. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    this.#length = at + bytes.length
  }

  /** Adds 32 bits, the least significant byte first. */
  int32(value: number): void {
    const at = this.#room(4)
    this.#length = this.#bytes.writeInt32LE(value, at)
  }

  /** Adds 64 bits of a safe integer, the least significant byte first. */
  int64(value: number): void {
    const at = this.#room(8)
    const high = Math.floor(value / MIDDLE)
    this.#bytes.writeUInt32LE(value - high * MIDDLE, at)
    this.#length = this.#bytes.writeInt32LE(high, at + 4)
  }

  /** Adds the bytes of a text in UTF-8 behind their number as 32 bits; gives that number. */
  text32(value: string): number {
    const at = this.#room(4 + 3 * value.length)
    const sizeBytes = this.#bytes.write(value, at + 4, "utf8")
    this.#bytes.writeUInt32LE(sizeBytes, at)
    this.#length = at + 4 + sizeBytes
    return sizeBytes
  }

  /** Adds a whole number from 0 to 2^53 - 1, seven bits to a byte. */
  varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** Begins a struct that is an item of a list or the whole; `field`: the last one of it that is there already. */
  begin(field = 0): void {
    this.#outer.push(this.#field)
    this.#field = field
  }

  /** Ends a struct. */
  end(): void {
    this.byte(0)
    this.#field = this.#outer.pop() ?? 0
  }

  /** Adds the head of a field of a kind. */
  field(id: number, kind: number): void {
    this.byte(((id - this.#field) << 4) | kind)
    this.#field = id
  }

  /** Adds a field that is a struct, to be ended. */
  struct(id: number): void {
    this.field(id, THRIFT.struct)
    this.begin()
  }

  /** Adds a field that is a whole number from 0 to 2^52. */
  number(id: number, value: number, kind: number = THRIFT.i32): void {
    this.field(id, kind)
    this.varint(2 * value)
  }

  /** Adds a field that is true or false. */
  flag(id: number, value: boolean): void {
    this.field(id, value ? THRIFT.true : THRIFT.false)
  }

  /** Adds a field that is bytes or a text. */
  binary(id: number, value: Uint8Array | string): void {
    this.field(id, THRIFT.binary)
    this.item(value)
  }

  /** Adds an item of a list that is bytes or a text. */
  item(value: Uint8Array | string): void {
    const bytes = typeof value === "string" ? Buffer.from(value) : value
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** Adds a field that is a list of so many items of a kind, which follow. */
  list(id: number, count: number, kind: number): void {
    this.field(id, THRIFT.list)
    if (count < 15) this.byte((count << 4) | kind)
    else {
      this.byte(0xf0 | kind)
      this.varint(count)
    }
  }
}
