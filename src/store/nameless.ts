/**
 * Temporary files without a name: nothing is left of them whatever happens, not even by kill -9.
 */
import { constants } from "node:fs"
import { mkdtemp, open, rm } from "node:fs/promises"
import type { FileHandle } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Opens a new temporary file for reading and writing, whose name is gone already. Rejects with what the system says. */
export const namelessFile = async (): Promise<FileHandle> => {
  const directory = await mkdtemp(join(tmpdir(), "pond-"))
  try {
    return await open(join(directory, "bytes"), CREATE, 0o600)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Writes bytes at a position of a file, all of them. */
export const writeAt = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}

/** Fills a buffer with the bytes of a file from a position on; it must hold so many. */
export const fillAt = async (file: FileHandle, start: number, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at)
    if (bytesRead === 0) throw new Error(`a temporary file in ${tmpdir()} lost its end`)
    at += bytesRead
  }
}

/** Reads exactly bytes [start, end) of a file that holds them. */
export const readAt = async (file: FileHandle, start: number, end: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(end - start)
  await fillAt(file, start, bytes)
  return bytes
}
