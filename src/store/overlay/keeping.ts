/**
 * A dry run that reads what it wrote: beside the plan, which keeps the bytes of small objects alone, all that is written goes to a
 * temporary file without a name (R8, R9). For maintenance, which merges what it merged a moment ago.
 *
 * It takes as much temporary space as the real run would write. Where there is none, reading such an object again says so.
 */
import type { FileHandle } from "node:fs/promises"
import { Effect, type Scope, Stream } from "effect"
import { chunksOf, concat } from "../bytes.ts"
import { ObjectRangeOutside } from "../errors.ts"
import { namelessFile, readAt, writeAt } from "../nameless.ts"
import type { StagedObject, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { type ByteRange, resolveRange, type Span } from "../range.ts"

/** Bytes that were written, in one temporary file. */
class Kept {
  #file: Promise<FileHandle> | undefined
  #end = 0

  /** Adds bytes; gives where they are, or `undefined` when there is no space. */
  async append(bytes: Uint8Array): Promise<Span | undefined> {
    const span = { start: this.#end, end: this.#end + bytes.length }
    this.#end = span.end
    this.#file ??= namelessFile()
    try {
      await writeAt(await this.#file, bytes, span.start)
      return span
    } catch {
      return undefined
    }
  }

  /** Reads bytes that were added. */
  async read({ end, start }: Span): Promise<Uint8Array> {
    return readAt((await this.#file)!, start, end)
  }

  async close(): Promise<void> {
    await this.#file?.then(
      (file) => file.close(),
      () => undefined
    )
  }
}

const lengthOf = (spans: ReadonlyArray<Span>): number => spans.reduce((sum, { end, start }) => sum + end - start, 0)

/** The parts of spans, one after the other, that make up a part of the whole. */
const partsOf = (spans: ReadonlyArray<Span>, part: Span): ReadonlyArray<Span> => {
  const parts: Array<Span> = []
  let at = 0
  for (const { end, start } of spans) {
    const from = Math.max(part.start - at, 0)
    const to = Math.min(part.end - at, end - start)
    if (from < to) parts.push({ start: start + from, end: start + to })
    at += end - start
  }
  return parts
}

const inChunks = (bytes: Uint8Array) => Stream.fromIterable(chunksOf(bytes), { chunkSize: 1 })

/** Keeps what is written to a dry run's store, until the scope ends, so that it can be read again. */
export const keepingStore = Effect.fnUntraced(function* (dry: Store): Effect.fn.Return<Store, never, Scope.Scope> {
  const kept = new Kept()
  yield* Effect.addFinalizer(() => Effect.promise(() => kept.close()))
  const objects = new Map<string, ReadonlyArray<Span>>()

  const keep = (key: string, spans: ReadonlyArray<Span | undefined>): void => {
    if (spans.every((span) => span !== undefined)) objects.set(key, spans)
  }
  const keepWhole = (key: string, bytes: Uint8Array) =>
    Effect.promise(async () => keep(key, [await kept.append(bytes)]))
  const read = (spans: ReadonlyArray<Span>, part: Span) =>
    Effect.promise(async () => {
      const parts: Array<Uint8Array> = []
      for (const span of partsOf(spans, part)) parts.push(await kept.read(span))
      return concat(parts)
    })
  const rangeOf = (key: string, spans: ReadonlyArray<Span>, range: ByteRange | undefined) => {
    const span = resolveRange(range, { url: dry.url, key, sizeBytes: lengthOf(spans) })
    return span instanceof ObjectRangeOutside ? Effect.fail(span) : read(spans, span)
  }
  const staged = (object: StagedObject): StagedObject => {
    const spans: Array<Span | undefined> = []
    return {
      write: (bytes) =>
        Effect.andThen(
          object.write(bytes),
          Effect.promise(async () => void spans.push(await kept.append(bytes)))
        ),
      publish: (key) => Effect.tap(object.publish(key), (created) => Effect.sync(() => created && keep(key, spans)))
    }
  }
  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    Effect.tap(dry.putIfAbsent(key, bytes), (created) => (created ? keepWhole(key, bytes) : Effect.void))
  return {
    ...dry,
    get: (key) =>
      Effect.suspend(() => {
        const spans = objects.get(key)
        return spans === undefined ? dry.get(key) : read(spans, { start: 0, end: lengthOf(spans) })
      }),
    getRange: (key, range) =>
      Effect.suspend(() => {
        const spans = objects.get(key)
        return spans === undefined ? dry.getRange(key, range) : rangeOf(key, spans, range)
      }),
    stream: (key, range) =>
      Stream.suspend(() => {
        const spans = objects.get(key)
        if (spans === undefined) return dry.stream(key, range)
        return Stream.flatMap(Stream.fromEffect(rangeOf(key, spans, range)), inChunks)
      }),
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: Effect.map(dry.stage, staged),
    put: (key, bytes) =>
      Effect.andThen(
        dry.put(key, bytes),
        Effect.suspend(() => {
          objects.delete(key)
          return keepWhole(key, bytes)
        })
      ),
    delete: (key) =>
      Effect.andThen(
        dry.delete(key),
        Effect.sync(() => void objects.delete(key))
      )
  }
})
