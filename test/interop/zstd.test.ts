/**
 * The zstd tool reads the blobs of a pond, and what it gives hashes to their names: a pond is readable without Pond.
 */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { hash, sameHash, toHex } from "../../src/bao/index.ts"
import { localStore } from "../../src/store/local/store.ts"
import { FRAME_BYTES } from "../../src/tlogfs/content/limits.ts"
import { temporaryDirectory } from "../support/store/subjects.ts"
import { logs, Shelf } from "../support/tlogfs/contents.ts"

const zstd = (...args: ReadonlyArray<string>): Buffer => {
  const { error, status, stderr, stdout } = spawnSync("zstd", args, { maxBuffer: 64 * FRAME_BYTES })
  expect(error).toBeUndefined()
  expect(stderr.toString()).toBe("")
  expect(status).toBe(0)
  return stdout
}

const filesIn = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

it.effect("decompresses blobs of every size to what their names say", () =>
  Effect.gen(function* () {
    const sizes = [70_000, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 4 * FRAME_BYTES + 5, 17 * FRAME_BYTES]
    for (const size of sizes) {
      const directory = yield* temporaryDirectory
      const shelf = yield* Shelf.make({ store: localStore(directory) })
      const content = logs(size, size % 1000)
      yield* shelf.write("replace", [content])
      const [file, ...others] = filesIn(directory).filter((path) => path.endsWith(".zst"))
      expect(others).toEqual([])
      zstd("-q", "-t", file!)
      const given = zstd("-q", "-d", "-c", file!)
      expect(sameHash(given, content)).toBe(true)
      expect(file).toMatch(new RegExp(`/${toHex(hash(given))}\\.zst$`))
    }
  })
)

it.effect("sees the seek table as one frame to be skipped", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const shelf = yield* Shelf.make({ store: localStore(directory) })
    yield* shelf.write("replace", [logs(4 * FRAME_BYTES + 7)])
    const listed = zstd(
      "-q",
      "-l",
      filesIn(directory).find((path) => path.endsWith(".zst"))!
    ).toString()
    expect(listed).toMatch(/^\s*6\s+1\s/m)
  })
)
