import { describe, expect, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect } from "effect"
import { storeAt } from "../../../src/store/stores.ts"
import { publicUrl } from "../../../src/store/url.ts"
import { utf8 } from "../../support/store/bytes.ts"
import { temporaryDirectory } from "../../support/store/subjects.ts"

describe("storeAt", () => {
  it.effect("opens paths and file URLs as the same directory, and makes nothing yet", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporaryDirectory, "a pond % with#odd name")
      const byPath = yield* storeAt(directory)
      const byUrl = yield* storeAt(pathToFileURL(directory).href)
      expect(byPath.url).toBe(directory)
      expect(byUrl.url).toBe(directory)
      expect(yield* Effect.flip(byPath.get("a"))).toMatchObject({ _tag: "ObjectMissing" })
      expect(existsSync(directory)).toBe(false)
      yield* byPath.putIfAbsent("a", utf8("bytes"))
      expect(yield* byUrl.get("a")).toEqual(utf8("bytes"))
    })
  )

  it.effect("shows relative paths in full", () =>
    Effect.gen(function* () {
      expect((yield* storeAt("some/pond")).url).toBe(resolve("some/pond"))
    })
  )

  it.effect("makes a new store in memory each time", () =>
    Effect.gen(function* () {
      const one = yield* storeAt("memory:")
      const other = yield* storeAt("MEMORY:")
      yield* one.putIfAbsent("a", utf8("bytes"))
      expect((yield* Effect.flip(other.get("a")))._tag).toBe("ObjectMissing")
    })
  )

  it.effect("refuses other URLs without repeating their secrets (S21)", () =>
    Effect.gen(function* () {
      const cases = [
        ["gopher://user:hunter2@host/path?token=hunter2#hunter2", "gopher://host/path"],
        ["", ""],
        ["file://host.example/path", "file://host.example/path"]
      ] as const
      for (const [url, shown] of cases) {
        const error = yield* Effect.flip(storeAt(url))
        expect(error).toMatchObject({ _tag: "UnknownStoreUrl", url: shown })
        expect(error.message).toMatch(/is not the URL of a store: .{5}.*Use a path/)
        expect(error.message).not.toContain("hunter2")
      }
    })
  )

  it("removes credentials, query and fragment from URLs", () => {
    expect(publicUrl("https://me:secret@host:8080/a/b?x=secret")).toBe("https://host:8080/a/b")
    expect(publicUrl("s3://bucket/prefix")).toBe("s3://bucket/prefix")
    expect(publicUrl("https://host/a@b")).toBe("https://host/a@b")
    expect(publicUrl("https://p@ss:w@rd@host/x\n#secret\nsecret")).toBe("https://host/x\n")
  })
})
