/**
 * Writing the host: whole or not at all, never through a link, never outside, and not at all when dry.
 */
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hash, toHex } from "../../../../src/bao/index.ts"
import { type HostTree, HostWriter } from "../../../../src/factories/host/writer.ts"
import { Folder } from "../../../support/pond.ts"

const contentOf = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  return { sizeBytes: bytes.length, hash: toHex(hash(bytes)), bytes: Stream.make(bytes) }
}

const withTree = <A, E>(path: string, use: (tree: HostTree) => Effect.Effect<A, E>, isDry = false) =>
  Effect.runPromise(
    HostWriter.use((writer) => use(writer.tree(path))).pipe(
      Effect.provide(isDry ? HostWriter.layerDry : HostWriter.layer)
    )
  )

const outcome = (tree: HostTree, names: ReadonlyArray<string>, text: string) =>
  tree.write(names, contentOf(text)).pipe(Effect.catch((error) => Effect.succeed(`${error._tag}: ${error.message}`)))

const mode = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8)

describe("HostWriter", () => {
  it("makes directories and files that only their owner can read, and leaves nothing else", async () => {
    using folder = new Folder()
    const root = join(folder.path, "out/deep")
    const first = await withTree(root, (tree) =>
      Effect.gen(function* () {
        const outcomes = [yield* tree.makeDirectory(["empty"]), yield* outcome(tree, ["a", "b.log"], "one")]
        yield* tree.sync
        return [...outcomes, yield* tree.makeDirectory(["empty"]), yield* tree.makeDirectory([])]
      })
    )
    expect(first).toEqual(["created", "created", "unchanged", "unchanged"])
    expect(fs.readFileSync(join(root, "a/b.log"), "utf8")).toBe("one")
    expect([mode(root), mode(join(root, "a")), mode(join(root, "a/b.log"))]).toEqual(["700", "700", "600"])
    expect(fs.readdirSync(join(root, "a"))).toEqual(["b.log"])
  })

  it("replaces what differs and leaves what is the same alone", async () => {
    using folder = new Folder()
    const path = join(folder.path, "a")
    fs.writeFileSync(path, "same")
    const before = fs.statSync(path, { bigint: true })
    expect(await withTree(folder.path, (tree) => outcome(tree, ["a"], "same"))).toBe("unchanged")
    const { ctimeNs, ino, mtimeNs } = fs.statSync(path, { bigint: true })
    expect({ ctimeNs, ino, mtimeNs }).toEqual({ ctimeNs: before.ctimeNs, ino: before.ino, mtimeNs: before.mtimeNs })
    expect(await withTree(folder.path, (tree) => outcome(tree, ["a"], "diff"))).toBe("replaced")
    expect(fs.readFileSync(path, "utf8")).toBe("diff")
  })

  it("leaves what was there when the bytes fail to come, and no temporary file", async () => {
    using folder = new Folder()
    fs.writeFileSync(join(folder.path, "a"), "old")
    const bytes = Stream.concat(Stream.make(new Uint8Array(3)), Stream.fail("torn" as const))
    const failure = await withTree(folder.path, (tree) =>
      Effect.flip(tree.write(["a"], { sizeBytes: 9, hash: "", bytes }))
    )
    expect(failure).toBe("torn")
    expect(fs.readdirSync(folder.path)).toEqual(["a"])
    expect(fs.readFileSync(join(folder.path, "a"), "utf8")).toBe("old")
  })

  it.each([false, true])("follows no link and leaves the destination by no name (dry: %s)", async (isDry) => {
    using folder = new Folder()
    using outside = new Folder()
    fs.writeFileSync(join(outside.path, "secret"), "keep")
    fs.symlinkSync(outside.path, join(folder.path, "link"))
    fs.symlinkSync(join(outside.path, "secret"), join(folder.path, "file-link"))
    fs.symlinkSync(join(outside.path, "new"), join(folder.path, "dangling"))
    fs.mkdirSync(join(folder.path, "dir"))
    fs.writeFileSync(join(folder.path, "plain"), "")
    const outcomes = await withTree(
      folder.path,
      (tree) =>
        Effect.forEach(
          [
            ["link", "secret"],
            ["file-link"],
            ["dangling"],
            ["dangling", "x"],
            ["dir"],
            ["plain", "x"],
            [".."],
            ["..", "x"],
            ["a/b"],
            ["\0"],
            [""]
          ],
          (names) => outcome(tree, names, "evil")
        ),
      isDry
    )
    const tags = outcomes.map((text) => text.split(":")[0])
    expect(tags).toEqual([
      ...Array.from({ length: 6 }, () => "HostOccupied"),
      ...Array.from({ length: 5 }, () => "HostWriteFailed")
    ])
    expect(outcomes.slice(0, 5).map((text) => /: ([^:]*) is there/.exec(text)?.[1])).toEqual([
      "something that is no directory",
      "a symbolic link",
      "a symbolic link",
      "something that is no directory",
      "a directory"
    ])
    expect(fs.readFileSync(join(outside.path, "secret"), "utf8")).toBe("keep")
    expect(fs.readdirSync(outside.path)).toEqual(["secret"])
  })

  it("refuses a second name that the host takes to be the first", async () => {
    using folder = new Folder()
    const [first, second] = await withTree(folder.path, (tree) =>
      Effect.gen(function* () {
        const one = yield* outcome(tree, ["a"], "1")
        // A hard link stands in for a file system that folds case.
        fs.linkSync(join(folder.path, "a"), join(folder.path, "A"))
        return [one, yield* outcome(tree, ["A"], "2")]
      })
    )
    expect(first).toBe("created")
    expect(second).toContain("same name")
    expect(fs.readFileSync(join(folder.path, "a"), "utf8")).toBe("1")
  })

  it("plans the same as it does, and changes nothing", async () => {
    using folder = new Folder()
    fs.writeFileSync(join(folder.path, "same"), "same")
    fs.writeFileSync(join(folder.path, "other"), "old")
    const steps = (tree: HostTree) =>
      Effect.gen(function* () {
        return [
          yield* tree.makeDirectory(["new"]),
          yield* tree.makeDirectory(["new"]),
          yield* outcome(tree, ["new", "file"], "1"),
          yield* outcome(tree, ["new", "deep", "file"], "1"),
          yield* outcome(tree, ["same"], "same"),
          yield* outcome(tree, ["other"], "new")
        ]
      })
    const before = fs.statSync(folder.path, { bigint: true })
    const planned = await withTree(folder.path, steps, true)
    expect(fs.statSync(folder.path, { bigint: true }).mtimeNs).toBe(before.mtimeNs)
    expect(fs.readdirSync(folder.path)).toEqual(["other", "same"])
    expect(await withTree(folder.path, steps)).toEqual(planned)
    expect(planned).toEqual(["created", "unchanged", "created", "created", "unchanged", "replaced"])
    const missing = join(folder.path, "missing")
    expect(await withTree(missing, (tree) => tree.makeDirectory([]), true)).toBe("created")
    expect(fs.existsSync(missing)).toBe(false)
  })

  it("names the code of what the system refuses", async () => {
    using folder = new Folder()
    const name = "n".repeat(255)
    const deep = Array.from({ length: 20 }, () => name)
    expect(await withTree(folder.path, (tree) => outcome(tree, deep, "deep"))).toBe("created")
    const full = await withTree("/dev/full/x", (tree) => outcome(tree, ["a"], "x"))
    expect(full).toMatch(/no directory is there/)
    const none = await withTree("/proc/none", (tree) => outcome(tree, ["a"], "x"))
    expect(none).toMatch(/HostWriteFailed: "\/proc\/none.*(ENOENT|EACCES|EPERM|EROFS)/)
  })
})
