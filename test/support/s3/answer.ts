/**
 * What a server of S3 answers to one request on one bucket.
 */
import type { IncomingHttpHeaders } from "node:http"
import type { Bucket, Condition, Kept } from "./bucket.ts"

/** One request as the server understood it. */
export interface Asked {
  readonly method: string
  /** The key, "" for the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/** One answer as it should be sent. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Uint8Array
}

const NOTHING = new Uint8Array(0)

const escaped = (text: string): string => text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)

const xml = (status: number, document: string): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${document}`)
})

/** An error document. */
export const failure = (status: number, code: string): Answer =>
  xml(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`)

const conditionOf = (headers: IncomingHttpHeaders): Condition => ({
  ifNoneMatch: headers["if-none-match"],
  ifMatch: headers["if-match"]
})

const read = (kept: Kept | undefined, { headers, method }: Asked): Answer => {
  if (kept === undefined) return failure(404, "NoSuchKey")
  const common = { etag: kept.etag, "last-modified": new Date(kept.modifiedMs).toUTCString(), "accept-ranges": "bytes" }
  if (headers["if-match"] !== undefined && headers["if-match"] !== kept.etag) return failure(412, "PreconditionFailed")
  if (headers["if-none-match"] === kept.etag) return { status: 304, headers: common, body: NOTHING }
  const sizeBytes = kept.bytes.length
  const range = method === "GET" ? /^bytes=(\d*)-(\d*)$/u.exec(headers.range ?? "") : null
  if (range === null) return { status: 200, headers: { ...common, "content-length": sizeBytes }, body: kept.bytes }
  const [, first, last] = range as unknown as [string, string, string]
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (start >= end) return failure(416, "InvalidRange")
  const part = { ...common, "content-range": `bytes ${start}-${end - 1}/${sizeBytes}` }
  return { status: 206, headers: part, body: kept.bytes.subarray(start, end) }
}

const KEYS_MAX = 1000

const list = (bucket: Bucket, query: URLSearchParams): Answer => {
  const prefix = query.get("prefix") ?? ""
  const after = query.get("continuation-token") ?? query.get("start-after") ?? ""
  const most = Math.min(KEYS_MAX, Number(query.get("max-keys") ?? KEYS_MAX))
  const encode =
    query.get("encoding-type") === "url"
      ? (text: string) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%2F", "/")
      : escaped
  const keys = bucket
    .keys()
    .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
  const page = keys.slice(0, most)
  const contents = page.map((key) => {
    const { bytes, etag, modifiedMs } = bucket.objects.get(key)!
    return `<Contents><Key>${encode(key)}</Key><LastModified>${new Date(modifiedMs).toISOString()}</LastModified><ETag>${escaped(etag)}</ETag><Size>${bytes.length}</Size></Contents>`
  })
  const more = keys.length > most
  const token = more ? `<NextContinuationToken>${escaped(page[page.length - 1]!)}</NextContinuationToken>` : ""
  return xml(
    200,
    `<ListBucketResult>${query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : ""}<IsTruncated>${more}</IsTruncated>${token}${contents.join("")}<KeyCount>${page.length}</KeyCount></ListBucketResult>`
  )
}

const listUploads = (bucket: Bucket, query: URLSearchParams): Answer => {
  const uploads = [...bucket.uploads]
    .filter(([, { key }]) => key.startsWith(query.get("prefix") ?? ""))
    .map(
      ([id, { initiatedMs, key }]) =>
        `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(initiatedMs).toISOString()}</Initiated></Upload>`
    )
  return xml(
    200,
    `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${uploads.join("")}</ListMultipartUploadsResult>`
  )
}

const complete = (bucket: Bucket, { headers, key, query }: Asked, body: Uint8Array): Answer => {
  const id = query.get("uploadId")!
  const numbers = [
    ...Buffer.from(body)
      .toString()
      .matchAll(/<PartNumber>(\d+)<\/PartNumber>/gu)
  ].map(([, number]) => Number(number))
  const bytes = bucket.assemble(id, numbers)
  if (typeof bytes === "string") return failure(bytes === "NoSuchUpload" ? 404 : 400, bytes)
  if (!bucket.allows(key, conditionOf(headers))) return failure(412, "PreconditionFailed")
  bucket.uploads.delete(id)
  const etag = bucket.put(key, bytes)
  return xml(
    200,
    `<CompleteMultipartUploadResult><Key>${escaped(key)}</Key><ETag>${escaped(etag)}</ETag></CompleteMultipartUploadResult>`
  )
}

const write = (bucket: Bucket, { headers, key, query }: Asked, body: Uint8Array): Answer => {
  const id = query.get("uploadId")
  if (id !== null) {
    const upload = bucket.uploads.get(id)
    if (upload === undefined) return failure(404, "NoSuchUpload")
    upload.parts.set(Number(query.get("partNumber")), body)
    return { status: 200, headers: { etag: `"part-${query.get("partNumber")}"` }, body: NOTHING }
  }
  if (!bucket.allows(key, conditionOf(headers))) return failure(412, "PreconditionFailed")
  return { status: 200, headers: { etag: bucket.put(key, body) }, body: NOTHING }
}

const remove = (bucket: Bucket, { key, query }: Asked): Answer => {
  const id = query.get("uploadId")
  if (id === null) bucket.objects.delete(key)
  else bucket.uploads.delete(id)
  return { status: 204, headers: {}, body: NOTHING }
}

/** Carries out a request. */
export const answer = (bucket: Bucket, asked: Asked, body: Uint8Array): Answer => {
  const { key, method, query } = asked
  if (key === "") {
    if (method !== "GET") return failure(405, "MethodNotAllowed")
    return query.has("uploads") ? listUploads(bucket, query) : list(bucket, query)
  }
  switch (method) {
    case "GET":
    case "HEAD":
      return read(bucket.objects.get(key), asked)
    case "PUT":
      return write(bucket, asked, body)
    case "DELETE":
      return remove(bucket, asked)
    case "POST":
      if (query.has("uploads"))
        return xml(
          200,
          `<InitiateMultipartUploadResult><Key>${escaped(key)}</Key><UploadId>${bucket.begin(key)}</UploadId></InitiateMultipartUploadResult>`
        )
      return complete(bucket, asked, body)
    default:
      return failure(405, "MethodNotAllowed")
  }
}
