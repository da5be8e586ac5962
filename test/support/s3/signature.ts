/**
 * Signature Version 4 as a server checks it: computed anew from the request as it came, and compared.
 */
import { createHash, createHmac } from "node:crypto"
import type { IncomingMessage } from "node:http"

/** Whom the server knows. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const SKEW_MAX_MS = 15 * 60 * 1000

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/u

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const timeOf = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z"))

/** Returns the error code of a request that is not signed as it must be, or nothing. */
export const signatureProblem = (
  request: IncomingMessage,
  body: Uint8Array,
  known: Credentials
): string | undefined => {
  const found = AUTHORIZATION.exec(request.headers.authorization ?? "")
  if (found === null) return "AccessDenied"
  const [, accessKeyId, day, region, signedHeaders, signature] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string
  ]
  if (accessKeyId !== known.accessKeyId) return "InvalidAccessKeyId"
  const time = String(request.headers["x-amz-date"])
  if (!(Math.abs(timeOf(time) - Date.now()) <= SKEW_MAX_MS)) return "RequestTimeTooSkewed"
  const contentHash = String(request.headers["x-amz-content-sha256"])
  if (contentHash !== "UNSIGNED-PAYLOAD" && contentHash !== sha256(body)) return "XAmzContentSHA256Mismatch"
  const url = new URL(request.url!, "http://host")
  const query = [...url.searchParams]
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
    .toSorted()
    .join("&")
  const names = signedHeaders.split(";")
  if (!names.includes("host") || !names.includes("x-amz-date")) return "AccessDenied"
  const headers = names.map((name) => `${name}:${String(request.headers[name] ?? "").trim()}\n`).join("")
  const canonical = [request.method, url.pathname, query, headers, signedHeaders, contentHash].join("\n")
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")
  const key = [region, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${known.secretAccessKey}`, day))
  return hmac(key, toSign).toString("hex") === signature ? undefined : "SignatureDoesNotMatch"
}
