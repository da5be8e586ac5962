import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { type Holder, writerLock } from "../../../src/tlogfs/lock.ts"
import { Folder } from "../../support/pond.ts"

const controlled = <A, E>(program: (control: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Folder()),
    (folder) => program(join(folder.path, "control")),
    (folder) => Effect.sync(() => folder[Symbol.dispose]())
  )

const locked = <A, E>(control: string, waitMs: number, inside: Effect.Effect<A, E>) =>
  Effect.scoped(Effect.andThen(writerLock(control, waitMs), inside))

const holderIn = (control: string) => JSON.parse(readFileSync(join(control, "lock"), "utf8")) as Holder

/** Leaves the lock of a holder that differs from this process in some fields. */
const leave = (control: string, change: Partial<Holder>) =>
  Effect.gen(function* () {
    const mine = yield* locked(
      control,
      0,
      Effect.sync(() => holderIn(control))
    )
    writeFileSync(join(control, "lock"), JSON.stringify({ ...mine, token: "somebody-else", ...change }))
  })

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid

describe("the writer lock", () => {
  it.live("names its holder while it is held, and leaves nothing afterwards", () =>
    controlled((control) =>
      Effect.gen(function* () {
        const held = yield* locked(
          control,
          0,
          Effect.sync(() => ({ holder: holderIn(control), mode: statSync(join(control, "lock")).mode & 0o777 }))
        )
        expect([held.holder.pid, held.holder.host, held.mode]).toStrictEqual([process.pid, hostname(), 0o600])
        expect(statSync(control).mode & 0o777).toBe(0o700)
        expect(readdirSync(control)).toStrictEqual([])
      })
    )
  )

  it.live("lets one in after the other", () =>
    controlled((control) =>
      Effect.gen(function* () {
        let inside = 0
        let most = 0
        const work = Effect.gen(function* () {
          inside += 1
          most = Math.max(most, inside)
          yield* Effect.yieldNow
          inside -= 1
        })
        yield* Effect.all(
          Array.from({ length: 8 }, () => locked(control, 10_000, work)),
          { concurrency: "unbounded" }
        )
        expect([most, inside]).toStrictEqual([1, 0])
        expect(readdirSync(control)).toStrictEqual([])
      })
    )
  )

  it.live("is refused after the wait, with the name of the holder", () =>
    controlled((control) =>
      locked(
        control,
        0,
        Effect.gen(function* () {
          const error = yield* Effect.flip(locked(control, 20, Effect.void))
          expect(error._tag).toBe("PondLocked")
          expect(error.message).toContain(`process ${process.pid} on ${hostname()}`)
          expect(error.message).toContain(join(control, "lock"))
          expect(error.message).toContain("waited 20 ms")
          expect(holderIn(control).pid).toBe(process.pid)
        })
      )
    )
  )

  it.live("is given back when its holder fails or is interrupted", () =>
    controlled((control) =>
      Effect.gen(function* () {
        yield* Effect.exit(locked(control, 0, Effect.fail("no")))
        expect(existsSync(join(control, "lock"))).toBe(false)
        const scope = yield* Scope.make()
        yield* writerLock(control, 0).pipe(Scope.provide(scope))
        const waiting = yield* Effect.forkChild(locked(control, 60_000, Effect.void))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(waiting)
        expect(holderIn(control).pid).toBe(process.pid)
        yield* Scope.close(scope, Exit.void)
        expect(readdirSync(control)).toStrictEqual([])
      })
    )
  )

  it.live("is never kept by a dead process, an earlier boot or a reused process id (F18)", () =>
    controlled((control) =>
      Effect.gen(function* () {
        const dead = deadPid()
        const holders: ReadonlyArray<Partial<Holder>> = [
          { pid: dead, started: "1" },
          { pid: dead, started: "" },
          { boot: "an-earlier-one" },
          { pid: process.pid, started: "1" }
        ]
        for (const change of holders) {
          yield* leave(control, change)
          yield* locked(
            control,
            0,
            Effect.sync(() => expect(holderIn(control).token).not.toBe("somebody-else"))
          )
          expect(readdirSync(control)).toStrictEqual([])
        }
      })
    )
  )

  it.live("is never taken from another host, however dead its process looks here (F18)", () =>
    controlled((control) =>
      Effect.gen(function* () {
        yield* leave(control, { host: "another-host", pid: deadPid() })
        const error = yield* Effect.flip(locked(control, 20, Effect.void))
        expect(error.message).toContain("on another-host")
        expect(holderIn(control).host).toBe("another-host")
      })
    )
  )

  it.live("is not given back by whoever lost it", () =>
    controlled((control) =>
      Effect.gen(function* () {
        yield* locked(control, 0, leaveIn(control))
        expect(holderIn(control).token).toBe("somebody-else")
      })
    )
  )

  it.live("says what is wrong when it cannot be made", () =>
    controlled((control) =>
      Effect.gen(function* () {
        writeFileSync(control, "a file")
        const error = yield* Effect.flip(locked(control, 0, Effect.void))
        expect(error._tag).toBe("LockFailed")
        expect(error.message).toContain(join(control, "lock"))
        expect(error.message).toContain("writable")
      })
    )
  )

  it.live("never writes through a symlink that lies in its place (S25)", () =>
    controlled((control) =>
      Effect.gen(function* () {
        mkdirSync(control)
        const victim = join(control, "..", "victim")
        writeFileSync(victim, "precious")
        symlinkSync(victim, join(control, "lock"))
        yield* Effect.exit(locked(control, 10, Effect.void))
        expect(readFileSync(victim, "utf8")).toBe("precious")
      })
    )
  )
})

/** Replaces the lock that this process holds by somebody else's. */
const leaveIn = (control: string) =>
  Effect.sync(() =>
    writeFileSync(join(control, "lock"), JSON.stringify({ ...holderIn(control), token: "somebody-else" }))
  )
