/**
 * The bytes of a WebAssembly module in the making, and its numbers: LEB128, seven bits to a byte, lowest first.
 */

/** Bytes that grow at the end. */
export class Bytes {
  private buffer = new Uint8Array(64)
  private length = 0

  /** Appends one byte. */
  byte(value: number): this {
    if (this.length === this.buffer.length) this.grow(1)
    this.buffer[this.length++] = value
    return this
  }

  /** Appends bytes. */
  bytes(values: ReadonlyArray<number> | Uint8Array): this {
    if (this.length + values.length > this.buffer.length) this.grow(values.length)
    this.buffer.set(values, this.length)
    this.length += values.length
    return this
  }

  /** Appends an unsigned number below 2^32. */
  unsigned(value: number): this {
    for (; value > 0x7f; value >>>= 7) this.byte((value & 0x7f) | 0x80)
    return this.byte(value)
  }

  /** Appends a signed number of 32 bits. */
  signed(value: number): this {
    for (; value < -64 || value > 63; value >>= 7) this.byte((value & 0x7f) | 0x80)
    return this.byte(value & 0x7f)
  }

  /** Appends the length of `content`, then `content`. */
  sized(content: Bytes): this {
    return this.unsigned(content.length).bytes(content.toArray())
  }

  /** Returns the bytes so far; they are lent, not copied. */
  toArray(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more))
    larger.set(this.buffer)
    this.buffer = larger
  }
}
