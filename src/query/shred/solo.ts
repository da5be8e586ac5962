/**
 * Lines of contents that are too small for threads, which take longer to begin than these take to be taken apart: the asking thread does it.
 */
import type { Crew } from "./crew.ts"
import type { EncodedGroup } from "./group.ts"
import { Taker } from "./taker.ts"
import { shredModule } from "./wasm/kernel.ts"

/** How long what was learned is kept, and memory with it. */
const IDLE_MS = 1000

/** Does the work of a crew by itself, at once. */
export class Solo implements Pick<Crew, "begin" | "shred" | "giveUp" | "forget"> {
  #taker: Taker | undefined
  #idle: NodeJS.Timeout | undefined

  async begin(): Promise<void> {}
  giveUp(): void {}
  forget(): void {}

  async shred(pieces: Parameters<Crew["shred"]>[0], length: number): Promise<ReadonlyArray<EncodedGroup> | undefined> {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => (this.#taker = undefined), IDLE_MS).unref()
    const module = shredModule()
    if (module === undefined) return undefined
    this.#taker ??= new Taker(module)
    const parts = pieces.filter((piece) => piece instanceof Uint8Array)
    return this.#taker.take(parts, length)
  }
}

/** The one of this thread. */
export const solo: Solo = new Solo()
