/**
 * Archives of foreign tables: `.tar.zst` files, unpacked in memory.
 */
import { readFileSync } from "node:fs"
import { zstdDecompressSync } from "node:zlib"

const BLOCK = 512

const text = (bytes: Uint8Array, start: number, length: number): string => {
  const field = Buffer.from(bytes).toString("utf8", start, start + length)
  const end = field.indexOf("\0")
  return end < 0 ? field : field.slice(0, end)
}

/** The path in an extended header, if it has one. */
const extendedPath = (body: Uint8Array): string | undefined =>
  /^\d+ path=(.*)$/mu.exec(Buffer.from(body).toString())?.[1]

/** The files of an archive: path to bytes. */
export const readArchive = (path: string): ReadonlyMap<string, Uint8Array> => {
  const bytes = new Uint8Array(zstdDecompressSync(readFileSync(path)))
  const files = new Map<string, Uint8Array>()
  let longPath: string | undefined
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + BLOCK)
    const size = Number.parseInt(text(header, 124, 12).trim() || "0", 8)
    const body = bytes.subarray(at + BLOCK, at + BLOCK + size)
    const type = text(header, 156, 1)
    const prefix = text(header, 345, 155)
    const name = longPath ?? (prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`)
    longPath = type === "x" ? extendedPath(body) : undefined
    if (type === "0") files.set(name, body.slice())
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}
