/**
 * The writer lock of a pond on this machine: it orders writers politely and tells who is writing.
 *
 * Correctness never rests on it: commits are decided by put-if-absent. A holder is named by process id, host, boot and start
 * time of the process, so that a dead process never keeps the lock and a reused process id is recognised. The lock of another host is never
 * broken silently. Lives in `control/`, which may be deleted at any time (R1).
 */
import { Clock, DateTime, Effect, Option, Schedule, Schema, type Scope } from "effect"
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"

/** Who holds the lock. */
export const Holder = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  boot: Schema.String,
  /** Start of the process in clock ticks since boot; empty where the system does not tell. */
  started: Schema.String,
  sinceMs: Schema.Finite,
  token: Schema.String
})
/** Who holds the lock. */
export type Holder = typeof Holder.Type

const HolderJson = Schema.fromJsonString(Holder)
const decodeHolder = Schema.decodeUnknownOption(HolderJson)

/** Somebody else writes to the pond, and did not finish within the time that was allowed for waiting. */
export class PondLocked extends Schema.TaggedError<PondLocked>()("PondLocked", {
  path: Schema.String,
  holder: Schema.NullOr(Holder),
  waitedMs: Schema.Finite
}) {
  override get message(): string {
    const who =
      this.holder === null
        ? "a lock file that names no holder"
        : `process ${this.holder.pid} on ${this.holder.host}, since ${DateTime.formatIso(DateTime.makeUnsafe(this.holder.sinceMs))}`
    return `the pond is being written to by ${who} (${this.path}; waited ${this.waitedMs} ms). Wait for it, or remove that file if its holder is gone`
  }
}

/** The lock file cannot be made: the directory is not writable. */
export class LockFailed extends Schema.TaggedError<LockFailed>()("LockFailed", {
  path: Schema.String,
  code: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `the lock ${this.path} cannot be made (${this.code}): check that its directory is writable and not full`
  }
}

const attempt = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const startOf = (pid: number | "self"): string => {
  const stat = attempt(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
}

let boot: string | undefined
const bootId = (): string => (boot ??= attempt("/proc/sys/kernel/random/boot_id").trim())

let ownStart: string | undefined
const ownStarted = (): string => (ownStart ??= startOf("self"))

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Whether a holder is a process of this machine that no longer runs. */
const isDead = (holder: Holder): boolean => {
  if (holder.host !== hostname()) return false
  if (holder.boot !== bootId()) return true
  return !alive(holder.pid) || (holder.started !== "" && startOf(holder.pid) !== holder.started)
}

/** Removes the lock of a dead holder; one that somebody else made in the meantime is put back. */
const removeStale = (path: string, dead: Holder): void => {
  const aside = `${path}.stale-${dead.token}`
  try {
    renameSync(path, aside)
    if (Option.getOrNull(decodeHolder(attempt(aside)))?.token !== dead.token) linkSync(aside, path)
  } catch {
    // Somebody else was faster: the next attempt sees what is there now.
  }
  rmSync(aside, { force: true })
}

/** Creates the lock file whole, through a link, or tells who has it. */
const tryAcquire = (path: string, mine: Holder): "acquired" | Holder | null => {
  const staged = `${path}.${mine.token}`
  const fd = openSync(staged, "wx", 0o600)
  try {
    writeSync(fd, JSON.stringify(mine))
  } finally {
    closeSync(fd)
  }
  try {
    linkSync(staged, path)
    return "acquired"
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
    const holder = Option.getOrNull(decodeHolder(attempt(path)))
    if (holder !== null && isDead(holder)) removeStale(path, holder)
    return holder
  } finally {
    rmSync(staged, { force: true })
  }
}

const release = (path: string, token: string) =>
  Effect.sync(() => {
    const holder = Option.getOrNull(decodeHolder(attempt(path)))
    if (holder?.token === token) rmSync(path, { force: true })
  })

class Busy extends Schema.TaggedError<Busy>()("Busy", { holder: Schema.NullOr(Holder) }) {}

/**
 * Holds the writer lock of a `control` directory for the length of the scope, waiting at most `waitMs` for others.
 * Fails with `PondLocked`, naming the holder, or with `LockFailed`.
 */
export const writerLock = Effect.fnUntraced(function* (
  control: string,
  waitMs: number
): Effect.fn.Return<void, PondLocked | LockFailed, Scope.Scope> {
  const path = join(control, "lock")
  const sinceMs = yield* Clock.currentTimeMillis
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    started: ownStarted(),
    sinceMs,
    token: crypto.randomUUID()
  }
  const once = Effect.try({
    try: () => {
      mkdirSync(control, { recursive: true, mode: 0o700 })
      return tryAcquire(path, mine)
    },
    catch: (cause) => new LockFailed({ path, code: (cause as NodeJS.ErrnoException).code ?? "unknown", cause })
  }).pipe(Effect.flatMap((answer) => (answer === "acquired" ? Effect.void : Effect.fail(new Busy({ holder: answer })))))
  const patient = once.pipe(
    Effect.retry({
      while: (error) => error._tag === "Busy",
      schedule: Schedule.spaced("5 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: waitMs }))
    }),
    Effect.catchTag("Busy", ({ holder }) => Effect.fail(new PondLocked({ path, holder, waitedMs: waitMs })))
  )
  yield* Effect.acquireRelease(patient, () => release(path, mine.token), { interruptible: true })
})
