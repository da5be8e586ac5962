/**
 * Web servers and proxies that do not do what they should: whatever they do ends, in bytes that were asked for or in an error that names it.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { type AddressInfo, createServer as createPlainServer, type Server as PlainServer, type Socket } from "node:net"
import { agentFor } from "../../../../src/store/http/agents.ts"
import { httpStore } from "../../../../src/store/http/store.ts"
import { UNLIMITED } from "../../../../src/store/limit.ts"
import type { StoreFailed } from "../../../../src/store/errors.ts"
import { IMPATIENT } from "../../../support/s3/subject.ts"
import { patterned } from "../../../support/store/bytes.ts"

const BYTES = patterned(300_000)
const PATIENCE = { answerMs: 100, idleMs: 100 }

const listening = <S extends Server | PlainServer>(made: S) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      const sockets = new Set<Socket>()
      made.on("connection", (socket: Socket) => sockets.add(socket))
      made.once("close", () => undefined)
      Object.assign(made, { sockets })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed((made.address() as AddressInfo).port)))
    }),
    () =>
      Effect.sync(() => {
        for (const socket of (made as unknown as { sockets: Set<Socket> }).sockets) socket.destroy()
        made.close()
      })
  )

/** A store over a server that answers as it is told; `count` is how often it was asked. */
const over = (serve: (asked: IncomingMessage, response: ServerResponse, number: number) => void) =>
  Effect.gen(function* () {
    const asked = { count: 0 }
    const port = yield* listening(createServer((message, response) => serve(message, response, asked.count++)))
    const base = new URL(`http://127.0.0.1:${port}/`)
    return { asked, port, store: httpStore(base, IMPATIENT, UNLIMITED, PATIENCE) }
  })

const rangeOf = ({ headers: { range = "" } }: IncomingMessage) => {
  const [, start, last] = /^bytes=(\d+)-(\d*)$/u.exec(range) ?? []
  return { start: Number(start ?? 0), end: last === undefined || last === "" ? BYTES.length : Number(last) + 1 }
}

/** Answers a range as it should be, but for some headers. */
const partial = (asked: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>> = {}) => {
  const { end, start } = rangeOf(asked)
  const given = { "content-length": String(end - start), "content-range": `bytes ${start}-${end - 1}/${BYTES.length}` }
  response.writeHead(206, { ...given, ...headers })
  return BYTES.subarray(start, end)
}

const RANGE = { start: 1000, end: 200_000 }

/** What a server does to a range that is asked for, and what is said of it. */
const WRONG: Readonly<Record<string, readonly [(asked: IncomingMessage, response: ServerResponse) => void, RegExp]>> = {
  "does not answer": [() => undefined, /ETIMEDOUT.*no answer within 100 ms/u],
  "stops in the middle": [
    (asked, response) => {
      const bytes = partial(asked, response)
      if (rangeOf(asked).start === RANGE.start) response.write(bytes.subarray(0, 100))
      else response.flushHeaders()
    },
    /ETIMEDOUT.*no bytes within 100 ms/u
  ],
  "knows no ranges": [
    (_, response) => void response.writeHead(200, { "content-length": BYTES.length }).end(BYTES),
    /200000 were asked for, 0 to 300000 are sent: the server knows no ranges/u
  ],
  "tells no length": [(_, response) => void response.writeHead(200).end(BYTES), /does not say which bytes it sends/u],
  "sends a range in other units": [
    (asked, response) => void response.end(partial(asked, response, { "content-range": "lines 1-2/3" })),
    /does not say which bytes it sends/u
  ],
  "sends a range of unknown size": [
    (asked, response) => void response.end(partial(asked, response, { "content-range": "bytes 1000-199999/*" })),
    /does not say which bytes it sends/u
  ],
  "sends a range that its length denies": [
    (asked, response) => void response.end(partial(asked, response, { "content-range": "bytes 1000-1999/300000" })),
    /does not say which bytes it sends/u
  ],
  "sends a range backwards": [
    (asked, response) => void response.end(partial(asked, response, { "content-range": "bytes 199999-1000/300000" })),
    /does not say which bytes it sends/u
  ],
  "sends another range": [
    (asked, response) => void response.end(partial(asked, response, { "content-range": "bytes 0-198999/300000" })),
    /1000 to 200000 were asked for, 0 to 199000 are sent/u
  ],
  "sends many parts": [
    (_, response) => {
      const headers = { "content-type": "multipart/byteranges; boundary=x", "content-length": 3 }
      response.writeHead(206, headers).end("--x")
    },
    /does not say which part it sends/u
  ],
  "ends too early": [
    (asked, response) => {
      const bytes = partial(asked, response)
      if (rangeOf(asked).start === RANGE.start) response.write(bytes.subarray(0, 500), () => response.destroy())
      else response.destroy()
    },
    /ECONNRESET|aborted/u
  ],
  "sends nothing of it": [(_, response) => void response.writeHead(204).end(), /status 204/u],
  "compresses it": [
    (asked, response) => void response.end(partial(asked, response, { "content-encoding": "br" })),
    /in the encoding br: switch that off/u
  ],
  "redirects to nowhere": [(_, response) => void response.writeHead(302).end(), /redirects to nowhere/u],
  "redirects to what is no place": [
    (_, response) => void response.writeHead(307, { location: "http://" }).end(),
    /redirects to nowhere/u
  ],
  "redirects to the cloud's own": [
    (_, response) => void response.writeHead(301, { location: "http://0251.0376.0251.0376/latest" }).end(),
    /169\.254\.169\.254, which is not its own to name/u
  ]
}

describe("a web server", () => {
  it.live.each(Object.entries(WRONG))("that %s is named, and asked a few times at most", ([, [serve, expected]]) =>
    Effect.gen(function* () {
      const { asked, store } = yield* over(serve)
      const read = Effect.flip(store.getRange("object", RANGE))
      const error = (yield* read) as StoreFailed
      expect([error._tag, `${error.code} ${error.message}`]).toEqual(["StoreFailed", expect.stringMatching(expected)])
      expect(asked.count).toBeLessThanOrEqual(IMPATIENT.times + 1)
      const streamed = yield* Effect.flip(Stream.runDrain(store.stream("object", RANGE)))
      expect(streamed._tag).toBe("StoreFailed")
    })
  )

  it.live("that speaks no HTTP, or says too much, is named", () =>
    Effect.gen(function* () {
      for (const said of ["SSH-2.0-OpenSSH_9.6\r\n", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`, ""]) {
        const port = yield* listening(createPlainServer((socket) => void socket.on("error", () => undefined).end(said)))
        const store = httpStore(new URL(`http://127.0.0.1:${port}/`), IMPATIENT, UNLIMITED, PATIENCE)
        expect((yield* Effect.flip(store.get("object")))._tag).toBe("StoreFailed")
      }
    })
  )

  it.live("is waited for as long as whoever reads takes", () =>
    Effect.gen(function* () {
      const { store } = yield* over((asked, response) => void response.end(partial(asked, response)))
      const parts: Array<Uint8Array> = []
      yield* Stream.runForEach(store.stream("object", { start: 0, end: BYTES.length }), (part) =>
        Effect.andThen(
          parts.length < 2 ? Effect.sleep(PATIENCE.idleMs * 2) : Effect.void,
          Effect.sync(() => parts.push(part))
        )
      )
      expect(Buffer.compare(Buffer.concat(parts), BYTES)).toBe(0)
    })
  )

  it.live("that stopped sending does not keep who goes away", () =>
    Effect.gen(function* () {
      const { store } = yield* over((asked, response) => void response.write(partial(asked, response).subarray(0, 100)))
      const before = performance.now()
      const reading = yield* Effect.forkChild(Stream.runDrain(store.stream("object", RANGE)))
      yield* Effect.sleep("50 millis")
      yield* Fiber.interrupt(reading)
      expect(performance.now() - before).toBeLessThan(PATIENCE.idleMs)
    })
  )

  it.live("whose object changes in the middle of a stream gives no mixture of both", () =>
    Effect.gen(function* () {
      const { asked, store } = yield* over((message, response, number) => {
        const bytes = partial(message, response, { etag: number === 0 ? '"first"' : '"second"' })
        if (number === 0) response.write(bytes.subarray(0, 70_000), () => response.destroy())
        else response.end(bytes)
      })
      const parts: Array<Uint8Array> = []
      const reading = Stream.runForEach(store.stream("object", { start: 0, end: BYTES.length }), (part) =>
        Effect.sync(() => parts.push(part))
      )
      const error = yield* Effect.flip(reading)
      expect(error.message).toContain("the object changed between two requests")
      expect([asked.count, Buffer.concat(parts).length]).toEqual([2, 70_000])
      // Read again, the newer one is the object.
      expect(Buffer.compare(yield* store.getRange("object", RANGE), BYTES.subarray(RANGE.start, RANGE.end))).toBe(0)
    })
  )
})

describe("a proxy", () => {
  /** Sets variables of the environment for as long as the scope lasts. */
  const environment = (values: Readonly<Record<string, string>>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
        Object.assign(process.env, values)
        return before
      }),
      (before) =>
        Effect.sync(() => {
          for (const [name, value] of before) {
            if (value === undefined) delete process.env[name]
            else process.env[name] = value
          }
        })
    )

  it.live("that HTTP_PROXY names is gone through, unless NO_PROXY names the host", () =>
    Effect.gen(function* () {
      const { asked, port, store } = yield* over((message, response) => void response.end(partial(message, response)))
      const seen: Array<string> = []
      const proxy = yield* listening(
        createServer((message, response) => {
          seen.push(message.url!)
          const { headers, method } = message
          request(message.url!, { method, headers }, (answer) => {
            response.writeHead(answer.statusCode!, answer.headers)
            answer.pipe(response)
          }).end()
        })
      )
      yield* environment({ HTTP_PROXY: `http://127.0.0.1:${proxy}` })
      const read = Effect.map(store.getRange("object", { start: 5, end: 9 }), (bytes) => [...bytes])
      expect(yield* read).toEqual([...BYTES.subarray(5, 9)])
      expect([asked.count, seen]).toEqual([1, [`http://127.0.0.1:${port}/object`]])
      yield* environment({ NO_PROXY: "example.org,127.0.0.1" })
      expect(yield* read).toEqual([...BYTES.subarray(5, 9)])
      expect([asked.count, seen.length]).toEqual([2, 1])
    })
  )

  it.live("that wants credentials, or is not there, is named", () =>
    Effect.gen(function* () {
      const { asked, store } = yield* over((message, response) => void response.end(partial(message, response)))
      const wants = yield* listening(createServer((_, response) => void response.writeHead(407).end()))
      yield* environment({ http_proxy: `http://127.0.0.1:${wants}` })
      const refused = yield* Effect.flip(store.getRange("object", RANGE))
      expect(refused).toMatchObject({ _tag: "StoreFailed", code: "status 407", transient: false })
      expect(refused.message).toContain("the proxy wants credentials")
      const gone = yield* Effect.scoped(listening(createServer()))
      yield* environment({ http_proxy: `http://127.0.0.1:${gone}` })
      const absent = yield* Effect.flip(store.getRange("object", RANGE))
      expect(absent).toMatchObject({ _tag: "StoreFailed", code: "ECONNREFUSED" })
      expect(asked.count).toBe(0)
    })
  )

  it.effect("has connections of its own for each environment, and the same ones for the same", () =>
    Effect.sync(() => {
      const none = agentFor("http:", {})
      expect(agentFor("http:", {})).toBe(none)
      expect(agentFor("http:", { HTTP_PROXY: "http://127.0.0.1:1" })).not.toBe(none)
      expect(agentFor("https:", {})).not.toBe(none)
    })
  )
})
