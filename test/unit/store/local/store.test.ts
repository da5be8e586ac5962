/**
 * The local store on a real file system: what it leaves there, what it refuses, and what it does when the system refuses.
 */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { nodeFileCalls } from "../../../../src/store/local/calls.ts"
import { localStore } from "../../../../src/store/local/store.ts"
import { overlayStore } from "../../../../src/store/overlay/store.ts"
import { patterned, utf8 } from "../../../support/store/bytes.ts"
import { ROOT } from "../../../support/root.ts"
import { callsWithoutLinks, temporaryDirectory } from "../../../support/store/subjects.ts"

const support = (name: string): string => join(ROOT, "test/support/store", name)

/** Every path below a directory with its mode. */
const tree = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => `${(lstatSync(join(directory, path)).mode & 0o777).toString(8)} ${path}`)
    .toSorted()

/** Runs a program of `test/support/store` in a process of its own, through a shell that may limit it first. */
const runProgram = (
  program: string,
  argument: string,
  options: { readonly before?: string; readonly uid?: number } = {}
) => {
  const command = `${options.before ?? ""} exec "$0" "$@"`
  const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, support(program), argument], {
    encoding: "utf8",
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid })
  })
  return { stdout: stdout.trim().split("\n"), stderr }
}

describe("files of a local store", () => {
  it.effect("are private under any umask: directories 0700, files 0600 (S24)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const before = process.umask(0)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
      const store = localStore(join(directory, "made/pond"))
      yield* store.putIfAbsent("a/b/object", utf8("x"))
      yield* store.put("a/hint", utf8("x"))
      yield* Effect.scoped(Effect.flatMap(store.stage, (staged) => staged.publish("c/staged")))
      yield* localStore(join(directory, "claimed"), callsWithoutLinks).putIfAbsent("object", utf8("x"))
      expect(tree(directory)).toEqual([
        "600 claimed/object",
        "600 made/pond/a/b/object",
        "600 made/pond/a/hint",
        "600 made/pond/c/staged",
        "700 claimed",
        "700 claimed/.staging",
        "700 made",
        "700 made/pond",
        "700 made/pond/.staging",
        "700 made/pond/a",
        "700 made/pond/a/b",
        "700 made/pond/c"
      ])
    })
  )

  it.effect("are not made by reading: a store that is not there stays so (R8)", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryDirectory, "pond")
      const store = localStore(root)
      expect(yield* store.head("a")).toEqual(Option.none())
      expect(yield* Stream.runCollect(store.list(""))).toEqual([])
      expect((yield* Effect.flip(store.get("a/b")))._tag).toBe("ObjectMissing")
      yield* store.delete("a/b")
      expect(yield* store.sweep(0)).toBe(0)
      expect(existsSync(root)).toBe(false)
    })
  )

  it.effect("are exactly the objects and an empty staging folder", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      for (const calls of [nodeFileCalls, callsWithoutLinks]) {
        const store = localStore(root, calls)
        yield* store.putIfAbsent("a", utf8("x"))
        yield* store.putIfAbsent("a", utf8("y"))
        yield* store.putIfAbsent("large", patterned(500_000))
        yield* store.put("hint", utf8("x"))
        yield* Effect.scoped(store.stage)
        expect(readdirSync(root, { recursive: true }).toSorted()).toEqual([".staging", "a", "hint", "large"])
      }
    })
  )

  it.effect("of writers that died are swept when they are old enough", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const store = localStore(root)
      yield* store.putIfAbsent("a", utf8("x"))
      for (const [name, writtenAtSeconds] of [
        ["old", 100],
        ["young", 200]
      ] as const) {
        writeFileSync(join(root, ".staging", name), "half")
        utimesSync(join(root, ".staging", name), writtenAtSeconds, writtenAtSeconds)
      }
      mkdirSync(join(root, ".staging/folder"))
      expect((yield* Stream.runCollect(store.list(""))).map(({ key }) => key)).toEqual(["a"])
      yield* TestClock.setTime(230_000)
      expect(yield* overlayStore(store).sweep(60_000)).toBe(1)
      expect(yield* store.sweep(60_000)).toBe(1)
      expect(readdirSync(join(root, ".staging")).toSorted()).toEqual(["folder", "young"])
      yield* TestClock.setTime(260_000)
      expect(yield* store.sweep(60_000)).toBe(1)
      expect(readdirSync(join(root, ".staging"))).toEqual(["folder"])
    })
  )

  it.effect("are gone when their writer is interrupted in the middle of a large write", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const store = localStore(root)
      const descriptors = readdirSync("/dev/fd").length
      for (let round = 0; round < 20; round++) {
        const fiber = yield* Effect.forkChild(store.putIfAbsent("large", patterned(2_000_000, round)))
        yield* Effect.forEach(Array.from({ length: round }), () => Effect.yieldNow, { discard: true })
        yield* Fiber.interrupt(fiber)
      }
      expect(readdirSync(join(root, ".staging"))).toEqual([])
      const reader = yield* Effect.forkChild(Stream.runDrain(store.stream("large")))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(reader)
      expect(readdirSync("/dev/fd").length).toBeLessThanOrEqual(descriptors)
      if (Option.isSome(yield* store.head("large"))) expect((yield* store.get("large")).length).toBe(2_000_000)
    })
  )
})

describe("capabilities of a local store", () => {
  it.effect("tell, after the first write, whether new objects appear whole", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const linking = localStore(join(directory, "linking"))
      const claiming = localStore(join(directory, "claiming"), callsWithoutLinks)
      for (const store of [linking, claiming]) yield* store.putIfAbsent("a", utf8("x"))
      expect(linking.capabilities.atomicCreate).toBe(true)
      expect(claiming.capabilities.atomicCreate).toBe(false)
      expect(overlayStore(claiming).capabilities.atomicCreate).toBe(false)
      expect(linking.capabilities).toMatchObject({
        conditionalPut: true,
        durable: true,
        readOnly: false,
        remote: false
      })
    })
  )
})

describe("links, pipes and directories in a local store", () => {
  it.effect("are never followed out of it, neither for reading nor for writing (S02)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const root = join(directory, "pond")
      const outside = join(directory, "outside")
      mkdirSync(outside)
      writeFileSync(join(outside, "secret"), "secret")
      const store = localStore(root)
      yield* store.putIfAbsent("inside", utf8("x"))
      symlinkSync(outside, join(root, "folder"))
      symlinkSync(join(outside, "secret"), join(root, "file"))
      const attempts = [
        store.get("folder/secret"),
        store.head("folder/secret"),
        store.putIfAbsent("folder/new", utf8("x")),
        store.putIfAbsent("folder/deeper/new", utf8("x")),
        store.put("folder/secret", utf8("x")),
        store.delete("folder/secret"),
        Stream.runDrain(store.stream("folder/secret")),
        Stream.runDrain(store.list("folder/")),
        Effect.scoped(Effect.flatMap(store.stage, (staged) => staged.publish("folder/staged"))),
        store.get("file"),
        store.head("file")
      ]
      for (const attempt of attempts) {
        const error = yield* Effect.flip(attempt)
        expect(error).toMatchObject({ _tag: "StoreFailed", code: "ELOOP", transient: false })
        expect(error.message).toContain("is a symbolic link; links inside a store are not followed")
      }
      expect(yield* store.putIfAbsent("file", utf8("x"))).toBe(false)
      expect((yield* Stream.runCollect(store.list(""))).map(({ key }) => key)).toEqual(["inside"])
      yield* store.put("file", utf8("replaces the link itself"))
      yield* store.delete("folder")
      expect(readdirSync(outside)).toEqual(["secret"])
      expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret")
    })
  )

  it.effect("planted as the staging folder catch nothing (S25)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const root = join(directory, "pond")
      mkdirSync(root)
      mkdirSync(join(directory, "victim"))
      writeFileSync(join(directory, "victim/file"), "x")
      symlinkSync(join(directory, "victim"), join(root, ".staging"))
      const store = localStore(root)
      for (const attempt of [
        store.putIfAbsent("a", utf8("x")),
        store.put("a", utf8("x")),
        Effect.scoped(store.stage)
      ]) {
        expect(yield* Effect.flip(attempt)).toMatchObject({ code: "ELOOP" })
      }
      expect(yield* Effect.flip(store.sweep(-60_000))).toMatchObject({ code: "ELOOP" })
      expect(readdirSync(join(directory, "victim"))).toEqual(["file"])
    })
  )

  it.effect("may be what leads to the root: that is its owner's choice", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      mkdirSync(join(directory, "real"))
      symlinkSync(join(directory, "real"), join(directory, "link"))
      yield* localStore(join(directory, "link")).putIfAbsent("a/b", utf8("x"))
      expect(yield* localStore(join(directory, "real")).get("a/b")).toEqual(utf8("x"))
    })
  )

  it.effect("do not block or pass as objects", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const store = localStore(root)
      yield* store.putIfAbsent("folder/object", utf8("x"))
      expect(spawnSync("mkfifo", [join(root, "pipe")]).status).toBe(0)
      expect(yield* Effect.flip(store.get("pipe"))).toMatchObject({ _tag: "StoreFailed", code: "EINVAL" })
      expect(yield* Effect.flip(store.head("pipe"))).toMatchObject({ _tag: "StoreFailed", code: "EINVAL" })
      expect((yield* Stream.runCollect(store.list(""))).map(({ key }) => key)).toEqual(["folder/object"])
      const taken = yield* Effect.flip(store.putIfAbsent("folder", utf8("x")))
      expect(taken).toMatchObject({ _tag: "StoreFailed", code: "EISDIR" })
      expect(taken.message).toContain("a key cannot also be the folder of other keys")
      expect(yield* Effect.flip(store.put("folder", utf8("x")))).toMatchObject({ _tag: "StoreFailed" })
      expect(yield* Effect.flip(store.putIfAbsent("folder/object/below", utf8("x")))).toMatchObject({ code: "ENOTDIR" })
      expect(readdirSync(join(root, ".staging"))).toEqual([])
    })
  )
})

describe("a local store whose system refuses", () => {
  it.effect("says that it is full, leaves nothing, and still reads and deletes (F08)", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryDirectory, "pond")
      const { stdout, stderr } = runProgram("full.ts", root, { before: "ulimit -f 512;" })
      expect({ stdout, stderr }).toEqual({
        stdout: [
          "small: true",
          "large: StoreFull EFBIG",
          "staged: StoreFull EFBIG",
          "hint: StoreFull EFBIG",
          "read: 1000",
          "keys: small",
          "deleted: 0 left",
          "small again: true",
          "staging:"
        ],
        stderr: ""
      })
    })
  )

  it.effect("says that it may not write, and reads all the same (F09)", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const root = join(directory, "pond")
      yield* localStore(root).putIfAbsent("folder/object", patterned(1000))
      for (const path of [directory, root, join(root, "folder"), join(root, ".staging")]) chmodSync(path, 0o555)
      chmodSync(join(root, "folder/object"), 0o444)
      // Root may write anywhere: another user tries.
      const uid = process.getuid?.() === 0 ? 65_534 : undefined
      const { stdout, stderr } = runProgram("denied.ts", root, uid === undefined ? {} : { uid })
      for (const path of [directory, root, join(root, "folder"), join(root, ".staging")]) chmodSync(path, 0o755)
      expect({ stdout, stderr }).toEqual({
        stdout: [
          "read: 1000",
          "keys: folder/object",
          "create: StoreReadOnly EACCES",
          "hint: StoreReadOnly EACCES",
          "stage: StoreReadOnly EACCES",
          "delete: StoreReadOnly EACCES",
          "elsewhere: StoreReadOnly EACCES"
        ],
        stderr: ""
      })
    })
  )

  it.effect("does not come into being again when its root is removed under it", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryDirectory, "pond")
      const store = localStore(root)
      yield* store.putIfAbsent("a", utf8("x"))
      expect(spawnSync("rm", ["-rf", root]).status).toBe(0)
      expect(yield* Effect.flip(store.putIfAbsent("b", utf8("x")))).toMatchObject({
        _tag: "StoreFailed",
        code: "ENOENT"
      })
      expect(existsSync(root)).toBe(false)
    })
  )
})

describe("threads that race for the same keys", () => {
  it.effect.each([
    { name: "hard links", links: true },
    { name: "no hard links", links: false }
  ])("get exactly one winner for each, and its bytes ($name, F15)", ({ links }) =>
    Effect.gen(function* () {
      const root = join(yield* temporaryDirectory, "pond")
      const racers = 4
      const gate = new SharedArrayBuffer(4)
      const results = yield* Effect.forEach(
        Array.from({ length: racers }, (_, racer) => racer),
        (racer) => raced({ root, racer, racers, gate, links, keys: 60 }),
        { concurrency: "unbounded" }
      )
      const store = localStore(root)
      for (let number = 0; number < 60; number++) {
        const winners = results.flatMap((won, racer) => (won.includes(number) ? [racer] : []))
        expect([number, winners.length]).toEqual([number, 1])
        expect(yield* store.get(`race/${number}`)).toEqual(utf8(`racer ${winners[0]} wrote ${number}`))
      }
      expect(new Set(results.flatMap((won, racer) => (won.length > 0 ? [racer] : []))).size).toBeGreaterThan(1)
      expect(readdirSync(join(root, ".staging"))).toEqual([])
    })
  )
})

/** Runs one racing thread; gives the numbers of the keys it won. */
const raced = (workerData: object): Effect.Effect<ReadonlyArray<number>> =>
  Effect.callback((resume) => {
    const worker = new Worker(support("racer.ts"), { workerData })
    worker.once("message", (won: ReadonlyArray<number>) => resume(Effect.succeed(won)))
    worker.once("error", (error) => resume(Effect.die(error)))
    return Effect.promise(() => worker.terminate())
  })
