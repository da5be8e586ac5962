/**
 * The store behind a web server: objects are files below a URL. Read-only, and without lists, which HTTP does not have.
 *
 * Bytes are asked for as they are stored: an answer that a proxy compressed is refused, and so is one from another object than before
 * (its ETag changed, F27). Redirects are followed a few times, never from https to http (S22).
 */
import { Effect, type Option, Stream } from "effect"
import { readingBy, wrongAnswer } from "../answer.ts"
import { ObjectMissing, StoreFailed, StoreReadOnly } from "../errors.ts"
import type { Operation, StoreError } from "../errors.ts"
import { invalidKey, invalidPrefix } from "../key.ts"
import type { Capabilities, ObjectInfo, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { type Limiter, UNLIMITED } from "../limit.ts"
import { DEFAULT_RETRY, retryingStore, type RetryPolicy } from "../retry.ts"
import { publicUrl } from "../url.ts"
import { type Fetched, fetchFrom, HttpRefused, PATIENCE, type Patience } from "./request.ts"

const CAPABILITIES: Capabilities = {
  conditionalPut: false,
  durable: false,
  readOnly: true,
  remote: true,
  atomicCreate: true
}

/** How many objects' ETags are remembered. */
const ETAGS_MAX = 1000

const NETWORK_CODE = /^(E[A-Z_]+|UND_ERR_[A-Z_]+)$/u

/** The system's word for what went wrong, which `fetch` hides in the cause of its error. */
const codeOf = (cause: unknown): string => {
  for (let at: unknown = cause; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && NETWORK_CODE.test(at.code)) return at.code
  }
  return cause instanceof Error ? cause.name : "unknown"
}

const isTransient = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500

/** The objects below a URL that ends in a slash. */
class Site {
  readonly url: string
  readonly #base: URL
  readonly #etags = new Map<string, string>()

  readonly #limiter: Limiter
  readonly #patience: Patience

  constructor(base: URL, limiter: Limiter, patience: Patience) {
    this.#base = base
    this.#patience = patience
    this.#limiter = limiter
    this.url = publicUrl(base.href).replace(/\/$/u, "")
  }

  /** Makes a request and reads its status; "absent" for an object that is not there. */
  fetch(
    operation: Operation,
    key: string,
    method: "GET" | "HEAD",
    range?: string
  ): Effect.Effect<Fetched | "absent" | "outside", StoreError> {
    const target = new URL(key.split("/").map(encodeURIComponent).join("/"), this.#base)
    const asked = Effect.tryPromise({
      try: (signal) => fetchFrom(target, { method, signal, range, patience: this.#patience }),
      catch: (cause) => this.failed(operation, key, cause)
    })
    return Effect.andThen(this.#limiter.request(0), asked).pipe(
      Effect.flatMap((fetched): Effect.Effect<Fetched | "absent" | "outside", StoreError> => {
        const { status } = fetched
        if (status === 404 || status === 410) return Effect.succeed("absent")
        if (status === 416) return Effect.succeed("outside")
        if (status !== 200 && status !== 206) {
          const cause = new Error(ADVICE[status] ?? "the server does not give the object")
          return Effect.fail(this.#fail(operation, key, `status ${status}`, isTransient(status), cause))
        }
        if (status === 206 && fetched.contentRange === undefined) {
          return Effect.fail(wrongAnswer(this.url, operation, key, "it does not say which part it sends"))
        }
        return Effect.as(this.#same(operation, key, fetched), fetched)
      })
    )
  }

  /** An error of the network, or a refusal of what the server wants. */
  failed(operation: Operation, key: string, cause: unknown): StoreFailed {
    if (cause instanceof HttpRefused) return this.#fail(operation, key, "Refused", false, cause)
    return this.#fail(operation, key, codeOf(cause), true, cause instanceof Error ? cause : new Error(String(cause)))
  }

  #fail(operation: Operation, key: string, code: string, transient: boolean, cause: Error): StoreFailed {
    return new StoreFailed({ url: this.url, key, operation, code, transient, cause })
  }

  /** Refuses parts of two different objects; asked again, the newer one is the object. What a stream gave out cannot be taken back. */
  #same(operation: Operation, key: string, { etag }: Fetched): Effect.Effect<void, StoreFailed> {
    const before = this.#etags.get(key)
    this.#etags.delete(key)
    if (etag === undefined || etag.startsWith("W/")) return Effect.void
    if (before !== undefined && before !== etag && operation !== "get") {
      const cause = new Error("the object changed between two requests")
      return Effect.fail(this.#fail(operation, key, "WrongAnswer", operation !== "stream", cause))
    }
    this.#etags.set(key, etag)
    if (this.#etags.size > ETAGS_MAX) this.#etags.delete(this.#etags.keys().next().value!)
    return Effect.void
  }
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "the server wants credentials, which Pond does not send: use a URL that needs none",
  407: "the proxy wants credentials: HTTP_PROXY and HTTPS_PROXY can hold them",
  403: "the server refuses access: check the URL and its permissions"
}

const infoOf = ({ lengthBytes, modifiedMs }: Fetched): ObjectInfo => ({ sizeBytes: lengthBytes ?? 0, modifiedMs })

const headOf =
  (site: Site): Store["head"] =>
  (key) =>
    Effect.suspend((): Effect.Effect<Option.Option<ObjectInfo>, StoreError> => {
      const invalid = invalidKey(key)
      if (invalid !== undefined) return Effect.fail(invalid)
      return Effect.flatMap(site.fetch("head", key, "HEAD"), (fetched) => {
        if (typeof fetched === "string") return Effect.succeedNone
        if (fetched.lengthBytes !== undefined) return Effect.succeedSome(infoOf(fetched))
        return Effect.fail(wrongAnswer(site.url, "head", key, "the server does not tell the size"))
      })
    })

const refused =
  (url: string, operation: Operation) =>
  (key: string): Effect.Effect<never, StoreReadOnly> =>
    Effect.fail(new StoreReadOnly({ url, key, operation, code: "EROFS", cause: new Error("HTTP is only for reading") }))

/** Makes the store below an http or https URL. */
export const httpStore = (
  base: URL,
  retry: RetryPolicy = DEFAULT_RETRY,
  limiter: Limiter = UNLIMITED,
  patience: Patience = PATIENCE
): Store => {
  const below = base.pathname.endsWith("/") ? base : new URL(`${base.origin}${base.pathname}/`)
  const site = new Site(below, limiter, patience)
  const { url } = site
  const head = headOf(site)
  const ask = (operation: Operation, key: string, range: string | undefined) =>
    Effect.filterOrFail(
      site.fetch(operation, key, "GET", range),
      (fetched): fetched is Fetched | "outside" => fetched !== "absent",
      () => new ObjectMissing({ url, key })
    )
  const failed = (operation: Operation, key: string, cause: unknown) => site.failed(operation, key, cause)
  const noList = new StoreFailed({
    url,
    key: "",
    operation: "list",
    code: "ENOSYS",
    transient: false,
    cause: new Error("objects cannot be listed over HTTP: clone the pond, and work on the copy")
  })
  const putIfAbsent = refused(url, "putIfAbsent")
  return retryingStore(
    {
      url,
      capabilities: CAPABILITIES,
      ...readingBy({ url, head, ask, failed, received: limiter.received }),
      head,
      list: (prefix) => Stream.fail(invalidPrefix(prefix) ?? noList),
      putIfAbsent,
      putInOrder: oneByOne(putIfAbsent),
      stage: refused(url, "stage")(""),
      put: refused(url, "put"),
      delete: refused(url, "delete"),
      sweep: () => Effect.succeed(0)
    },
    retry
  )
}
