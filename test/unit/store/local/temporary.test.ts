import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option } from "effect"
import { localStore } from "../../../../src/store/local/store.ts"
import { patterned, utf8 } from "../../../support/store/bytes.ts"
import { PosixError, PosixModel } from "../../../support/store/posix.ts"

describe("a temporary file", () => {
  it.effect.each([
    { name: "small", sizeBytes: 1000 },
    { name: "large", sizeBytes: 500_000 }
  ])("of which a $name part failed to be written is never published, even if its writer goes on", ({ sizeBytes }) =>
    Effect.gen(function* () {
      const model = new PosixModel()
      const store = localStore("/pond", model.calls)
      let writes = 0
      const [unwritten, error] = yield* Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          yield* staged.write(utf8("whole"))
          model.onCall = ({ name }) => {
            if (!name.startsWith("write")) return undefined
            if (writes++ === 0) return { bytesMax: 100 }
            throw new PosixError("ENOSPC", "injected")
          }
          return [
            yield* Effect.flip(staged.write(patterned(sizeBytes))),
            yield* Effect.flip(staged.publish("object"))
          ] as const
        })
      )
      expect(unwritten).toMatchObject({ _tag: "StoreFull" })
      expect(error).toMatchObject({ _tag: "StoreFailed", operation: "publish", key: "object", code: "EIO" })
      expect(error.message).toContain("has 105 bytes where 5 were written")
      expect(yield* store.head("object")).toEqual(Option.none())
      expect(model.calls.readdir("/pond/.staging")).toEqual([])
    })
  )

  it.effect("is not used again once it was published: that is a bug of the caller", () =>
    Effect.gen(function* () {
      const store = localStore("/pond", new PosixModel().calls)
      const exit = yield* Effect.exit(
        Effect.scoped(
          Effect.gen(function* () {
            const staged = yield* store.stage
            yield* staged.publish("object")
            yield* staged.write(utf8("more"))
          })
        )
      )
      const bug = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      expect(String(bug)).toContain("was used after it was published or discarded")
      expect(yield* store.get("object")).toEqual(new Uint8Array(0))
    })
  )
})
