/**
 * Uploads in parts, completed on condition: the object appears whole at the end or not at all, and never replaces another (R2).
 *
 * Each part is repeated by itself when it fails for a passing reason. An upload that fails or is interrupted is aborted; what a crash leaves
 * of one is invisible, and removed by `sweep`.
 */
import type { CompletedPart } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import type { StoreError } from "../errors.ts"
import { BODIES_AT_ONCE, BODY_BYTES } from "./bodies.ts"
import type { Requests } from "./client.ts"
import { isPresent } from "./failure.ts"
import type { Spool } from "./spool.ts"

/** The most parts of an upload (S3's limit). */
const PARTS_MAX = 10_000

const partsOf = (
  sizeBytes: number
): ReadonlyArray<{ readonly number: number; readonly start: number; readonly end: number }> => {
  const partBytes = Math.max(BODY_BYTES, Math.ceil(sizeBytes / PARTS_MAX))
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, at) => ({
    number: at + 1,
    start: at * partBytes,
    end: Math.min(sizeBytes, (at + 1) * partBytes)
  }))
}

/** Repeats what fails for a passing reason. */
export type Repeated = <A>(request: Effect.Effect<A, StoreError>) => Effect.Effect<A, StoreError>

const sendParts = (
  requests: Requests,
  repeated: Repeated,
  key: string,
  upload: { readonly id: string; readonly spool: Spool }
) =>
  Effect.forEach(
    partsOf(upload.spool.sizeBytes),
    ({ end, number, start }) =>
      requests.bodies.lend(end - start, (Body) =>
        repeated(
          requests.make(
            "publish",
            key,
            async ({ abortSignal, client, sdk }): Promise<CompletedPart> => {
              await upload.spool.read(start, Body)
              const part = { ...requests.name(key), UploadId: upload.id, PartNumber: number, Body }
              const { ETag } = await client.send(new sdk.UploadPartCommand(part), { abortSignal })
              return { PartNumber: number, ...(ETag === undefined ? {} : { ETag }) }
            },
            undefined,
            end - start
          )
        )
      ),
    { concurrency: BODIES_AT_ONCE }
  )

/** Sends a spool as an object, if there is none: `false` when the server says that there is one. */
export const uploadInParts = (
  requests: Requests,
  repeated: Repeated,
  key: string,
  spool: Spool
): Effect.Effect<boolean, StoreError> =>
  Effect.gen(function* () {
    const { UploadId: id = "" } = yield* repeated(
      requests.make("publish", key, ({ abortSignal, client, sdk }) =>
        client.send(new sdk.CreateMultipartUploadCommand(requests.name(key)), { abortSignal })
      )
    )
    const abort = requests.make("publish", key, ({ abortSignal, client, sdk }) =>
      client.send(new sdk.AbortMultipartUploadCommand({ ...requests.name(key), UploadId: id }), { abortSignal })
    )
    const complete = Effect.gen(function* () {
      const Parts = yield* sendParts(requests, repeated, key, { id, spool })
      return yield* repeated(
        requests.make(
          "publish",
          key,
          async ({ abortSignal, client, sdk }) => {
            const completion = {
              ...requests.name(key),
              UploadId: id,
              MultipartUpload: { Parts: [...Parts] },
              IfNoneMatch: "*"
            }
            await client.send(new sdk.CompleteMultipartUploadCommand(completion), { abortSignal })
            return true
          },
          // A completion whose answer was lost has ended the upload: the object is there.
          (failed) => (isPresent(failed) || failed.code === "NoSuchUpload" ? Effect.succeed(false) : undefined)
        )
      )
    })
    const completed = yield* Effect.onError(complete, () => Effect.ignore(abort))
    if (!completed) yield* Effect.ignore(abort)
    return completed
  })
