/**
 * The bytes that the cases of the mirror's policy speak of: deterministic streams of text, and what is made of them.
 */
import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"

const LINES_PER_BATCH = 512
const streams = new Map<string, Buffer>()

/** The first bytes of an endless stream of lines of 45 bytes. */
const streamOf = (name: string, length: number): Buffer => {
  let bytes = streams.get(name) ?? Buffer.alloc(0)
  while (bytes.length < length) {
    const batch = [bytes]
    for (let line = 0; line < LINES_PER_BATCH; line++) {
      const digest = createHash("sha256").update(`${name}/${bytes.length}/${line}`).digest("base64")
      batch.push(Buffer.from(`${digest}\n`))
    }
    bytes = Buffer.concat(batch)
  }
  streams.set(name, bytes)
  return bytes.subarray(0, length)
}

/** Compresses as the cases do. */
export const gzip = (bytes: Uint8Array): Buffer => gzipSync(bytes, { level: 6 })

/** The bytes of a part: `a:100`, `a:50-100`, `zero:9`. */
const partOf = (part: string): Buffer => {
  const [, name, first, end] = /^(\w+):(\d+)(?:-(\d+))?$/.exec(part) ?? []
  if (name === undefined) throw new Error(`not a content: ${part}`)
  if (name === "zero") return Buffer.alloc(Number(first))
  return end === undefined ? streamOf(name, Number(first)) : streamOf(name, Number(end)).subarray(Number(first))
}

/** The bytes of a content: parts joined by `+`, or `gz(…)` of one; the empty text is no bytes. */
export const contentOf = (spec: string): Buffer => {
  const compressed = /^gz\((.*)\)$/.exec(spec)
  if (compressed !== null) return gzip(contentOf(compressed[1]!))
  return spec === "" ? Buffer.alloc(0) : Buffer.concat(spec.split("+").map(partOf))
}
