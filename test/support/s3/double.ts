/**
 * A server of S3 for tests: one bucket over HTTP on this machine. It checks signatures, decides conditions atomically, answers ranges and
 * lists as S3 does, and misbehaves on a script.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import { answer, type Answer, type Asked, failure } from "./answer.ts"
import { Bucket } from "./bucket.ts"
import { type Credentials, signatureProblem } from "./signature.ts"

/** What a server does instead of answering as it should. */
export type Misbehaviour =
  /** Answers with a status and code, without having done anything. */
  | { readonly status: number; readonly code: string }
  /** Does what was asked, and ends the connection instead of answering. */
  | "lose the answer"
  /** Ends the connection without having done anything. */
  | "reset"
  /** Promises the whole body and ends the connection in the middle of it. */
  | "cut the body"
  /** Sends fewer bytes, and says so. */
  | "short"
  /** Flips a bit of the body. */
  | "flip"
  /** Sends another range than the one asked for. */
  | "wrong range"
  /** Ignores the range. */
  | "whole"
  /** Waits before it answers. */
  | { readonly delayMs: number }
  /** Sends the request elsewhere. */
  | { readonly location: string }
  /** Compresses the body, as proxies do. */
  | "compress"

/** Decides for each request, by its number from 0, whether the server misbehaves. */
export type Script = (asked: Asked, number: number) => Misbehaviour | undefined

/** A running server. */
export interface S3Double {
  readonly endpoint: string
  readonly bucketName: string
  readonly credentials: Credentials
  readonly bucket: Bucket
  /** What was asked for, in order. */
  readonly requests: Array<Asked>
  /** Bytes of all bodies that came, and that were sent. */
  readonly bytes: { received: number; sent: number }
  /** Replaces the script; its numbers begin again. */
  script(script: Script): void
  /** Waits this long before each answer. */
  latencyMs: number
  /** Whether anybody may read, unsigned, as from a web server. */
  isPublic: boolean
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Array<Buffer> = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const delay = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

const spoiled = (good: Answer, misbehaviour: Misbehaviour | undefined, asked: Asked, bucket: Bucket): Answer => {
  switch (misbehaviour) {
    case "short":
      return { ...good, body: good.body.subarray(0, good.body.length >> 1) }
    case "compress":
      return { ...good, headers: { ...good.headers, "content-encoding": "gzip" }, body: gzipSync(good.body) }
    case "flip": {
      const body = Buffer.from(good.body)
      if (body.length > 0) body[body.length >> 1]! ^= 1
      return { ...good, body }
    }
    case "wrong range": {
      const whole = bucket.objects.get(asked.key)?.bytes.length ?? 0
      const end = good.body.length + 1
      return { ...good, headers: { ...good.headers, "content-range": `bytes 2-${end}/${Math.max(whole, end + 1)}` } }
    }
    case "whole":
      return answer(bucket, { ...asked, headers: { ...asked.headers, range: undefined } }, new Uint8Array(0))
    default:
      return good
  }
}

const send = (
  response: ServerResponse,
  { body, headers, status }: Answer,
  misbehaviour: Misbehaviour | undefined,
  asked: Asked
): number => {
  const isHead = asked.method === "HEAD"
  response.writeHead(status, { "content-length": headers["content-length"] ?? body.length, ...headers })
  if (isHead || status === 204 || status === 304) {
    response.end()
    return 0
  }
  if (misbehaviour === "cut the body") {
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
    return body.length >> 1
  }
  response.end(body)
  return body.length
}

const listening = (serve: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const made = createServer(serve)
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.callback<void>((resume) => {
        made.closeAllConnections()
        made.close(() => resume(Effect.void))
      })
  )

/** What a running server knows. */
interface Serving {
  readonly bucket: Bucket
  readonly bucketName: string
  readonly credentials: Credentials
  readonly requests: Array<Asked>
  readonly bytes: { received: number; sent: number }
  readonly state: { isPublic: boolean; latencyMs: number; number: number; script: Script }
}

const answering =
  ({ bucket, bucketName, bytes, credentials, requests, state }: Serving) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    bytes.received += body.length
    const url = new URL(request.url!, "http://host")
    const path = decodeURIComponent(url.pathname.slice(1))
    const asked: Asked = {
      method: request.method!,
      key: path.slice(bucketName.length + 1),
      query: url.searchParams,
      headers: request.headers
    }
    requests.push(asked)
    const misbehaviour = state.script(asked, state.number++)
    if (state.latencyMs > 0) await delay(state.latencyMs)
    if (misbehaviour === "reset") return void request.socket.destroy()
    const isOpen = state.isPublic && (asked.method === "GET" || asked.method === "HEAD")
    const problem = isOpen ? undefined : signatureProblem(request, body, credentials)
    if (typeof misbehaviour === "object" && "location" in misbehaviour) {
      send(
        response,
        { status: 302, headers: { location: misbehaviour.location }, body: new Uint8Array(0) },
        undefined,
        asked
      )
      return
    }
    if (typeof misbehaviour === "object" && "status" in misbehaviour) {
      bytes.sent += send(response, failure(misbehaviour.status, misbehaviour.code), undefined, asked)
      return
    }
    if (typeof misbehaviour === "object" && "delayMs" in misbehaviour) await delay(misbehaviour.delayMs)
    const good =
      problem !== undefined
        ? failure(403, problem)
        : path.split("/")[0] === bucketName
          ? answer(bucket, asked, body)
          : failure(404, "NoSuchBucket")
    if (misbehaviour === "lose the answer") return void request.socket.destroy()
    bytes.sent += send(response, spoiled(good, misbehaviour, asked, bucket), misbehaviour, asked)
  }

/** Starts a server with an empty bucket, stopped with the scope; whoever asks it has these credentials. */
export const s3DoubleFor = Effect.fnUntraced(function* (
  credentials: Credentials
): Effect.fn.Return<S3Double, never, Scope.Scope> {
  const bucket = new Bucket()
  const state: Serving["state"] = { isPublic: false, latencyMs: 0, number: 0, script: () => undefined }
  const requests: Array<Asked> = []
  const bytes = { received: 0, sent: 0 }
  const bucketName = "bucket"

  const serve = answering({ bucket, bucketName, bytes, credentials, requests, state })
  const server = yield* listening(
    (request, response) => void serve(request, response).catch(() => request.socket.destroy())
  )
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucketName,
    credentials,
    bucket,
    requests,
    bytes,
    script: (script) => {
      state.script = script
      state.number = 0
    },
    get isPublic() {
      return state.isPublic
    },
    set isPublic(isPublic) {
      state.isPublic = isPublic
    },
    get latencyMs() {
      return state.latencyMs
    },
    set latencyMs(latencyMs) {
      state.latencyMs = latencyMs
    }
  }
})

/** Starts a server with an empty bucket, stopped with the scope. */
export const s3Double: Effect.Effect<S3Double, never, Scope.Scope> = s3DoubleFor({
  accessKeyId: "test-key",
  secretAccessKey: "test-secret"
})
