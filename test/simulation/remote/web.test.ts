/**
 * Ponds behind web servers: read, cloned and pulled from, however short their history is; what needs a list says so.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Stream } from "effect"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { push } from "../../../src/factories/remote/exchange.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { storeAt } from "../../../src/store/stores.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { replicate } from "../../../src/tlogfs/replicate/replicate.ts"
import { mountAt, pinTo, pondIn } from "../../support/imports/ponds.ts"
import { temporaryDirectory } from "../../support/store/subjects.ts"
import { storeOnTheWeb } from "../../support/s3/subject.ts"

describe("a pond behind a web server", () => {
  it.live.each([0, 1, 5, 20])("is read and cloned after %i transactions", (txns) =>
    Effect.gen(function* () {
      const { reading, writing } = yield* storeOnTheWeb
      const pond = yield* openAt(writing, true, undefined)
      for (let at = 0; at < txns; at++) {
        const change = Effect.flatMap(Transaction, (open) => open.write("/file", new Uint8Array(70_000).fill(at)))
        yield* pond.transaction(change)
      }
      const there = yield* openAt(reading, false, undefined)
      const head = yield* there.head
      expect([there.id, head.view.txn]).toEqual([pond.id, txns])
      if (txns > 0) expect((yield* head.readBytes("/file"))[0]).toBe(txns - 1)
      const copy = memoryStore()
      yield* createPond(copy, pond.id)
      yield* replicate(reading, copy)
      expect((yield* Effect.flatMap(openAt(copy, false, undefined), (one) => one.head)).view.root).toBe(head.view.root)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("is read from a server that knows no ranges and closes each connection, or said to be unreadable", () =>
    Effect.gen(function* () {
      const bytes = new Uint8Array(8 * 1024 * 1024).fill(1)
      const server = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const made = createServer((_, response) => {
            response.writeHead(200, { "content-length": bytes.length, connection: "close" }).end(bytes)
          })
          made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
        }),
        (made) => Effect.sync(() => made.close())
      )
      const store = yield* storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      let received = 0
      const slowly = Stream.runForEach(store.stream("object"), ({ length }) =>
        Effect.andThen(Effect.yieldNow, () => Effect.sync(() => (received += length)))
      )
      yield* slowly
      expect(received).toBe(bytes.length)
      const part = yield* Effect.flip(store.getRange("object", { start: 5, end: 9 }))
      expect(part.message).toContain("bytes 5 to 9 were asked for")
    })
  )

  it.live("takes nothing into memory that claims to be larger than any object of a pond", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const made = createServer((_, response) => {
            response.writeHead(200, { "content-length": 1e15 }).write(new Uint8Array(1024))
          })
          made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
        }),
        (made) => Effect.sync(() => void (made.closeAllConnections(), made.close()))
      )
      const store = yield* storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      expect(yield* Effect.flip(store.get("object"))).toMatchObject({ _tag: "StoreFailed", code: "TooLarge" })
      expect((yield* Effect.flip(openAt(store, false, undefined))).message).toContain("1000000000000000 bytes are more")
    })
  )

  it.live("names no directory of whoever reads it, and no host that only that machine can mean", () =>
    Effect.gen(function* () {
      const { reading, writing } = yield* storeOnTheWeb
      const secret = yield* temporaryDirectory
      yield* pondIn(secret)
      const served = yield* openAt(writing, true, undefined)
      yield* mountAt(served, "/directory", yield* pinTo(secret))
      yield* mountAt(served, "/inner", yield* pinTo(secret, { url: "http://169.254.169.254/pond" }))
      const read = yield* (yield* openAt(reading, false, undefined)).head
      for (const [path, why] of [
        ["/directory", "it names a directory of another machine"],
        ["/inner", "169.254.169.254, which only this machine can mean"]
      ] as const) {
        expect((yield* Effect.flip(read.list(path))).message).toContain(why)
      }
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("cannot be written or checked there, and says what to do instead; nothing is no pond", () =>
    Effect.gen(function* () {
      const { reading, writing } = yield* storeOnTheWeb
      expect((yield* Effect.flip(openAt(reading, false, undefined)))._tag).toBe("NotAPond")
      const own = memoryStore()
      yield* createPond(own)
      const known = { name: "web", own, remote: reading, bare: reading }
      expect((yield* Effect.flip(push(known))).message).toContain("writing is not permitted")
      yield* createPond(writing)
      expect((yield* Effect.flip(Effect.scoped(fsck(reading)))).message).toBe(
        `list in ${reading.url}: objects cannot be listed over HTTP: clone the pond, and work on the copy`
      )
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
