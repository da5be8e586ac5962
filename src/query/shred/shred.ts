/**
 * JSON lines to Parquet by threads of our own, several times as fast as the engine, which would read them twice: to find out what columns there are, and
 * to take them.
 *
 * It gives what the engine would give, or nothing: what is not beyond doubt is refused as a whole, and read by the engine. The bytes that come are
 * checked ones (R4).
 */
import { Data, Effect, Stream } from "effect"
import { join } from "node:path"
import { takeOver } from "../../tlogfs/content/handed.ts"
import type { Column } from "../columns.ts"
import { CacheFailed } from "../errors.ts"
import { type Crew, crew } from "./crew.ts"
import type { EncodedGroup } from "./group.ts"
import { SLAB_BYTES } from "./wasm/layout.ts"
import { PartFile } from "./part-file.ts"

/** A run of lines that became a file. */
export interface ShreddedPart {
  readonly file: string
  /** Bytes of the lines. */
  readonly sizeBytes: number
  /** Each of them a row. */
  readonly lines: number
  readonly columns: ReadonlyArray<Column>
}

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
}

/** Not all lines can be read here. */
class Refused extends Data.TaggedError("Refused") {}

const LINE_FEED = 10

/** Orders whose rows are not written yet, at most: the threads are not faster than the disk for long. */
const BEHIND_MAX = 12

/** Makes orders of bytes, and files of what becomes of them, in order. */
class Orders {
  readonly #crew: Crew
  readonly #shredding: Shredding
  readonly parts: Array<PartFile> = []
  #isBegun = false
  /** The bytes of the order that was begun, and how many of them are whole lines. */
  #chunks: Array<Uint8Array<ArrayBuffer>> = []
  #used = 0
  #lines = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #behind: Array<Promise<void>> = []
  #isRefused = false

  constructor(threads: Crew, shredding: Shredding) {
    this.#crew = threads
    this.#shredding = shredding
  }

  /** Takes the next bytes: those that were handed over are gone then. Rejects with `Refused`. */
  async push(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#isRefused) throw new Refused()
      if (!this.#isBegun) await this.#begin()
      const room = SLAB_BYTES - this.#used
      if (rest.length > room && this.#lines > 0) {
        this.#dispatch()
        if (this.#behind.length > BEHIND_MAX) await this.#behind.shift()
        continue
      }
      if (room === 0) throw new Refused()
      if (rest.length <= room) {
        this.#add(takeOver(rest) ? rest : new Uint8Array(rest))
        return
      }
      this.#add(new Uint8Array(rest.subarray(0, room)))
      rest = rest.subarray(room)
    }
  }

  /** Ends the last order and all files; gives how many bytes were left out. Rejects with `Refused`. */
  async finish(): Promise<number> {
    const unfinished = this.#shredding.isGrowing ? this.#used - this.#lines : 0
    const isCut = unfinished === 0 && this.#lines < this.#used
    if (isCut) this.#add(Uint8Array.of(LINE_FEED))
    if (this.#lines > 0) {
      if (!this.#isBegun) await this.#begin()
      this.#dispatch()
    }
    await this.#writing
    if (this.#isRefused || this.parts.length === 0) throw new Refused()
    if (isCut) this.parts.at(-1)!.sizeBytes -= 1
    await this.parts.at(-1)!.finish()
    return unfinished
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    this.#isRefused = true
    if (this.#isBegun) this.#crew.giveUp()
    this.#isBegun = false
    await this.#writing.catch(() => undefined)
    await Promise.all(this.parts.map((part) => part.close()))
  }

  async #begin(): Promise<void> {
    await this.#crew.begin()
    this.#isBegun = true
    if (this.#isRefused) throw new Refused()
  }

  #add(chunk: Uint8Array<ArrayBuffer>): void {
    const lines = chunk.lastIndexOf(LINE_FEED) + 1
    if (lines > 0) this.#lines = this.#used + lines
    this.#chunks.push(chunk)
    this.#used += chunk.length
  }

  /** Has the whole lines taken apart; what is begun of the next one goes into the next order. */
  #dispatch(): void {
    const chunks = this.#chunks
    const after: Array<Uint8Array<ArrayBuffer>> = []
    let end = this.#used
    for (let start = end - chunks.at(-1)!.length; start >= this.#lines; start = end - chunks.at(-1)!.length) {
      after.unshift(chunks.pop()!)
      end = start
    }
    const last = chunks.at(-1)!
    // A copy: the chunk itself goes to the thread.
    if (end > this.#lines) after.unshift(new Uint8Array(last.subarray(last.length - (end - this.#lines))))
    const shredded = this.#crew.shred(chunks, this.#lines)
    this.#isBegun = false
    this.#chunks = after
    this.#used -= this.#lines
    this.#lines = 0
    this.#writing = this.#write(shredded, this.#writing)
    this.#behind.push(this.#writing)
    // Whoever waits for it is told.
    this.#writing.catch(() => undefined)
  }

  async #write(shredded: ReturnType<Crew["shred"]>, before: Promise<void>): Promise<void> {
    const groups = await shredded
    await before
    if (groups === undefined) this.#isRefused = true
    else if (!this.#isRefused) for (const group of groups) await this.#keep(group)
  }

  async #keep(group: EncodedGroup): Promise<void> {
    let part = this.parts.at(-1)
    if (part === undefined || !part.takes(group) || part.sizeBytes >= this.#shredding.partBytes) {
      await part?.finish()
      part = await PartFile.create(join(this.#shredding.work, `shred-${this.parts.length}.parquet`))
      this.parts.push(part)
    }
    await part.add(group)
  }
}

/** Whether the columns of all files are beyond doubt: texts are texts in at least one of them, times are written in one way. */
const isCertain = (parts: ReadonlyArray<PartFile>, before: ReadonlyArray<Column>): boolean => {
  const texts = new Map(before.map(([name, type]) => [name.toLowerCase(), type]))
  const names = new Map(before.map(([name]) => [name.toLowerCase(), name]))
  const styles = new Map<string, string>()
  const all = parts.flatMap(({ columns }) => [...columns.values()])
  for (const { isText, name } of all) if (isText) texts.set(name.toLowerCase(), "VARCHAR")
  return all.every(({ name, style, type }) => {
    const key = name.toLowerCase()
    // The engine tells keys apart by their case, and columns not.
    if ((names.get(key) ?? name) !== name) return false
    names.set(key, name)
    if (type === "VARCHAR") return texts.get(key) === "VARCHAR"
    if (type !== "TIMESTAMP" && type !== "UUID") return true
    if ((styles.get(key) ?? style) !== style || (texts.get(key) ?? type) !== type) return false
    styles.set(key, style)
    return true
  })
}

/** What lines became. */
export interface Shredded {
  readonly parts: ReadonlyArray<ShreddedPart>
  /** Bytes of a last line that goes on later. */
  readonly unfinishedBytes: number
}

/** Makes files of JSON lines, in the directory that is given; `undefined` where they have to be read by the engine. */
export const shred = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  shredding: Shredding
): Effect.Effect<Shredded | undefined, E | CacheFailed, R> =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => crew.enter()),
      () => Effect.sync(() => crew.leave())
    )
    const orders = yield* Effect.acquireRelease(
      Effect.sync(() => new Orders(crew, shredding)),
      (held) => Effect.promise(() => held.close())
    )
    const attempt = <A>(make: () => Promise<A>) =>
      Effect.tryPromise({
        try: make,
        catch: (cause) => (cause instanceof Refused ? cause : new CacheFailed({ path: shredding.work, cause }))
      })
    yield* Stream.runForEach(bytes, (chunk) => attempt(() => orders.push(chunk)))
    const unfinishedBytes = yield* attempt(() => orders.finish())
    if (!isCertain(orders.parts, shredding.columns)) return undefined
    const parts = orders.parts.map(({ path, rows, sizeBytes, types }) => {
      return { file: path, sizeBytes, lines: rows, columns: types } satisfies ShreddedPart
    })
    return { parts, unfinishedBytes } satisfies Shredded
  }).pipe(
    Effect.scoped,
    Effect.catchIf(
      (error): error is Refused => error instanceof Refused,
      () => Effect.undefined
    )
  )
