/**
 * Checksums of files that may be damaged: 128 bits, several times as fast as a hash that has to withstand more than damage.
 *
 * It is the authentication of AES-GCM, which processors compute by themselves (GMAC, NIST SP 800-38D), with a random key for each file, which is the name
 * of the file. What goes into a file cannot be chosen so that it has the checksum of another; who may write into the directory could, and may
 * write into the pond as well.
 */
import { Effect, Random } from "effect"
import { type CipherGCM, createCipheriv } from "node:crypto"
import { closeSync, openSync, readSync } from "node:fs"
import { setImmediate } from "node:timers/promises"

/** A key is used for one message. */
const NONCE = new Uint8Array(12)

/** Read and checked in one go, bytes are still close to the processor: other threads that read them would make it slower. */
const READ_BYTES = 256 * 1024

/** After so many bytes others have their turn. */
const TURN_BYTES = 16 * 1024 * 1024

/** Makes new names for files: keys, 128 random bits in hexadecimal. */
export const namer: Effect.Effect<() => string> = Effect.map(Random.Random, (random) => () => {
  const quarter = (): string => (random.nextIntUnsafe() >>> 0).toString(16).padStart(8, "0")
  return quarter() + quarter() + quarter() + quarter()
})

/** A new name for a file. */
export const newName: Effect.Effect<string> = Effect.map(namer, (next) => next())

/** The checksum of bytes that come one after the other. */
export class Checksum {
  readonly #gmac: CipherGCM

  /** `name` is that of the file. */
  constructor(name: string) {
    this.#gmac = createCipheriv("aes-128-gcm", Buffer.from(name, "hex"), NONCE)
  }

  /** Takes the next bytes. */
  add(bytes: Uint8Array): void {
    this.#gmac.setAAD(bytes)
  }

  /** Ends, and gives the checksum in hexadecimal. */
  end(): string {
    this.#gmac.final()
    return this.#gmac.getAuthTag().toString("hex")
  }
}

/** The checksum of a file under its name, in hexadecimal. */
export const checksumOf = async (path: string, name: string): Promise<string> => {
  const checksum = new Checksum(name)
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const file = openSync(path, "r")
  try {
    for (let read = 0; ;) {
      const length = readSync(file, buffer, 0, READ_BYTES, null)
      if (length === 0) break
      checksum.add(buffer.subarray(0, length))
      read += length
      if (read % TURN_BYTES < length) await setImmediate()
    }
  } finally {
    closeSync(file)
  }
  return checksum.end()
}
