/**
 * Reading from S3. Every answer is held against what was asked for: another range, a length that does not fit and a body that ends
 * early are failures, never shorter answers (F27). Lists are asked for from the last key on, so that a server's page tokens, which some
 * lose or repeat, do not matter (F28).
 */
import type { GetObjectCommandOutput, ListObjectsV2CommandOutput } from "@aws-sdk/client-s3"
import { Effect, Option, Stream } from "effect"
import { chunksOf, concat } from "../bytes.ts"
import { ObjectMissing, ObjectRangeOutside, StoreFailed } from "../errors.ts"
import type { Operation, StoreError } from "../errors.ts"
import { compareKeys, invalidKey, invalidPrefix } from "../key.ts"
import type { ListedObject, ObjectInfo, Store } from "../ObjectStore.ts"
import { resolveRange } from "../range.ts"
import type { ByteRange, Span } from "../range.ts"
import type { Requests } from "./client.ts"
import { failedOf, isMissing, isOutside, storeErrorOf } from "./failure.ts"

type Reading = Pick<Store, "get" | "getRange" | "stream" | "head" | "list">
type ReadError = ObjectMissing | ObjectRangeOutside | StoreError

const wrong = (requests: Requests, operation: Operation, key: string, reason: string): StoreFailed =>
  new StoreFailed({ url: requests.url, key, operation, code: "WrongAnswer", transient: true, cause: new Error(reason) })

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/u

/** The `Range` header, or nothing for the whole object. */
const headerOf = (range: ByteRange | undefined): string | undefined => {
  if (range === undefined) return undefined
  if ("last" in range) return `bytes=-${range.last}`
  return range.end === undefined ? `bytes=${range.start}-` : `bytes=${range.start}-${range.end - 1}`
}

/** Whether a range holds at least one byte, and so can be asked for. */
const isAskable = (range: ByteRange): boolean => {
  if ("last" in range) return Number.isSafeInteger(range.last) && range.last > 0
  const { end = Number.MAX_SAFE_INTEGER, start } = range
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start < end
}

/** What a server says it sends: the bytes of an object of so many. */
const sentOf = (answer: GetObjectCommandOutput): (Span & { readonly sizeBytes: number }) | undefined => {
  const length = answer.ContentLength
  if (length === undefined) return undefined
  if (answer.ContentRange === undefined) return { start: 0, end: length, sizeBytes: length }
  const found = CONTENT_RANGE.exec(answer.ContentRange)
  if (found === null) return undefined
  const [start, last, sizeBytes] = [Number(found[1]), Number(found[2]), Number(found[3])]
  return length === last + 1 - start ? { start, end: last + 1, sizeBytes } : undefined
}

const headOf =
  (requests: Requests, operation: Operation = "head"): Store["head"] =>
  (key) =>
    Effect.suspend((): Effect.Effect<Option.Option<ObjectInfo>, StoreError> => {
      const invalid = invalidKey(key)
      if (invalid !== undefined) return Effect.fail(invalid)
      return requests
        .make(
          operation,
          key,
          ({ abortSignal, client, sdk }) => client.send(new sdk.HeadObjectCommand(requests.name(key)), { abortSignal }),
          (failed) => (isMissing(failed) ? Effect.void : undefined)
        )
        .pipe(Effect.map((answer) => (answer === undefined ? Option.none() : Option.some(infoOf(answer)))))
    })

const infoOf = (answer: {
  readonly ContentLength?: number | undefined
  readonly LastModified?: Date | undefined
}): ObjectInfo => ({
  sizeBytes: answer.ContentLength ?? 0,
  modifiedMs: answer.LastModified?.getTime() ?? 0
})

/** Settles a range that cannot be asked for, or that a server refused, by the size of the object: no bytes, or an error. */
const settle = (
  requests: Requests,
  operation: Operation,
  key: string,
  range: ByteRange | undefined
): Effect.Effect<void, ReadError> =>
  Effect.flatMap(headOf(requests, operation)(key), (info): Effect.Effect<void, ReadError> => {
    if (Option.isNone(info)) return Effect.fail(new ObjectMissing({ url: requests.url, key }))
    const span = resolveRange(range, { url: requests.url, key, sizeBytes: info.value.sizeBytes })
    if (span instanceof ObjectRangeOutside) return Effect.fail(span)
    return span.start === span.end
      ? Effect.void
      : Effect.fail(wrong(requests, operation, key, "the server refused a range that lies in the object"))
  })

/** Begins to read: the body that was promised and its length; `undefined` is no bytes. */
const begin = (requests: Requests, operation: Operation, key: string, range: ByteRange | undefined) =>
  Effect.gen(function* () {
    const invalid = invalidKey(key)
    if (invalid !== undefined) return yield* invalid
    if (range !== undefined && !isAskable(range)) return yield* settle(requests, operation, key, range)
    const header = headerOf(range)
    const answer = yield* requests.make(
      operation,
      key,
      ({ abortSignal, client, sdk }) =>
        client.send(
          new sdk.GetObjectCommand({ ...requests.name(key), ...(header === undefined ? {} : { Range: header }) }),
          { abortSignal }
        ),
      (failed): Effect.Effect<void, ReadError> | undefined => {
        if (isMissing(failed)) return Effect.fail(new ObjectMissing({ url: requests.url, key }))
        return isOutside(failed) ? settle(requests, operation, key, range) : undefined
      }
    )
    if (answer === undefined) return undefined
    const sent = sentOf(answer)
    if (sent === undefined) return yield* wrong(requests, operation, key, "it does not say which bytes it sends")
    const asked = resolveRange(range, { url: requests.url, key, sizeBytes: sent.sizeBytes })
    if (asked instanceof ObjectRangeOutside) return yield* asked
    if (asked.start !== sent.start || asked.end !== sent.end) {
      return yield* wrong(
        requests,
        operation,
        key,
        `bytes ${asked.start} to ${asked.end} were asked for, ${sent.start} to ${sent.end} are sent`
      )
    }
    return { body: answer.Body as AsyncIterable<Uint8Array>, length: sent.end - sent.start }
  })

/** The bytes of a body, exactly as many as were promised. */
const exactly = (
  requests: Requests,
  operation: Operation,
  key: string,
  { body, length }: { readonly body: AsyncIterable<Uint8Array>; readonly length: number }
): Stream.Stream<Uint8Array, StoreError> =>
  Stream.suspend(() => {
    let received = 0
    const bytes = Stream.fromAsyncIterable(body, (cause) =>
      storeErrorOf(failedOf(cause), { url: requests.url, key, operation })
    ).pipe(
      Stream.tap((chunk) => {
        received += chunk.length
        return received <= length ? Effect.void : wrong(requests, operation, key, `more than ${length} bytes came`)
      }),
      Stream.flatMap((chunk) => Stream.fromIterable(chunksOf(chunk), { chunkSize: 1 }))
    )
    const ended = Stream.suspend(() =>
      received === length
        ? Stream.empty
        : Stream.fail(wrong(requests, operation, key, `${received} of ${length} bytes came`))
    )
    return Stream.concat(bytes, ended)
  })

const streamOf = (
  requests: Requests,
  operation: Operation,
  key: string,
  range: ByteRange | undefined
): Stream.Stream<Uint8Array, ReadError> =>
  Stream.unwrap(
    Effect.map(begin(requests, operation, key, range), (begun) =>
      begun === undefined ? Stream.empty : exactly(requests, operation, key, begun)
    )
  )

const collected = (bytes: Stream.Stream<Uint8Array, ReadError>): Effect.Effect<Uint8Array, ReadError> =>
  Effect.map(Stream.runCollect(bytes), concat)

/** One page of a list: the objects after a key, and whether there are more. */
const page = (requests: Requests, prefix: string, startAfter: string | undefined) =>
  Effect.gen(function* () {
    const { bucket, prefix: root } = requests.location
    const answer = yield* requests.make("list", prefix, ({ abortSignal, client, sdk }) =>
      client.send(
        new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${root}${prefix}`,
          EncodingType: "url",
          ...(startAfter === undefined ? {} : { StartAfter: `${root}${startAfter}` })
        }),
        { abortSignal }
      )
    )
    const found = listedOf(answer, root)
    const ordered = found.every(
      ({ key }, at) =>
        compareKeys(key, at === 0 ? (startAfter ?? "") : found[at - 1]!.key) > 0 && key.startsWith(prefix)
    )
    if (!ordered) return yield* wrong(requests, "list", prefix, "the list is not in order, or of other keys")
    if (answer.IsTruncated === true && found.length === 0)
      return yield* wrong(requests, "list", prefix, "a page of the list is empty")
    return { found, isLast: answer.IsTruncated !== true }
  })

const listedOf = ({ Contents = [] }: ListObjectsV2CommandOutput, root: string): ReadonlyArray<ListedObject> =>
  Contents.flatMap(({ Key = "", LastModified, Size }) => {
    const name = decodeURIComponent(Key.replaceAll("+", " "))
    return name.startsWith(root)
      ? [{ key: name.slice(root.length), ...infoOf({ ContentLength: Size, LastModified }) }]
      : []
  })

const list =
  (requests: Requests): Store["list"] =>
  (prefix, { startAfter } = {}) => {
    const invalid = invalidPrefix(prefix)
    if (invalid !== undefined) return Stream.fail(invalid)
    return Stream.paginate(startAfter, (after) =>
      Effect.map(page(requests, prefix, after === "" ? undefined : after), ({ found, isLast }) => {
        const next = found[found.length - 1]?.key
        // What others put there under names that Pond cannot have is not Pond's.
        const own = found.filter(({ key }) => invalidKey(key) === undefined)
        return [own, isLast ? Option.none() : Option.some(next)] as const
      })
    )
  }

/** The reading operations of a store in S3. */
export const readingOf = (requests: Requests): Reading => ({
  get: (key) => Effect.catchTag(collected(streamOf(requests, "get", key, undefined)), "ObjectRangeOutside", Effect.die),
  getRange: (key, range) => collected(streamOf(requests, "getRange", key, range)),
  stream: (key, range) => streamOf(requests, "stream", key, range),
  head: headOf(requests),
  list: list(requests)
})
