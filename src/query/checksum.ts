/**
 * Checksums of files that may be damaged: 128 bits, several times as fast as a hash that has to withstand more than damage.
 *
 * It is the authentication of AES-GCM, which processors compute by themselves (GMAC, NIST SP 800-38D), with a random key for each file, which is the name
 * of the file. What goes into a file cannot be chosen so that it has the checksum of another; who may write into the directory could, and may
 * write into the pond as well.
 */
import { Effect, Random } from "effect"
import { createCipheriv } from "node:crypto"
import { open } from "node:fs/promises"

/** A key is used for one message. */
const NONCE = new Uint8Array(12)

const READ_BYTES = 1024 * 1024

const quarter = Effect.map(Random.nextIntBetween(0, 2 ** 32, { halfOpen: true }), (value) =>
  value.toString(16).padStart(8, "0")
)

/** A new name for a file: its key, 128 random bits in hexadecimal. */
export const newName: Effect.Effect<string> = Effect.map(Effect.all([quarter, quarter, quarter, quarter]), (quarters) =>
  quarters.join("")
)

/** Buffers that nobody reads into: new memory is slow to come by, and to find unused. */
const buffers: Array<Buffer> = []

/** The checksum of a file under its name, in hexadecimal. */
export const checksumOf = async (path: string, name: string): Promise<string> => {
  const gmac = createCipheriv("aes-128-gcm", Buffer.from(name, "hex"), NONCE)
  await using file = await open(path, "r")
  const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null)
    if (bytesRead === 0) break
    gmac.setAAD(buffer.subarray(0, bytesRead))
  }
  buffers.push(buffer)
  gmac.final()
  return gmac.getAuthTag().toString("hex")
}
