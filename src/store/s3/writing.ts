/**
 * Writing to S3: creations carry `If-None-Match: *`, which the server decides atomically among all writers. 412 means that the key exists,
 * 409 that another conditional write is under way (F26). A staged object is sent when its key is known (`spool.ts`).
 */
import { Clock, Effect, Option } from "effect"
import { StoreFailed } from "../errors.ts"
import type { StoreError } from "../errors.ts"
import { invalidKey } from "../key.ts"
import type { StagedObject, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { DEFAULT_RETRY, scheduleOf } from "../retry.ts"
import { BODY_BYTES } from "./bodies.ts"
import type { Requests } from "./client.ts"
import { isMissing, isPresent } from "./failure.ts"
import { readingOf } from "./reading.ts"
import { Spool } from "./spool.ts"
import { type Repeated, uploadInParts } from "./upload.ts"

type Writing = Pick<Store, "putIfAbsent" | "putInOrder" | "stage" | "put" | "delete" | "sweep">

const onKey = <A>(key: string, write: () => Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    const invalid = invalidKey(key)
    return invalid === undefined ? write() : Effect.fail(invalid)
  })

const create = (
  requests: Requests,
  operation: "putIfAbsent" | "publish",
  key: string,
  bytes: Uint8Array
): Effect.Effect<boolean, StoreError> =>
  requests.make(
    operation,
    key,
    async ({ abortSignal, client, sdk }) => {
      await client.send(new sdk.PutObjectCommand({ ...requests.name(key), Body: bytes, IfNoneMatch: "*" }), {
        abortSignal
      })
      return true
    },
    (failed) => (isPresent(failed) ? Effect.succeed(false) : undefined),
    bytes.length
  )

/** Whether an object holds exactly the bytes of a spool: then it was ours, whatever became of the answer (F25). */
const holds = (requests: Requests, repeated: Repeated, key: string, spool: Spool): Effect.Effect<boolean, StoreError> =>
  Effect.gen(function* () {
    const reading = readingOf(requests)
    const info = yield* repeated(reading.head(key))
    if (Option.isNone(info) || info.value.sizeBytes !== spool.sizeBytes) return false
    for (let start = 0; start < spool.sizeBytes; start += BODY_BYTES) {
      const end = Math.min(spool.sizeBytes, start + BODY_BYTES)
      const there = reading.getRange(key, { start, end })
      const found = yield* repeated(
        Effect.catchTag(there, ["ObjectMissing", "ObjectRangeOutside"], () => Effect.succeed(new Uint8Array(0)))
      )
      const isSame = requests.bodies.lend(end - start, (own) =>
        Effect.map(
          spooled(requests, key, () => spool.read(start, own)),
          () => Buffer.compare(found, own) === 0
        )
      )
      if (!(yield* isSame)) return false
    }
    return true
  })

const spooled = <A>(requests: Requests, key: string, work: () => Promise<A>): Effect.Effect<A, StoreFailed> =>
  Effect.tryPromise({
    try: work,
    catch: (cause) =>
      new StoreFailed({ url: requests.url, key, operation: "write", code: codeOf(cause), transient: false, cause })
  })

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown"

const publish = (
  requests: Requests,
  repeated: Repeated,
  key: string,
  spool: Spool
): Effect.Effect<boolean, StoreError> =>
  Effect.gen(function* () {
    if (spool.sizeBytes > BODY_BYTES) {
      // The condition is decided at the end of an upload: what is there already is not sent at all.
      if (Option.isSome(yield* repeated(readingOf(requests).head(key)))) return false
      return (yield* uploadInParts(requests, repeated, key, spool)) || (yield* holds(requests, repeated, key, spool))
    }
    let attempts = 0
    const created = yield* requests.bodies.lend(spool.sizeBytes, (bytes) =>
      Effect.andThen(
        spooled(requests, key, () => spool.read(0, bytes)),
        repeated(
          Effect.suspend(() => {
            attempts++
            return create(requests, "publish", key, bytes)
          })
        )
      )
    )
    return created || (attempts > 1 && (yield* holds(requests, repeated, key, spool)))
  })

const stagedIn = (requests: Requests, repeated: Repeated, spool: Spool): StagedObject => ({
  write: (bytes) => spooled(requests, "", () => spool.write(bytes)),
  publish: (key) => onKey(key, () => publish(requests, repeated, key, spool))
})

/** Aborts uploads that were begun before a time, or only counts them; tells how many. */
const sweep = (requests: Requests, beforeMs: number, isDry: boolean): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { bucket, prefix } = requests.location
    const uploads = yield* requests.make(
      "sweep",
      "",
      ({ abortSignal, client, sdk }) =>
        client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }), { abortSignal }),
      // Servers without such a list have nothing to sweep.
      (failed) => (failed.status === 501 ? Effect.void : undefined)
    )
    const old = (uploads?.Uploads ?? []).filter(
      ({ Initiated }) => Initiated !== undefined && Initiated.getTime() <= beforeMs
    )
    if (isDry) return old.length
    yield* Effect.forEach(
      old,
      ({ Key = "", UploadId = "" }) =>
        requests.make(
          "sweep",
          Key.slice(prefix.length),
          ({ abortSignal, client, sdk }) =>
            client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), { abortSignal }),
          (failed) => (isMissing(failed) ? Effect.void : undefined)
        ),
      { concurrency: 4, discard: true }
    )
    return old.length
  })

/** The writing operations of a store in S3. */
export const writingOf = (requests: Requests): Writing => {
  const repeated: Repeated = (request) => Effect.retry(request, scheduleOf(DEFAULT_RETRY))
  const putIfAbsent: Store["putIfAbsent"] = (key, bytes) =>
    onKey(key, () => create(requests, "putIfAbsent", key, bytes.slice()))
  return {
    putIfAbsent,
    putInOrder: oneByOne(putIfAbsent),
    stage: Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Spool()),
        (spool) => Effect.promise(() => spool.close())
      ),
      (spool) => stagedIn(requests, repeated, spool)
    ),
    put: (key, bytes) =>
      onKey(key, () => {
        const Body = bytes.slice()
        return requests.make(
          "put",
          key,
          async ({ abortSignal, client, sdk }) => {
            await client.send(new sdk.PutObjectCommand({ ...requests.name(key), Body }), { abortSignal })
          },
          undefined,
          Body.length
        )
      }),
    delete: (key) =>
      onKey(key, () =>
        requests.make(
          "delete",
          key,
          async ({ abortSignal, client, sdk }) => {
            await client.send(new sdk.DeleteObjectCommand(requests.name(key)), { abortSignal })
          },
          (failed) => (isMissing(failed) ? Effect.void : undefined)
        )
      ),
    sweep: (ageMs, isDry = false) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => sweep(requests, nowMs - ageMs, isDry))
  }
}
