/**
 * Reading from S3. Lists are asked for from the last key on, so that a server's page tokens, which some
 * lose or repeat, do not matter (F28).
 */
import type { GetObjectCommandOutput, ListObjectsV2CommandOutput } from "@aws-sdk/client-s3"
import { Effect, Option, Stream } from "effect"
import { type Asking, readingBy, wrongAnswer } from "../answer.ts"
import { ObjectMissing } from "../errors.ts"
import type { Operation, StoreError } from "../errors.ts"
import { compareKeys, invalidKey, invalidPrefix } from "../key.ts"
import type { ListedObject, ObjectInfo, Store } from "../ObjectStore.ts"
import type { Requests } from "./client.ts"
import { failedOf, isMissing, isOutside, storeErrorOf } from "./failure.ts"

const headOf =
  (requests: Requests): Store["head"] =>
  (key) =>
    Effect.suspend((): Effect.Effect<Option.Option<ObjectInfo>, StoreError> => {
      const invalid = invalidKey(key)
      if (invalid !== undefined) return Effect.fail(invalid)
      return requests
        .make(
          "head",
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
    if (!ordered) return yield* wrongAnswer(requests.url, "list", prefix, "the list is not in order, or of other keys")
    if (answer.IsTruncated === true && found.length === 0)
      return yield* wrongAnswer(requests.url, "list", prefix, "a page of the list is empty")
    return { found, isLast: answer.IsTruncated !== true }
  })

const listedOf = (
  { Contents = [], EncodingType }: ListObjectsV2CommandOutput,
  root: string
): ReadonlyArray<ListedObject> =>
  Contents.flatMap(({ Key = "", LastModified, Size }) => {
    // Not every server encodes keys when it is asked to.
    const name = EncodingType === "url" ? decodeURIComponent(Key.replaceAll("+", " ")) : Key
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
export const readingOf = (requests: Requests): Pick<Store, "get" | "getRange" | "stream" | "head" | "list"> => {
  const head = headOf(requests)
  const ask: Asking["ask"] = (operation, key, range) =>
    requests
      .make(
        operation,
        key,
        ({ abortSignal, client, sdk }) =>
          client.send(
            new sdk.GetObjectCommand({ ...requests.name(key), ...(range === undefined ? {} : { Range: range }) }),
            { abortSignal }
          ),
        (failed): Effect.Effect<"outside", ObjectMissing> | undefined => {
          if (isMissing(failed)) return Effect.fail(new ObjectMissing({ url: requests.url, key }))
          return isOutside(failed) ? Effect.succeed("outside") : undefined
        }
      )
      .pipe(Effect.map((answer) => (answer === "outside" ? answer : answerOf(answer))))
  const failed = (operation: Operation, key: string, cause: unknown) =>
    storeErrorOf(failedOf(cause), { url: requests.url, key, operation })
  const { received } = requests.limiter
  return { ...readingBy({ url: requests.url, head, ask, failed, received }), head, list: list(requests) }
}

const answerOf = ({ Body, ContentLength, ContentRange }: GetObjectCommandOutput) => ({
  lengthBytes: ContentLength,
  contentRange: ContentRange,
  body: Body as AsyncIterable<Uint8Array>
})
