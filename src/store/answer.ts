/**
 * Reading over a network: every answer is held against what was asked for. Another range, a length that does not fit and a body that ends
 * early are failures that may be repeated, never shorter answers (F27).
 */
import { Effect, Option, Stream } from "effect"
import { chunksOf, concat } from "./bytes.ts"
import { ObjectMissing, ObjectRangeOutside, StoreFailed } from "./errors.ts"
import type { Operation, StoreError } from "./errors.ts"
import { invalidKey } from "./key.ts"
import type { Store } from "./ObjectStore.ts"
import { resolveRange } from "./range.ts"
import type { ByteRange, Span } from "./range.ts"

/** What a server says it sends, and the bytes that come. */
export interface Answer {
  /** `Content-Length`. */
  readonly lengthBytes: number | undefined
  /** `Content-Range` of a partial answer. */
  readonly contentRange: string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/** How a server is asked. */
export interface Asking {
  /** The place, for messages. */
  readonly url: string
  readonly head: Store["head"]
  /** Asks for an object, or for the bytes of a `Range` header; "outside" when the server says that there are none. */
  readonly ask: (
    operation: Operation,
    key: string,
    range: string | undefined
  ) => Effect.Effect<Answer | "outside", ObjectMissing | StoreError>
  /** What a body that fails on its way means. */
  readonly failed: (operation: Operation, key: string, cause: unknown) => StoreError
  /** Called with each number of bytes that came: what waits there keeps the rest waiting. */
  readonly received: (bytes: number) => Effect.Effect<void>
}

/** What is taken into memory at once; whoever runs the server may claim anything. */
const IN_MEMORY_BYTES_MAX = 1024 ** 3

type ReadError = ObjectMissing | ObjectRangeOutside | StoreError

/** An answer that does not fit its question. */
export const wrongAnswer = (url: string, operation: Operation, key: string, reason: string): StoreFailed =>
  new StoreFailed({ url, key, operation, code: "WrongAnswer", transient: true, cause: new Error(reason) })

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/u

const headerOf = (range: ByteRange | undefined): string | undefined => {
  if (range === undefined) return undefined
  if ("last" in range) return `bytes=-${range.last}`
  return range.end === undefined ? `bytes=${range.start}-` : `bytes=${range.start}-${range.end - 1}`
}

/** Whether a range holds at least one byte, and so can be asked for. */
const isAskable = (range: ByteRange): boolean => {
  if ("last" in range) return Number.isSafeInteger(range.last) && range.last > 0
  const { end = Number.MAX_SAFE_INTEGER, start } = range
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end
}

/** Which bytes of an object of how many are sent. */
const sentBy = ({ contentRange, lengthBytes }: Answer): (Span & { readonly sizeBytes: number }) | undefined => {
  if (lengthBytes === undefined) return undefined
  if (contentRange === undefined) return { start: 0, end: lengthBytes, sizeBytes: lengthBytes }
  const found = CONTENT_RANGE.exec(contentRange)
  if (found === null) return undefined
  const [start, last, sizeBytes] = [Number(found[1]), Number(found[2]), Number(found[3])]
  return lengthBytes === last + 1 - start ? { start, end: last + 1, sizeBytes } : undefined
}

/** Settles a range that cannot be asked for, or was refused, by the size of the object: no bytes, or an error. */
const settle = (asking: Asking, operation: Operation, key: string, range: ByteRange | undefined) =>
  Effect.flatMap(asking.head(key), (info): Effect.Effect<void, ReadError> => {
    const { url } = asking
    if (Option.isNone(info)) return Effect.fail(new ObjectMissing({ url, key }))
    const span = resolveRange(range, { url, key, sizeBytes: info.value.sizeBytes })
    if (span instanceof ObjectRangeOutside) return Effect.fail(span)
    return span.start === span.end
      ? Effect.void
      : Effect.fail(wrongAnswer(url, operation, key, "the server refused bytes that lie in the object"))
  })

/** Ends an answer whose body nobody wants. */
const dropped = ({ body }: Answer): Effect.Effect<void> =>
  Effect.promise(async () => {
    const iterator = body[Symbol.asyncIterator]()
    try {
      await iterator.next()
      await iterator.return?.()
    } catch {
      // It has ended by itself.
    }
  })

/** Begins to read: a body with the length that was promised; nothing for no bytes. */
const begin = (asking: Asking, operation: Operation, key: string, range: ByteRange | undefined) =>
  Effect.gen(function* () {
    const { url } = asking
    const invalid = invalidKey(key)
    if (invalid !== undefined) return yield* invalid
    if (range !== undefined && !isAskable(range)) return yield* settle(asking, operation, key, range)
    const answer = yield* asking.ask(operation, key, headerOf(range))
    if (answer === "outside") return yield* settle(asking, operation, key, range)
    const sent = sentBy(answer)
    if (sent === undefined) {
      yield* dropped(answer)
      return yield* wrongAnswer(url, operation, key, "it does not say which bytes it sends")
    }
    const asked = resolveRange(range, { url, key, sizeBytes: sent.sizeBytes })
    if (asked instanceof ObjectRangeOutside) return yield* asked
    if (asked.start !== sent.start || asked.end !== sent.end) {
      yield* dropped(answer)
      const isWhole = answer.contentRange === undefined
      const reason =
        `bytes ${asked.start} to ${asked.end} were asked for, ${sent.start} to ${sent.end} are sent` +
        (isWhole ? ": the server knows no ranges, which reading a pond needs" : "")
      return yield* wrongAnswer(url, operation, key, reason)
    }
    const lengthBytes = sent.end - sent.start
    if (operation !== "stream" && lengthBytes > IN_MEMORY_BYTES_MAX) {
      yield* dropped(answer)
      const cause = new Error(`${lengthBytes} bytes are more than any object of a pond that is read at once has`)
      return yield* new StoreFailed({ url, key, operation, code: "TooLarge", transient: false, cause })
    }
    return { body: answer.body, lengthBytes }
  })

/** The bytes of a body, exactly as many as were promised. */
const exactly = (
  asking: Asking,
  operation: Operation,
  key: string,
  { body, lengthBytes }: { readonly body: AsyncIterable<Uint8Array>; readonly lengthBytes: number }
): Stream.Stream<Uint8Array, StoreError> =>
  Stream.suspend(() => {
    let received = 0
    const wrong = (reason: string) => wrongAnswer(asking.url, operation, key, reason)
    const bytes = Stream.fromAsyncIterable(body, (cause) => asking.failed(operation, key, cause)).pipe(
      Stream.tap((chunk) => {
        received += chunk.length
        return received <= lengthBytes ? asking.received(chunk.length) : wrong(`more than ${lengthBytes} bytes came`)
      }),
      Stream.flatMap((chunk) => Stream.fromIterable(chunksOf(chunk), { chunkSize: 1 }))
    )
    const end = Stream.suspend(() =>
      received === lengthBytes ? Stream.empty : Stream.fail(wrong(`${received} of ${lengthBytes} bytes came`))
    )
    return Stream.concat(bytes, end)
  })

/** The operations that read the bytes of objects. */
export const readingBy = (asking: Asking): Pick<Store, "get" | "getRange" | "stream"> => {
  const stream = (operation: Operation, key: string, range: ByteRange | undefined) =>
    Stream.unwrap(
      Effect.map(begin(asking, operation, key, range), (begun) =>
        begun === undefined ? Stream.empty : exactly(asking, operation, key, begun)
      )
    )
  const collected = (bytes: Stream.Stream<Uint8Array, ReadError>) => Effect.map(Stream.runCollect(bytes), concat)
  return {
    // The whole object always lies inside itself: a range error here is a bug.
    get: (key) => Effect.catchTag(collected(stream("get", key, undefined)), "ObjectRangeOutside", Effect.die),
    getRange: (key, range) => collected(stream("getRange", key, range)),
    stream: (key, range) => stream("stream", key, range)
  }
}
