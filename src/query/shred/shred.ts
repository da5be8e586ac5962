/**
 * JSON lines to Parquet by threads of our own, several times as fast as the engine, which would read them twice: to find out what columns there are, and
 * to take them.
 *
 * It gives what the engine would give, or nothing: what is not beyond doubt is refused as a whole, and read by the engine. The bytes that come are
 * checked ones (R4).
 */
import { Data, Effect, Stream } from "effect"
import { join } from "node:path"
import { giveBack } from "../../tlogfs/content/threads/crew.ts"
import type { Column } from "../columns.ts"
import { CacheFailed } from "../errors.ts"
import { type Crew, crew, SLAB_BYTES } from "./crew.ts"
import type { EncodedGroup } from "./group.ts"
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

/** Slabs whose rows are not written yet, at most: the threads are not faster than the disk for long. */
const BEHIND_MAX = 12

/** Fills slabs with bytes, and files with what becomes of them, in order. */
class Slabs {
  readonly #crew: Crew
  readonly #shredding: Shredding
  readonly parts: Array<PartFile> = []
  #slab: SharedArrayBuffer | undefined
  #bytes: Uint8Array = new Uint8Array(0)
  #used = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #behind: Array<Promise<void>> = []
  #isRefused = false

  constructor(threads: Crew, shredding: Shredding) {
    this.#crew = threads
    this.#shredding = shredding
  }

  /** Takes the next bytes. Rejects with `Refused`. */
  async push(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#isRefused) throw new Refused()
      if (this.#slab === undefined) await this.#open()
      const taken = rest.subarray(0, SLAB_BYTES - this.#used)
      this.#bytes.set(taken, this.#used)
      this.#used += taken.length
      rest = rest.subarray(taken.length)
      if (this.#used < SLAB_BYTES) return
      const end = this.#bytes.lastIndexOf(LINE_FEED, SLAB_BYTES - 1) + 1
      if (end === 0) throw new Refused()
      const begun = this.#bytes.slice(end, SLAB_BYTES)
      this.#dispatch(end)
      if (this.#behind.length > BEHIND_MAX) await this.#behind.shift()
      await this.#open()
      this.#bytes.set(begun)
      this.#used = begun.length
    }
  }

  /** Ends the last slab and all files; gives how many bytes were left out. Rejects with `Refused`. */
  async finish(): Promise<number> {
    let unfinished = 0
    let added = 0
    if (this.#slab !== undefined) {
      let end = this.#bytes.subarray(0, this.#used).lastIndexOf(LINE_FEED) + 1
      if (this.#shredding.isGrowing) unfinished = this.#used - end
      else if (end < this.#used) {
        this.#bytes[this.#used] = LINE_FEED
        end = this.#used + 1
        added = 1
      }
      if (end > 0) this.#dispatch(end)
      else this.#close()
    }
    await this.#writing
    if (this.#isRefused || this.parts.length === 0) throw new Refused()
    this.parts.at(-1)!.sizeBytes -= added
    await this.parts.at(-1)!.finish()
    return unfinished
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    this.#isRefused = true
    this.#close()
    await this.#writing.catch(() => undefined)
    await Promise.all(this.parts.map((part) => part.close()))
  }

  #close(): void {
    if (this.#slab !== undefined) this.#crew.release(this.#slab)
    this.#slab = undefined
  }

  async #open(): Promise<void> {
    const slab = await this.#crew.slab()
    if (this.#isRefused) {
      this.#crew.release(slab)
      throw new Refused()
    }
    this.#slab = slab
    this.#bytes = new Uint8Array(slab, 0, SLAB_BYTES + 1)
    this.#used = 0
  }

  #dispatch(length: number): void {
    const shredded = this.#crew.shred(this.#slab!, length)
    this.#slab = undefined
    this.#writing = this.#write(shredded, this.#writing)
    this.#behind.push(this.#writing)
    // Whoever waits for it is told.
    this.#writing.catch(() => undefined)
  }

  async #write(shredded: ReturnType<Crew["shred"]>, before: Promise<void>): Promise<void> {
    const groups = await shredded
    await before
    if (groups === undefined) this.#isRefused = true
    else if (!this.#isRefused) for (const group of groups) await this.#add(group)
  }

  async #add(group: EncodedGroup): Promise<void> {
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
  const styles = new Map<string, number>()
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
    const slabs = yield* Effect.acquireRelease(
      Effect.sync(() => new Slabs(crew, shredding)),
      (held) => Effect.promise(() => held.close())
    )
    const attempt = <A>(make: () => Promise<A>) =>
      Effect.tryPromise({
        try: make,
        catch: (cause) => (cause instanceof Refused ? cause : new CacheFailed({ path: shredding.work, cause }))
      })
    yield* Stream.runForEach(bytes, (chunk) => attempt(() => slabs.push(chunk).then(() => giveBack(chunk))))
    const unfinishedBytes = yield* attempt(() => slabs.finish())
    if (!isCertain(slabs.parts, shredding.columns)) return undefined
    const parts = slabs.parts.map(({ path, rows, sizeBytes, types }) => {
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
