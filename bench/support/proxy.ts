/**
 * A way to a server that takes time, and on which what travels is counted.
 *
 * Bytes are passed on as they are, each half a round trip later; a connection costs a round trip before it carries anything, as it does on a
 * network. A request begins where a client speaks after the server did: nobody who is compared sends a second one before the first is answered.
 */
import { connect, createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"

/** A request: what was asked, and the bytes that it and its answer took. */
export interface Request {
  readonly what: string
  sentBytes: number
  receivedBytes: number
}

/** What went over the wire. */
export interface Traffic {
  readonly requests: ReadonlyArray<Request>
  readonly connections: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** A proxy that listens. */
export interface Proxy {
  readonly port: number
  /** What went over the wire since it was asked last. */
  readonly take: () => Traffic
  readonly close: () => void
}

/** The method and the path of a request whose head is in these bytes. */
const requestIn = (bytes: Buffer): string | undefined =>
  /^(?:GET|HEAD|PUT|POST|DELETE) \S+/.exec(bytes.subarray(0, 2048).toString("latin1"))?.[0]

/** Runs actions so many milliseconds after they were given, in the order in which they were. */
class DelayLine {
  readonly #delayMs: number
  readonly #waiting: Array<{ readonly due: number; readonly action: () => void }> = []

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  /** Runs an action later, and not before a moment of `performance.now()`. */
  later(action: () => void, earliest = 0): void {
    if (this.#delayMs === 0) {
      action()
      return
    }
    this.#waiting.push({ due: Math.max(performance.now(), earliest) + this.#delayMs, action })
    if (this.#waiting.length === 1) this.#wait()
  }

  #wait(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    const pauseMs = first.due - performance.now()
    if (pauseMs > 0) {
      setTimeout(() => this.#wait(), pauseMs)
      return
    }
    this.#waiting.shift()
    first.action()
    this.#wait()
  }
}

/** Passes on what a socket says, and its end, through a delay. */
const passOn = (from: Socket, to: Socket, delay: DelayLine, opened: number, heard: (bytes: Buffer) => void): void => {
  from.on("data", (bytes: Buffer) => {
    heard(bytes)
    delay.later(() => {
      if (to.writable) to.write(bytes)
    }, opened)
  })
  // What was written is on its way when the sender is gone: nothing is destroyed but what failed.
  from.on("close", () => delay.later(() => to.end(), opened))
  from.on("error", () => to.destroy())
}

/** Starts a proxy in front of a port of this machine; `roundTripMs` is what every answer takes longer. */
export const startProxy = (port: number, roundTripMs: number): Promise<Proxy> => {
  const requests: Array<Request> = []
  let connections = 0
  let sentBytes = 0
  let receivedBytes = 0
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true })
    const opened = performance.now() + roundTripMs
    let clientBegins = true
    let current: Request | undefined
    connections++
    passOn(client, upstream, new DelayLine(roundTripMs / 2), opened, (bytes) => {
      const what = clientBegins ? requestIn(bytes) : undefined
      if (what !== undefined) {
        current = { what, sentBytes: 0, receivedBytes: 0 }
        requests.push(current)
      }
      clientBegins = false
      sentBytes += bytes.length
      if (current !== undefined) current.sentBytes += bytes.length
    })
    passOn(upstream, client, new DelayLine(roundTripMs / 2), opened, (bytes) => {
      clientBegins = true
      receivedBytes += bytes.length
      if (current !== undefined) current.receivedBytes += bytes.length
    })
  })
  const take = (): Traffic => {
    const taken = { requests: requests.splice(0), connections, sentBytes, receivedBytes }
    connections = 0
    sentBytes = 0
    receivedBytes = 0
    return taken
  }
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve({ port: (server.address() as AddressInfo).port, take, close: () => server.close() })
    )
  })
}
