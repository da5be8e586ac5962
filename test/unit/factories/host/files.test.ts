import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type HostFile, HostFiles } from "../../../../src/factories/host/files.ts"

const strange = Buffer.concat([Buffer.from("not "), Buffer.from([0xff, 0xfe])])
let directory = ""
const at = (name: string) => join(directory, name)

beforeAll(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "pond-host-"))
  fs.writeFileSync(at("file"), "0123456789")
  fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), strange]), "x")
  fs.writeFileSync(at("large"), Buffer.alloc(300_000, 7))
  fs.mkdirSync(at("directory"))
  fs.symlinkSync("file", at("link"))
  fs.symlinkSync("nowhere", at("dangling"))
  execFileSync("mkfifo", [at("fifo")])
})

afterAll(() => fs.rmSync(directory, { recursive: true }))

const run = <A, E>(program: Effect.Effect<A, E, HostFiles>): Promise<A> =>
  Effect.runPromise(Effect.provide(program, HostFiles.layer))

const withFile = <A, E>(name: string, look: (file: HostFile) => Effect.Effect<A, E>, isFollowing = false) =>
  Effect.scoped(
    Effect.flatMap(
      Effect.flatMap(HostFiles, (host) => host.open(Buffer.from(directory), Buffer.from(name), { isFollowing })),
      look
    )
  )

const failure = async (name: string, isFollowing = false): Promise<readonly [string, string]> => {
  const { code, operation } = await run(
    Effect.flip(withFile(name, (file) => Effect.as(file.stat, undefined as never), isFollowing))
  )
  return [operation, code]
}

describe("the host's files", () => {
  it("are listed by the bytes of their names, with what they are, and nothing is followed", async () => {
    const entries = await run(Effect.flatMap(HostFiles, (host) => host.list(directory)))
    const kinds = Object.fromEntries(entries.map(({ kind, name }) => [Buffer.from(name).toString("latin1"), kind]))
    expect(kinds).toStrictEqual({
      file: "file",
      large: "file",
      directory: "directory",
      link: "symlink",
      dangling: "symlink",
      fifo: "other",
      [strange.toString("latin1")]: "file"
    })
  })

  it("are told apart from what is no file, without waiting for it", async () => {
    const regular = (name: string) => run(withFile(name, (file) => Effect.map(file.stat, ({ isRegular }) => isRegular)))
    expect([await regular("file"), await regular("fifo"), await regular("directory")]).toStrictEqual([
      true,
      false,
      false
    ])
    const followed = run(withFile("link", (file) => Effect.map(file.stat, ({ sizeBytes }) => sizeBytes), true))
    expect(await followed).toBe(10)
    expect(await failure("link")).toStrictEqual(["open", "ELOOP"])
    expect(await failure("missing")).toStrictEqual(["open", "ENOENT"])
    expect(await failure("dangling", true)).toStrictEqual(["open", "ENOENT"])
  })

  it("are read where one says, as far as they go", async () => {
    const read = (name: string, position: number, length: number) =>
      run(
        withFile(name, (file) => {
          const into = new Uint8Array(length)
          return Effect.map(file.read(into, position), (count) => Buffer.from(into.subarray(0, count)))
        })
      )
    expect((await read("file", 3, 4)).toString()).toBe("3456")
    expect((await read("file", 8, 100)).toString()).toBe("89")
    expect(await read("file", 100, 10)).toHaveLength(0)
    expect((await read("large", 1000, 400_000)).equals(Buffer.alloc(299_000, 7))).toBe(true)
  })

  it("belong to the descriptor, whatever becomes of the name, and are closed with the scope", async () => {
    const open = () => fs.readdirSync("/proc/self/fd").length
    const before = open()
    await run(
      withFile("file", (file) =>
        Effect.gen(function* () {
          const first = yield* file.stat
          fs.renameSync(at("file"), at("moved"))
          fs.writeFileSync(at("file"), "another")
          const into = new Uint8Array(10)
          expect(yield* file.read(into, 0)).toBe(10)
          expect((yield* file.stat).ino).toBe(first.ino)
          fs.renameSync(at("moved"), at("file"))
        })
      )
    )
    expect(open()).toBe(before)
  })

  it("are refused with the name of the error", async () => {
    const listing = (path: string) => run(Effect.flip(Effect.flatMap(HostFiles, (host) => host.list(path))))
    expect((await listing(at("missing"))).code).toBe("ENOENT")
    expect((await listing(at("file"))).message).toContain(`${at("file")}" cannot be read: it is no directory (ENOTDIR)`)
  })
})
