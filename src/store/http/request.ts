/**
 * One request over HTTP: redirects, encodings and the headers that matter.
 *
 * By Node's own client: that of `fetch` ends the process when a server closes a connection whose body is not read fast enough.
 */
import { type IncomingMessage, request as requestPlain } from "node:http"
import { request as requestSecure } from "node:https"
import { agentFor } from "./agents.ts"

/** Something a server wants that Pond does not do. */
export class HttpRefused extends Error {
  readonly _tag = "HttpRefused"
}

/** The beginning of an answer, and its body. */
export interface Fetched {
  readonly status: number
  readonly lengthBytes: number | undefined
  readonly contentRange: string | undefined
  readonly etag: string | undefined
  /** Milliseconds since 1970; 0 where the server does not tell. */
  readonly modifiedMs: number
  readonly body: AsyncIterable<Uint8Array>
}

const REDIRECTS_MAX = 5

/** How long a server is waited for. */
export interface Patience {
  /** Until the head of its answer. */
  readonly answerMs: number
  /** Until the next bytes of its body. */
  readonly idleMs: number
}

/** As long as networks take in their worst moments. */
export const PATIENCE: Patience = { answerMs: 30_000, idleMs: 30_000 }

const REDIRECTS = new Set([301, 302, 303, 307, 308])

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/u.test(text) ? Number(text) : undefined

/** Hosts that only this machine, or its cloud, can mean: nobody out there may send us to them (S20). */
const INNER_HOST =
  /^(localhost|127\.\d+\.\d+\.\d+|169\.254\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[fe80:.*\]|\[fd00:ec2::254\]|\[::ffff:.*\])$/u

/** Whether a host is one that only this machine, or its cloud, can mean. */
export const isInnerHost = (hostname: string): boolean => INNER_HOST.test(hostname)

const redirected = (from: URL, { headers: { location } }: IncomingMessage): URL => {
  if (location === undefined || !URL.canParse(location, from.href))
    throw new HttpRefused("the server redirects to nowhere")
  const target = new URL(location, from.href)
  const isDowngrade = from.protocol === "https:" && target.protocol !== "https:"
  if (isDowngrade || (target.protocol !== "http:" && target.protocol !== "https:")) {
    throw new HttpRefused(`the server redirects from ${from.protocol}// to ${target.protocol}//`)
  }
  if (target.hostname !== from.hostname && isInnerHost(target.hostname)) {
    throw new HttpRefused(
      `the server redirects from ${from.hostname} to ${target.hostname}, which is not its own to name`
    )
  }
  return target
}

/** Asks for a URL, following redirects. */
export const fetchFrom = async (
  url: URL,
  {
    method,
    patience = PATIENCE,
    range,
    signal
  }: {
    readonly method: "GET" | "HEAD"
    readonly range: string | undefined
    readonly signal: AbortSignal
    readonly patience?: Patience
  }
): Promise<Fetched> => {
  let target = url
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    // Bytes as they are stored: no proxy may compress them.
    const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) }
    const response = await answered(target, { method, headers, signal }, patience.answerMs)
    const status = response.statusCode ?? 0
    if (REDIRECTS.has(status)) {
      response.destroy()
      target = redirected(target, response)
      continue
    }
    const encoding = response.headers["content-encoding"]
    if (encoding !== undefined && encoding !== "identity") {
      response.destroy()
      throw new HttpRefused(
        `the server or a proxy sends the object in the encoding ${encoding}: switch that off for it`
      )
    }
    // A short body that nobody wants is read to its end, so that the connection can be used again.
    if (status !== 200 && status !== 206) response.resume()
    return {
      status,
      lengthBytes: numberOf(response.headers["content-length"]),
      contentRange: response.headers["content-range"],
      etag: response.headers.etag,
      modifiedMs: Date.parse(response.headers["last-modified"] ?? "") || 0,
      body: flowing(response, patience.idleMs)
    }
  }
  throw new HttpRefused(`the server redirects more than ${REDIRECTS_MAX} times`)
}

/** The bytes of a body; a server that sends nothing for too long is given up. Whoever reads may take their time, and stop at any moment. */
const flowing = (response: IncomingMessage, idleMs: number): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => {
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    return {
      next: async () => {
        const late = setTimeout(() => response.destroy(new TimedOut(`no bytes within ${idleMs} ms`)), idleMs)
        return await chunks.next().finally(() => clearTimeout(late))
      },
      return: async () => {
        response.destroy()
        return { done: true, value: undefined }
      }
    }
  }
})

/** A server that was waited for in vain. */
class TimedOut extends Error {
  readonly code = "ETIMEDOUT"
}

/** Waits for the head of an answer, at most so long. */
const answered = (
  url: URL,
  asked: {
    readonly method: "GET" | "HEAD"
    readonly headers: Readonly<Record<string, string>>
    readonly signal: AbortSignal
  },
  answerMs: number
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const make = url.protocol === "https:" ? requestSecure : requestPlain
    const asking = make(url, { ...asked, agent: agentFor(url.protocol) })
    const late = setTimeout(() => asking.destroy(new TimedOut(`no answer within ${answerMs} ms`)), answerMs)
    asking.once("response", (response) => {
      clearTimeout(late)
      // Whoever reads the body is told; nobody else needs to be.
      response.on("error", () => undefined)
      if (asked.method === "HEAD") response.resume()
      resolve(response)
    })
    asking.on("error", (cause) => {
      clearTimeout(late)
      reject(cause)
    })
    asking.end()
  })
