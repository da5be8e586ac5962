/**
 * Cutting a stream of bytes into frames of 1 MiB. Copies, so that a producer may use its buffers again.
 *
 * Whoever is done with a frame gives it back: memory that is used again costs neither the system nor the garbage collector, which took a
 * quarter of the time of storing large contents.
 */
import { FRAME_BYTES } from "./limits.ts"

/** Room for the first bytes: small contents need no more. */
const FIRST_ROOM_BYTES = 4 * 1024

/** Frames that are kept for being used again: as many as are compressed at once, and some. */
const FREE_FRAMES = 8

/** Frames that nobody looks at any more. */
export class FramePool {
  readonly #free: Array<Uint8Array> = []

  /** Gives a frame, whatever it holds. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(FRAME_BYTES).buffer)
  }

  /** Takes a frame back; what is shorter is left to the garbage collector. */
  readonly release = (frame: Uint8Array): void => {
    if (frame.length === FRAME_BYTES && this.#free.length < FREE_FRAMES) this.#free.push(frame)
  }
}

/** Bytes that do not make up a frame yet. */
export class FrameBuffer {
  #room: Uint8Array = new Uint8Array(0)
  #filled = 0
  readonly #pool: FramePool

  /** Begins without bytes; frames come from a pool. */
  constructor(pool: FramePool) {
    this.#pool = pool
  }

  /** Takes what is left, less than a frame. */
  rest(): Uint8Array {
    const rest = this.#room.subarray(0, this.#filled)
    this.#room = new Uint8Array(0)
    this.#filled = 0
    return rest
  }

  /** Adds bytes, and gives the frames that they complete. Each belongs to the caller. */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + FRAME_BYTES - this.#filled)
      this.#makeRoom(this.#filled + part.length)
      this.#room.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === FRAME_BYTES) yield this.rest()
    }
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#room.length) return
    const doubled = Math.max(FIRST_ROOM_BYTES, this.#room.length * 2, needed)
    // Whoever needs more than half a frame will fill it.
    const room = doubled > FRAME_BYTES / 2 ? this.#pool.take() : new Uint8Array(Buffer.allocUnsafeSlow(doubled).buffer)
    room.set(this.#room.subarray(0, this.#filled))
    this.#room = room
  }
}
