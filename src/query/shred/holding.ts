/**
 * Bytes of one content that threads unpacked and keep: who reads the content gets a token for each of them, once they were checked (R4).
 */
import type { Unpacker } from "../../tlogfs/content/threads/crew.ts"
import type { Packed, Unpacked } from "../../tlogfs/content/threads/unpack.ts"
import type { Crew, Held } from "./crew.ts"

/** Unpacks a content by threads that keep its bytes. */
export class Holding implements Unpacker {
  readonly #crew: Crew
  /** Contents that came first have a smaller one. */
  readonly turn: number
  readonly #held = new Map<Uint8Array, Held>()
  #isClosed = false

  constructor(crew: Crew, turn: number) {
    this.#crew = crew
    this.turn = turn
  }

  /** Unpacks; of the bytes a token is given. */
  readonly unpack = async (packed: Packed): Promise<ReadonlyArray<Unpacked>> => {
    const held = await this.#crew.hold(packed, this.turn)
    const token = new Uint8Array(1)
    if (this.#isClosed) this.#crew.forget(held)
    else this.#held.set(token, held)
    const [first, ...rest] = held.unpacked
    return [{ ...first!, bytes: token }, ...rest]
  }

  /** What a token stands for, which is the caller's from now on; undefined for bytes. */
  take(chunk: Uint8Array): Held | undefined {
    const held = this.#held.get(chunk)
    this.#held.delete(chunk)
    return held
  }

  /** Has all forgotten that was not taken. */
  close(): void {
    this.#isClosed = true
    for (const held of this.#held.values()) this.#crew.forget(held)
    this.#held.clear()
  }
}
