/**
 * Contract: bytes that are handed over come back, checked, by version and by range.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { hash, toHex } from "../../../../src/bao/index.ts"
import { listHash, type Node, Persistence, type View } from "../../../../src/tinyfs/index.ts"
import type { Subject } from "../persistence.ts"
import { all, bytes, committing, newest, noise, within } from "../program.ts"

const KiB = 1024
const SIZES = [0, 1, 16 * KiB - 1, 16 * KiB, 16 * KiB + 1, 64 * KiB, 64 * KiB + 1, 200 * KiB, 1024 * KiB, 2100 * KiB]
/** Sizes of appends that come to whole groups, powers of two of them, and in between. */
const APPENDS = [1, 16 * KiB - 1, 16 * KiB, 5, 32 * KiB - 5, 64 * KiB, 100, 300 * KiB, 0, 7]

/** A stream of some bytes in odd pieces. */
const pieces = (content: Uint8Array, size: number): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(content.length / size) }, (_, at) => content.slice(at * size, (at + 1) * size))
  )

const rangesOf = (sizeBytes: number) =>
  [0, 1, 16 * KiB, 64 * KiB, 1024 * KiB, sizeBytes]
    .filter((start) => start <= sizeBytes)
    .flatMap((start) =>
      [1, 100, 20 * KiB, sizeBytes].map((length) => ({ start, end: Math.min(sizeBytes, start + length) }))
    )

const TESTS: ReadonlyArray<readonly [string, Effect.Effect<void, unknown, Persistence>]> = [
  [
    "come back whole and by range, whatever their size and however they came (R4, R5)",
    Effect.gen(function* () {
      const { head } = yield* Persistence
      for (const sizeBytes of SIZES) {
        const content = noise(sizeBytes)
        yield* within((open) => open.write(`/f${sizeBytes}`, pieces(content, 10_007)))
        const node = yield* (yield* newest).stat(`/f${sizeBytes}`)
        expect(node.content).toStrictEqual({ version: 1, sizeBytes, hash: toHex(hash(content)) })
        const view = yield* head
        expect(Buffer.compare(yield* all(view.read(node.id, 1)), content)).toBe(0)
        for (const range of rangesOf(sizeBytes)) {
          const part = yield* all(view.read(node.id, 1, range))
          expect(Buffer.compare(part, content.subarray(range.start, range.end))).toBe(0)
        }
      }
    })
  ],
  [
    "of a series are those of all appends, within a transaction and across them (R5)",
    Effect.gen(function* () {
      let content: Uint8Array = new Uint8Array()
      const sizes: Array<number> = []
      for (const [round, size] of APPENDS.entries()) {
        yield* within((open) =>
          Effect.forEach([0, 1], (half) => {
            const added = noise(size, 10 * round + half)
            if (content.length === 0 || size > 0) sizes.push(content.length + size)
            content = Buffer.concat([content, added])
            return Effect.map(open.append("/s", pieces(added, 4_099)), (node) => {
              expect(node.content?.sizeBytes).toBe(content.length)
              expect(node.content?.hash).toBe(toHex(hash(content)))
            })
          })
        )
      }
      const reader = yield* newest
      expect((yield* reader.versions("/s")).map(({ sizeBytes }) => sizeBytes)).toStrictEqual(sizes)
      for (const [index, end] of sizes.entries()) {
        const read = yield* reader.readBytes("/s", { version: index + 1 })
        expect(Buffer.compare(read, content.subarray(0, end))).toBe(0)
      }
    })
  ],
  [
    "of a series are read inside the transaction that appends",
    Effect.gen(function* () {
      const first = noise(100 * KiB, 1)
      const second = noise(100 * KiB, 2)
      yield* within((open) => open.append("/s", first))
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.append("/s", second)
          yield* open.append("/s", bytes("end"))
          const whole = Buffer.concat([first, second, bytes("end")])
          expect(Buffer.compare(yield* open.readBytes("/s"), whole)).toBe(0)
          expect(Buffer.compare(yield* open.readBytes("/s", { version: 2 }), whole.subarray(0, 200 * KiB))).toBe(0)
          const range = { start: 90 * KiB, end: 200 * KiB + 3 }
          expect(Buffer.compare(yield* open.readBytes("/s", { range }), whole.subarray(range.start, range.end))).toBe(0)
        })
      )
    })
  ],
  [
    "of a series that is written begin anew, go on by appends, and leave those before as they were",
    Effect.gen(function* () {
      const old = noise(100 * KiB, 1)
      const fresh = noise(70 * KiB, 2)
      const more = noise(40 * KiB, 3)
      yield* within((open) => open.append("/s", old))
      yield* within((open) => open.append("/s", bytes("end")))
      yield* within((open) =>
        Effect.gen(function* () {
          yield* open.append("/s", bytes("given up"))
          const node = yield* open.write("/s", pieces(fresh, 5_003))
          expect(node.content).toStrictEqual({ version: 3, sizeBytes: fresh.length, hash: toHex(hash(fresh)) })
          yield* open.append("/s", more)
          expect(Buffer.compare(yield* open.readBytes("/s"), Buffer.concat([fresh, more]))).toBe(0)
        })
      )
      yield* within((open) => open.append("/s", bytes("!")))
      const reader = yield* newest
      const versions = [old, [...old, ...bytes("end")], fresh, [...fresh, ...more], [...fresh, ...more, ...bytes("!")]]
      for (const [index, content] of versions.entries()) {
        const read = yield* reader.readBytes("/s", { version: index + 1 })
        expect(Buffer.compare(read, Uint8Array.from(content))).toBe(0)
      }
      const kinds = (yield* reader.history("/s")).map(({ kind }) => kind)
      expect(kinds).toStrictEqual(["created", "appended", "written", "appended", "appended"])
    })
  ],
  [
    "of a series that was written are read when what was before is pruned",
    Effect.gen(function* () {
      yield* within((open) => open.append("/s", bytes("old")))
      yield* within((open) => open.write("/s", bytes("new")))
      yield* within((open) => open.prune("/s", [{ first: 1, last: 1 }]))
      const reader = yield* newest
      expect(yield* reader.readText("/s")).toBe("new")
      expect((yield* Effect.flip(reader.readText("/s", { version: 1 })))._tag).toBe("Pruned")
    })
  ],
  [
    "of a table series are apart, and listed by a hash",
    Effect.gen(function* () {
      const texts = ["T1", "T2", "T2", "T1"]
      yield* within((open) => Effect.forEach(texts.slice(0, 2), (text) => open.addVersion("/t", bytes(text))))
      yield* within((open) => Effect.forEach(texts.slice(2), (text) => open.addVersion("/t", bytes(text))))
      const reader = yield* newest
      const versions = yield* reader.versions("/t")
      let list: string | undefined
      for (const [index, text] of ["T1", "T2", "T1"].entries()) {
        list = listHash(list, 2, toHex(hash(bytes(text))))
        expect(versions[index]).toMatchObject({ version: index + 1, sizeBytes: 2, listHash: list })
        expect(yield* reader.readText("/t", { version: index + 1 })).toBe(text)
      }
      expect(versions).toHaveLength(3)
    })
  ],
  [
    "that are not committed leave nothing, and do not disturb what follows",
    Effect.gen(function* () {
      const { contents, head } = yield* Persistence
      yield* within((open) => open.append("/s", noise(20 * KiB)))
      const { events } = yield* committing((open) => open.append("/s", noise(50 * KiB)))
      const node: Node = events[0]!.node
      yield* Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* (yield* contents).open("append", node)
          yield* writer.write(noise(100 * KiB, 2))
          const finished = yield* (yield* contents).open("append", node)
          yield* finished.write(bytes("never"))
          yield* finished.finish
        })
      )
      expect((yield* head).txn).toBe(2)
      const { value: after } = yield* within((open) => open.append("/s", bytes("after")))
      const whole = Buffer.concat([noise(20 * KiB), noise(50 * KiB), bytes("after")])
      expect(Buffer.compare(yield* (yield* newest).readBytes("/s"), whole)).toBe(0)
      expect(after.content?.hash).toBe(toHex(hash(whole)))
    })
  ],
  [
    "are copied when they are written: the writer's buffer may be used again",
    Effect.gen(function* () {
      const { contents } = yield* Persistence
      const read = yield* Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* (yield* contents).open("replace")
          const buffer = new Uint8Array(3)
          for (const text of ["one", "two", "end"]) {
            buffer.set(bytes(text))
            yield* writer.write(buffer)
          }
          buffer.fill(0)
          return yield* all((yield* writer.finish).read())
        })
      )
      expect(new TextDecoder().decode(read)).toBe("onetwoend")
    })
  ],
  [
    "that are not there are an error",
    Effect.gen(function* () {
      const { at, head } = yield* Persistence
      const { events } = yield* committing((open) => open.write("/f", bytes("1")))
      yield* within((open) => open.write("/f", bytes("2")))
      const { id } = events[0]!.node
      const tagOf = (stream: ReturnType<View["read"]>) => Effect.map(Effect.flip(all(stream)), ({ _tag }) => _tag)
      expect(yield* tagOf((yield* head).read(id, 3))).toBe("VersionMissing")
      expect(yield* tagOf((yield* at(1)).read(id, 2))).toBe("VersionMissing")
      expect(yield* tagOf((yield* head).read("01a1fc33-8f28-73d3-8377-d6f0c60662aa", 1))).toBe("VersionMissing")
    })
  ],
  [
    "that were pruned are gone for good, and everything else stays",
    Effect.gen(function* () {
      yield* within((open) => open.write("/f", bytes("old")))
      yield* within((open) => open.write("/f", bytes("new")))
      yield* within((open) => Effect.forEach(["a", "b", "c"], (text) => open.append("/s", bytes(text))))
      const { events } = yield* committing((open) =>
        Effect.andThen(open.prune("/f", [{ first: 1, last: 1 }]), open.prune("/s", [{ first: 1, last: 2 }]))
      )
      expect(events.map(({ kind }) => kind)).toStrictEqual(["pruned", "pruned"])
      const reader = yield* newest
      expect(yield* Effect.flip(reader.readText("/f", { version: 1 }))).toMatchObject({ _tag: "Pruned", version: 1 })
      expect(yield* reader.readText("/f")).toBe("new")
      expect(yield* Effect.flip(reader.readText("/s"))).toMatchObject({ _tag: "Pruned", version: 1 })
      expect(yield* reader.readText("/s", { range: { start: 2, end: 3 } })).toBe("c")
      expect((yield* reader.versions("/s")).map(({ isPruned }) => isPruned)).toStrictEqual([true, true, false])
      const again = yield* within((open) => open.prune("/f", [{ first: 1, last: 1 }]))
      expect(again.committed._tag).toBe("None")
    })
  ]
]

/** Runs the chapter: contents come back. */
export const contents = ({ layer }: Subject): void => {
  describe("contents", () => {
    it.effect.each(TESTS)("%s", ([, test]) => Effect.provide(test, layer))
  })
}
