/**
 * CBOR as format.md section 4 uses it: arrays, integers, byte strings, text strings and null, in deterministic encoding.
 *
 * A second implementation, by that page alone; nothing of `src` takes part.
 */

/** What can be encoded. Numbers are integers. */
export type Cbor = number | string | Uint8Array | null | ReadonlyArray<Cbor>

const head = (major: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(9)
  const long = value > 0xffffffff
  if (long) bytes.writeBigUInt64BE(BigInt(value), 1)
  else if (value > 0xffff) bytes.writeUInt32BE(value, 1)
  else if (value > 0xff) bytes.writeUInt16BE(value, 1)
  else if (value > 23) bytes[1] = value
  const more = long ? 8 : value > 0xffff ? 4 : value > 0xff ? 2 : value > 23 ? 1 : 0
  const info = more === 0 ? value : { 1: 24, 2: 25, 4: 26, 8: 27 }[more]!
  bytes[0] = major * 32 + info
  return bytes.subarray(0, 1 + more)
}

/** Encodes a value. */
export const encode = (value: Cbor): Uint8Array => {
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === "string") {
    const text = Buffer.from(value)
    return Buffer.concat([head(3, text.length), text])
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  const list = value as ReadonlyArray<Cbor>
  return Buffer.concat([head(4, list.length), ...list.map(encode)])
}

/** Decodes one value that is all there is. */
export const decode = (bytes: Uint8Array): Cbor => {
  const buffer = Buffer.from(bytes)
  let at = 0
  const next = (): Cbor => {
    const first = buffer[at++]!
    if (first === 0xf6) return null
    const info = first % 32
    const more = { 24: 1, 25: 2, 26: 4, 27: 8 }[info] ?? 0
    if (info > 27) throw new Error(`not a definite length: ${first}`)
    const count = more === 8 ? Number(buffer.readBigUInt64BE(at)) : more === 0 ? info : buffer.readUIntBE(at, more)
    at += more
    const major = Math.floor(first / 32)
    if (major === 0) return count
    if (major === 1) return -1 - count
    if (major === 4) return Array.from({ length: count }, next)
    if (major !== 2 && major !== 3) throw new Error(`major type ${major} does not occur`)
    at += count
    return major === 2 ? new Uint8Array(buffer.subarray(at - count, at)) : buffer.toString("utf8", at - count, at)
  }
  const value = next()
  if (at !== buffer.length) throw new Error(`${buffer.length - at} bytes follow the value`)
  return value
}
