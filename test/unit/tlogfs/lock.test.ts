import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
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

/** What lies in a control directory besides the cards of processes that write. */
const left = (control: string) => readdirSync(control).filter((name) => !name.startsWith("writer."))

const HOLDER = join(import.meta.dirname, "../../support/tlogfs/lock-holder.ts")

/** Runs something beside another process that holds the lock. */
const besides = <A, E>(control: string, work: (other: ChildProcess) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.promise(async () => {
      const other = spawn(process.execPath, [HOLDER, control], { stdio: ["pipe", "pipe", "inherit"] })
      const [said] = (await once(other.stdout, "data")) as [Buffer]
      expect(String(said)).toBe("held\n")
      return other
    }),
    work,
    (other) => Effect.sync(() => other.kill("SIGKILL"))
  )

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
        expect(left(control)).toStrictEqual([])
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
        expect(left(control)).toStrictEqual([])
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
        expect(left(control)).toStrictEqual([])
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
          expect(left(control)).toStrictEqual([])
        }
      })
    )
  )

  it.live("is never taken from another host, however dead its process looks here (F18)", () =>
    controlled((control) =>
      Effect.gen(function* () {
        yield* leave(control, { host: "another-host", pid: deadPid() })
        const error = yield* Effect.flip(locked(control, 20, Effect.void))
        expect(error._tag).toBe("PondLocked")
        expect(error.message).toContain("on another-host")
        expect(error.message).toContain(`remove that file if its holder is gone`)
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

  it.live("waits for a process that is stopped, then names it; takes over at once when it is killed (F17, F18)", () =>
    controlled((control) =>
      besides(control, (other) =>
        Effect.gen(function* () {
          other.kill("SIGSTOP")
          const error = yield* Effect.flip(locked(control, 50, Effect.void))
          expect(error._tag).toBe("PondLocked")
          expect(error.message).toContain(`process ${other.pid} on ${hostname()}`)
          const ended = once(other, "exit")
          other.kill("SIGKILL")
          yield* Effect.promise(() => ended)
          expect(existsSync(join(control, "lock"))).toBe(true)
          yield* locked(
            control,
            0,
            Effect.sync(() => expect(holderIn(control).pid).toBe(process.pid))
          )
          expect(left(control)).toStrictEqual([])
        })
      )
    )
  )

  it.live("comes from a process that gives it back", () =>
    controlled((control) =>
      besides(control, (other) =>
        Effect.gen(function* () {
          other.stdin!.end()
          yield* locked(
            control,
            10_000,
            Effect.sync(() => expect(holderIn(control).pid).toBe(process.pid))
          )
        })
      )
    )
  )

  it.live("is nobody's when it names nobody: a power cut may leave it empty or cut short", () =>
    controlled((control) =>
      Effect.gen(function* () {
        const whole = yield* locked(
          control,
          0,
          Effect.sync(() => readFileSync(join(control, "lock"), "utf8"))
        )
        for (const text of ["", "\0\0\0\0", "rubbish", "null", "{}", whole.slice(0, -1)]) {
          writeFileSync(join(control, "lock"), text)
          yield* locked(
            control,
            0,
            Effect.sync(() => expect(holderIn(control).pid).toBe(process.pid))
          )
          expect(left(control)).toStrictEqual([])
        }
      })
    )
  )

  it.live("needs nothing of what lies in its directory, which may go at any time (R1)", () =>
    controlled((control) =>
      Effect.gen(function* () {
        yield* locked(control, 0, Effect.void)
        rmSync(control, { recursive: true })
        yield* locked(
          control,
          0,
          Effect.sync(() => rmSync(control, { recursive: true }))
        )
        yield* locked(control, 0, Effect.void)
        expect(left(control)).toStrictEqual([])
      })
    )
  )

  it.live("sweeps what processes left that have ended, and nothing else", () =>
    controlled((control) =>
      Effect.gen(function* () {
        mkdirSync(control)
        const card = (name: string, change: object) =>
          writeFileSync(join(control, `writer.${name}`), JSON.stringify({ ...holder, ...change }))
        const holder: Holder = { pid: 1, host: "another-host", boot: "", started: "", sinceMs: 0, token: "x" }
        card("elsewhere", {})
        card("dead", { host: hostname(), boot: "an-earlier-one" })
        writeFileSync(join(control, "writer.torn"), "")
        yield* locked(control, 0, Effect.void)
        const names = readdirSync(control)
        expect(names).toHaveLength(2)
        expect(names).toContain("writer.elsewhere")
      })
    )
  )

  it("tells that its directory is read-only, or the disk full, and leaves nothing behind", () => {
    const tried = (before: string, control: string) =>
      spawnSync("sh", ["-c", `${before} exec "$0" "$1" "$2"`, process.execPath, HOLDER, control], {
        encoding: "utf8",
        input: ""
      }).stdout
    expect(tried("", "/sys/pond-control")).toMatch(
      /^LockFailed E\w+: the lock \/sys\/pond-control\/lock cannot be made/
    )
    using folder = new Folder()
    // No file may grow: what a full disk answers.
    expect(tried("ulimit -f 0;", folder.path)).toMatch(/^LockFailed EFBIG: .* not full\n$/)
    expect(readdirSync(folder.path)).toStrictEqual([])
  })

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
  Effect.sync(() => {
    const text = JSON.stringify({ ...holderIn(control), token: "somebody-else" })
    // As who takes a lock over does it: what was there goes, another file comes.
    rmSync(join(control, "lock"))
    writeFileSync(join(control, "lock"), text)
  })
