/**
 * Bytes of a content as they come, made into orders of whole lines for threads, and files of what becomes of them, in order.
 */
import { join } from "node:path"
import { takeOver } from "../../tlogfs/content/handed.ts"
import type { Column } from "../columns.ts"
import type { Crew, Held } from "./crew.ts"
import type { EncodedGroup } from "./group.ts"
import type { Holding } from "./holding.ts"
import { PartFile } from "./part-file.ts"
import { Refused } from "./refused.ts"
import { SLAB_BYTES } from "./wasm/layout.ts"

/** How lines are taken apart. */
export interface Shredding {
  /** A directory for the files. */
  readonly work: string
  /** Bytes of lines that make a file. */
  readonly partBytes: number
  /** Whether bytes after the last line feed are left out: the line goes on later. */
  readonly isGrowing: boolean
  /** Columns of earlier lines: what they were stays as it is. */
  readonly columns: ReadonlyArray<Column>
  /** Whether threads are to do it. */
  readonly isLarge: boolean
}

/** How files are made and called. */
interface Making extends Shredding {
  readonly nextName: () => string
}

const LINE_FEED = 10

/** Orders whose rows are not written yet, at most: the threads are not faster than the disk for long. */
const BEHIND_MAX = 12

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes of an order: here, or kept by the thread that unpacked them. */
type Piece = Bytes | Held

const isHeld = (piece: Piece): piece is Held => "thread" in piece
const sizeOf = (piece: Piece): number => (isHeld(piece) ? piece.sizeBytes : piece.length)
/** Bytes up to the end of the last whole line. */
const linesOf = (piece: Piece): number => (isHeld(piece) ? piece.linesBytes : piece.lastIndexOf(LINE_FEED) + 1)
/** What lies behind the last whole line, as bytes of their own. */
const tailOf = (piece: Piece): Bytes => (isHeld(piece) ? piece.tail : new Uint8Array(piece.subarray(linesOf(piece))))

/** Who takes lines apart. */
export type Hands = Pick<Crew, "begin" | "shred" | "giveUp" | "forget">

/** Makes orders and files. */
export class Orders {
  readonly #crew: Hands
  readonly #holding: Holding | undefined
  readonly #making: Making
  readonly parts: Array<PartFile> = []
  /** The order that is filled: its bytes, and how many of them are whole lines. */
  #pieces: Array<Piece> = []
  #used = 0
  #lines = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #behind: Array<Promise<void>> = []
  #isRefused = false

  constructor(threads: Hands, holding: Holding | undefined, making: Making) {
    this.#crew = threads
    this.#holding = holding
    this.#making = making
  }

  /** Takes the next bytes, or what stands for them: those that were handed over are gone then. Rejects with `Refused`. */
  async push(chunk: Uint8Array): Promise<void> {
    const held = this.#holding?.take(chunk)
    if (held !== undefined) return this.#add(held)
    for (let rest = chunk; rest.length > 0;) {
      if (this.#used + rest.length > SLAB_BYTES) await this.#dispatch()
      const room = SLAB_BYTES - this.#used
      if (rest.length <= room) return this.#add(takeOver(rest) ? rest : new Uint8Array(rest))
      if (room === 0) throw new Refused()
      await this.#add(new Uint8Array(rest.subarray(0, room)))
      rest = rest.subarray(room)
    }
  }

  /** Ends the last order and all files; gives how many bytes were left out. Rejects with `Refused`. */
  async finish(): Promise<number> {
    const unfinished = this.#making.isGrowing ? this.#used - this.#lines : 0
    const isCut = unfinished === 0 && this.#lines < this.#used
    if (isCut) await this.#add(Uint8Array.of(LINE_FEED))
    if (this.#lines > 0) await this.#dispatch()
    await this.#writing
    if (this.#isRefused || this.parts.length === 0) throw new Refused()
    if (isCut) this.parts.at(-1)!.sizeBytes -= 1
    await this.parts.at(-1)!.finish()
    return unfinished
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    this.#isRefused = true
    for (const piece of this.#pieces.splice(0)) if (isHeld(piece)) this.#crew.forget(piece)
    await this.#writing.catch(() => undefined)
    await Promise.all(this.parts.map((part) => part.close()))
  }

  /** Adds to the order that was begun, or to the next one: a thread takes apart what it holds, and no more than fits into its memory. */
  async #add(piece: Piece): Promise<void> {
    const isElsewhere = isHeld(piece) && this.#pieces.some((one) => isHeld(one) && one.thread !== piece.thread)
    if (isElsewhere || this.#used + sizeOf(piece) > SLAB_BYTES) await this.#dispatch()
    if (this.#isRefused || this.#used + sizeOf(piece) > SLAB_BYTES) throw this.#refused(piece)
    const lines = linesOf(piece)
    if (lines > 0) this.#lines = this.#used + lines
    this.#pieces.push(piece)
    this.#used += sizeOf(piece)
  }

  #refused(piece: Piece): Refused {
    if (isHeld(piece)) this.#crew.forget(piece)
    return new Refused()
  }

  /** Has the whole lines taken apart, if there are any; what is begun of the next one goes into the next order. */
  async #dispatch(): Promise<void> {
    const last = this.#pieces.findLastIndex((piece) => linesOf(piece) > 0)
    const pieces = this.#pieces.slice(0, last + 1)
    const begun = this.#pieces.slice(last + 1)
    const lines = this.#lines
    const after = [...pieces.slice(-1), ...begun].map(tailOf).filter(({ length }) => length > 0)
    for (const piece of begun) if (isHeld(piece)) this.#crew.forget(piece)
    this.#pieces = after
    this.#used -= lines
    this.#lines = 0
    if (lines > 0) await this.#send(pieces, lines)
  }

  async #send(pieces: ReadonlyArray<Piece>, length: number): Promise<void> {
    await this.#crew.begin(this.#holding?.turn ?? 0)
    if (this.#isRefused) {
      this.#crew.giveUp()
      for (const piece of pieces) if (isHeld(piece)) this.#crew.forget(piece)
      throw new Refused()
    }
    this.#writing = this.#write(this.#crew.shred(pieces, length), this.#writing)
    this.#behind.push(this.#writing)
    // Whoever waits for it is told.
    this.#writing.catch(() => undefined)
    if (this.#behind.length > BEHIND_MAX) await this.#behind.shift()
  }

  async #write(shredded: ReturnType<Crew["shred"]>, before: Promise<void>): Promise<void> {
    const groups = await shredded
    await before
    if (groups === undefined) this.#isRefused = true
    else if (!this.#isRefused) for (const group of groups) await this.#keep(group)
  }

  async #keep(group: EncodedGroup): Promise<void> {
    let part = this.parts.at(-1)
    if (part === undefined || !part.takes(group) || part.sizeBytes >= this.#making.partBytes) {
      await part?.finish()
      const { nextName, work } = this.#making
      part = await PartFile.create(join(work, `shred-${this.parts.length}.parquet`), nextName())
      this.parts.push(part)
    }
    await part.add(group)
  }
}
