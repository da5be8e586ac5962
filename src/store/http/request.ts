/**
 * One request over HTTP: redirects, encodings and the headers that matter.
 */

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
/** An answer that does not begin within this time is given up. */
const ANSWER_MS = 30_000

const REDIRECTS = new Set([301, 302, 303, 307, 308])

const NO_BODY: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) })
}

const numberOf = (text: string | null): number | undefined =>
  text !== null && /^\d+$/u.test(text) ? Number(text) : undefined

/** Hosts that only this machine, or its cloud, can mean: nobody out there may send us to them (S20). */
const INNER_HOST = /^(localhost|127\.\d+\.\d+\.\d+|169\.254\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[fe80:.*\]|\[::ffff:.*\])$/u

const redirected = (from: URL, response: Response): URL => {
  const location = response.headers.get("location")
  if (location === null || !URL.canParse(location, from.href)) throw new HttpRefused("the server redirects to nowhere")
  const target = new URL(location, from.href)
  const isDowngrade = from.protocol === "https:" && target.protocol !== "https:"
  if (isDowngrade || (target.protocol !== "http:" && target.protocol !== "https:")) {
    throw new HttpRefused(`the server redirects from ${from.protocol}// to ${target.protocol}//`)
  }
  if (target.hostname !== from.hostname && INNER_HOST.test(target.hostname)) {
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
    range,
    signal
  }: { readonly method: "GET" | "HEAD"; readonly range: string | undefined; readonly signal: AbortSignal }
): Promise<Fetched> => {
  let target = url
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    // Bytes as they are stored: no proxy may compress them.
    const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) }
    const response = await answered(target, { method, headers, redirect: "manual" }, signal)
    if (REDIRECTS.has(response.status)) {
      await response.body?.cancel()
      target = redirected(target, response)
      continue
    }
    const encoding = response.headers.get("content-encoding")
    if (encoding !== null && encoding !== "identity") {
      await response.body?.cancel()
      throw new HttpRefused(
        `the server or a proxy sends the object in the encoding ${encoding}: switch that off for it`
      )
    }
    if (response.status !== 200 && response.status !== 206) await response.body?.cancel()
    return {
      status: response.status,
      lengthBytes: numberOf(response.headers.get("content-length")),
      contentRange: response.headers.get("content-range") ?? undefined,
      etag: response.headers.get("etag") ?? undefined,
      modifiedMs: Date.parse(response.headers.get("last-modified") ?? "") || 0,
      body: response.body ?? NO_BODY
    }
  }
  throw new HttpRefused(`the server redirects more than ${REDIRECTS_MAX} times`)
}

/** Waits for the head of an answer, at most so long; the body may take its time. */
const answered = async (url: URL, init: RequestInit, signal: AbortSignal): Promise<Response> => {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal.reason)
  signal.addEventListener("abort", abort, { once: true })
  const late = setTimeout(() => controller.abort(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  try {
    return await fetch(url, { ...init, signal: controller.signal })
  } finally {
    clearTimeout(late)
  }
}
