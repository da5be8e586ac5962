import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { placePath, resolve, resolveExisting, SYMLINKS_MAX, targetProblem } from "../../../src/tinyfs/resolve.ts"
import { emptyPond, within } from "../../support/tlogfs/open.ts"

/** A pond with directories /a/b and /c, a file /a/f, and links. */
const linked = Effect.gen(function* () {
  const pond = yield* emptyPond
  yield* within(pond, (open) =>
    Effect.gen(function* () {
      yield* open.mkdir("/a/b", { parents: true })
      yield* open.mkdir("/c")
      yield* open.write("/a/f", new Uint8Array([1]))
      const links = [
        ["b", "/a/down"],
        ["/a/b", "/c/over"],
        ["../a", "/c/up"],
        ["..", "/a/b/parent"],
        ["../../..", "/a/b/out"],
        ["/", "/top"],
        ["nowhere", "/dangling"],
        ["nowhere/x", "/deep"],
        ["self", "/self"],
        ["/pong", "/ping"],
        ["ping", "/pong"],
        ["./a//f", "/odd"],
        ["f/", "/a/slash"],
        ["a/f/x", "/through"]
      ] as const
      for (const [target, path] of links) yield* open.symlink(target, path)
    })
  )
  return (yield* pond.head).view
})

describe("a path", () => {
  it.effect("leads to a node through directories and symlinks", () =>
    Effect.gen(function* () {
      const view = yield* linked
      const leads = (path: string, isFollowing = true) =>
        Effect.map(resolveExisting(view, path, isFollowing), (found) => found.path)
      const expected: ReadonlyArray<readonly [string, string]> = [
        ["/", "/"],
        ["/a/down", "/a/b"],
        ["/c/over", "/a/b"],
        ["/c/up/b", "/a/b"],
        ["/c/up/down/parent/f", "/a/f"],
        ["/a/b/parent", "/a"],
        ["/top/top/a", "/a"],
        ["/odd", "/a/f"],
        ["/a/slash", "/a/f"],
        ["a/./down/", "/a/b"],
        // What is typed is resolved before any symlink is followed.
        ["/c/over/../up/f", "/a/f"]
      ]
      for (const [path, to] of expected) expect([path, yield* leads(path)]).toStrictEqual([path, to])
      expect(yield* leads("/c/up", false)).toBe("/c/up")
      expect(yield* leads("/c/up/down", false)).toBe("/a/down")
      // A slash behind a link asks for what it leads to.
      expect(yield* leads("/c/up/", false)).toBe("/a")
    })
  )

  it.effect("leads to a free name when its last name is missing", () =>
    Effect.gen(function* () {
      const view = yield* linked
      const to = (path: string) => Effect.map(resolve(view, path), placePath)
      expect(yield* to("/new")).toBe("/new")
      expect(yield* to("/c/up/new")).toBe("/a/new")
      expect(yield* to("/dangling")).toBe("/nowhere")
    })
  )

  it.effect("is refused where it leads nowhere, with the place in the message (R11)", () =>
    Effect.gen(function* () {
      const view = yield* linked
      const refusals: ReadonlyArray<readonly [string, string, string]> = [
        ["/x/y", "NotFound", '"/x"'],
        ["/deep", "NotFound", '"/nowhere"'],
        ["/new/", "NotFound", '"/new"'],
        ["/a/f/x", "NotADirectory", '"/a/f"'],
        ["/a/f/", "NotADirectory", '"/a/f"'],
        ["/a/slash/", "NotADirectory", '"/a/f"'],
        ["/through", "NotADirectory", '"/a/f"'],
        ["/self", "SymlinkLoop", '"/self"'],
        ["/ping/x", "SymlinkLoop", '"/ping/x"'],
        ["/a/b/out", "SymlinkEscape", '"../../.."'],
        ["", "InvalidPath", "it is empty"],
        ["/..", "InvalidPath", "above the root"]
      ]
      for (const [path, tag, part] of refusals) {
        const error = yield* Effect.flip(resolve(view, path))
        expect([path, error._tag]).toStrictEqual([path, tag])
        expect(error.message).toContain(part)
      }
    })
  )

  it.effect("follows so many symlinks and no more", () =>
    Effect.gen(function* () {
      const pond = yield* emptyPond
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.mkdir("/end")
          for (let count = 1; count <= SYMLINKS_MAX + 1; count++) {
            yield* open.symlink(count === 1 ? "end" : `l${count - 1}`, `/l${count}`)
          }
        })
      )
      const { view } = yield* pond.head
      expect((yield* resolveExisting(view, `/l${SYMLINKS_MAX}`)).path).toBe("/end")
      const error = yield* Effect.flip(resolve(view, `/l${SYMLINKS_MAX + 1}`))
      expect(error._tag).toBe("SymlinkLoop")
    })
  )
})

describe("the target of a symlink", () => {
  it("may be any path, also upwards", () => {
    for (const target of ["a", "/", ".", "..", "../..", "../../a", "a/../b", "/a/", "a//b"]) {
      expect([target, targetProblem(target)]).toStrictEqual([target, undefined])
    }
  })

  it("is refused with a reason (R11)", () => {
    expect(targetProblem("")).toBe("a symlink needs a target")
    expect(targetProblem("a/\0")).toBe("a name holds a NUL character")
    expect(targetProblem(`/${"x".repeat(256)}`)).toContain("256 bytes")
    expect(targetProblem("a/".repeat(10_000))).toContain("more than 16384 bytes")
  })
})
