/**
 * An import against the pond that it shows: whatever is asked below the mount has the answer that the other pond gives, errors included, and
 * nothing leads out of it.
 */
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Snapshot } from "../../../src/tlogfs/index.ts"
import { mountAt, pinTo, pondIn } from "../../support/imports/ponds.ts"
import { within } from "../../support/tlogfs/open.ts"

const name = fc.constantFrom("a", "b", "c", ".d")
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join("/")}`)
const target = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(name, fc.constant("..")), { minLength: 1, maxLength: 4 }))
  .map(([isAbsolute, parts]) => `${isAbsolute ? "/" : ""}${parts.join("/")}`)
const bytes = fc
  .tuple(fc.constantFrom(0, 10, 70_000), fc.nat(255))
  .map(([size, byte]) => new Uint8Array(size).fill(byte))

const step = fc.oneof(
  fc.record({ kind: fc.constant("mkdir" as const), path }),
  fc.record({ kind: fc.constant("write" as const), path, bytes }),
  fc.record({ kind: fc.constant("append" as const), path, bytes }),
  fc.record({ kind: fc.constant("symlink" as const), path, target }),
  fc.record({ kind: fc.constant("remove" as const), path }),
  fc.record({ kind: fc.constant("move" as const), path, to: path })
)

const MOUNT = "/deep/mount"

/** What a question comes to: its answer, or what it fails with. */
const answer = <A, E extends { readonly _tag: string }>(asked: Effect.Effect<A, E>) =>
  Effect.map(Effect.result(asked), (result) => (Result.isSuccess(result) ? result.success : result.failure._tag))

/** Everything that can be asked of a tree, with paths as its own pond has them. */
const askedOf = (head: Snapshot, root: string, paths: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const own = (full: string): string => full.slice(root.length)
    const all = yield* head.glob(`${root}/**`)
    const below = all.filter((one) => one.path !== root)
    const nodes = below.map((one) => [own(one.path), one.node.type, one.node.content, one.node.target])
    const answers: Array<unknown> = [nodes]
    for (const one of paths) {
      const full = `${root}${one}`
      answers.push(
        yield* answer(Effect.map(head.readBytes(full), (read) => Buffer.from(read).toString("base64"))),
        yield* answer(Effect.map(head.list(full), (found) => found.map((each) => own(each.path)))),
        yield* answer(Effect.map(head.versions(full), (versions) => versions.map(({ hash, txn }) => [hash, txn]))),
        yield* answer(Effect.map(head.history(full), (events) => events.map(({ kind }) => kind))),
        yield* answer(head.readLink(full))
      )
    }
    return answers
  })

describe("an import", () => {
  it("answers as the pond that it shows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        fc.array(path, { minLength: 1, maxLength: 6 }),
        async (transactions, paths) => {
          const folder = mkdtempSync(join(tmpdir(), "pond-import-"))
          try {
            await Effect.runPromise(
              Effect.gen(function* () {
                const theirs = yield* pondIn(join(folder, "theirs"))
                for (const steps of transactions) {
                  yield* within(theirs, (open) =>
                    Effect.forEach(steps, (one) => {
                      if (one.kind === "mkdir") return Effect.ignore(open.mkdir(one.path, { parents: true }))
                      if (one.kind === "write") return Effect.ignore(open.write(one.path, one.bytes))
                      if (one.kind === "append") return Effect.ignore(open.append(one.path, one.bytes))
                      if (one.kind === "symlink") return Effect.ignore(open.symlink(one.target, one.path))
                      if (one.kind === "remove") return Effect.ignore(open.remove(one.path, { recursive: true }))
                      return Effect.ignore(open.move(one.path, one.to))
                    })
                  )
                }
                const ours = yield* pondIn(join(folder, "ours"))
                // What links of the import would find if they led out of it.
                yield* within(ours, (open) =>
                  Effect.forEach(["/a", "/b", "/c", "/.d", "/deep/a"], (own) =>
                    Effect.andThen(
                      open.mkdir("/deep", { parents: true }),
                      open.write(own, new TextEncoder().encode("outside"))
                    )
                  )
                )
                yield* mountAt(ours, MOUNT, yield* pinTo(join(folder, "theirs")))
                const expected = yield* askedOf(yield* theirs.head, "", paths)
                expect(yield* askedOf(yield* ours.head, MOUNT, paths)).toEqual(expected)
              })
            )
          } finally {
            rmSync(folder, { recursive: true, force: true })
          }
        }
      ),
      { numRuns: 15 }
    )
  })
})
