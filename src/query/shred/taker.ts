/**
 * Takes lines apart in the memory of one kernel, whatever thread that is in.
 */
import type { WasmModule } from "../../bao/wasm/host.ts"
import { type EncodedGroup, GroupEncoder } from "./group.ts"
import { Shredder } from "./shredder.ts"
import { kernelOf } from "./wasm/kernel.ts"

/** Keeps what it learned of lines. */
export class Taker {
  readonly #shredder: Shredder
  readonly #encoder: GroupEncoder

  /** The module is that of the kernel. */
  constructor(module: WasmModule) {
    const kernel = kernelOf(module)
    this.#shredder = new Shredder(kernel)
    this.#encoder = new GroupEncoder(kernel)
  }

  /** Takes the lines apart that the first `length` bytes of parts are; `undefined` where not all could be read, or there are fewer bytes. */
  take(parts: ReadonlyArray<Uint8Array>, length: number): ReadonlyArray<EncodedGroup> | undefined {
    let at = 0
    for (const part of parts) {
      if (at < length) this.#shredder.text.set(part.subarray(0, length - at), at)
      at += part.length
    }
    if (at < length) return undefined
    const groups: Array<EncodedGroup> = []
    const isRead = this.#shredder.shred(length, (group) => {
      const encoded = this.#encoder.encode(group)
      if (encoded !== undefined) groups.push(encoded)
      return encoded !== undefined
    })
    return isRead ? groups : undefined
  }
}
