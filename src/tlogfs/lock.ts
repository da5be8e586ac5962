/**
 * The writer lock of a pond on this machine: it orders writers politely and tells who is writing.
 *
 * Correctness never rests on it: commits are decided by put-if-absent. A holder is named by process id, host, boot and start
 * time of the process, so that a dead process never keeps the lock and a reused process id is recognised. The lock of another host is never
 * broken silently. Locks appear whole, so one that names no holder was cut short by a power cut, and is nobody's.
 * Lives in `control/`, which may be deleted at any time (R1).
 */
import { Clock, DateTime, Effect, Option, Schedule, Schema, type Scope } from "effect"
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { randomToken } from "../store/local/token.ts"
import { isDead, ProcessIdentity, thisProcess } from "./process.ts"

/** Who holds the lock. */
export const Holder = Schema.Struct({
  ...ProcessIdentity.fields,
  /** When the process wrote to the pond first. */
  sinceMs: Schema.Finite,
  token: Schema.String
})
/** Who holds the lock. */
export type Holder = typeof Holder.Type

const HolderJson = Schema.fromJsonString(Holder)
const decodeHolder = Schema.decodeUnknownOption(HolderJson)

/** A wait that takes so long is told of. */
const SILENT_MS = 1000

const nameOf = (holder: Holder | null): string =>
  holder === null
    ? "a lock file that names no holder"
    : `process ${holder.pid} on ${holder.host}, since ${DateTime.formatIso(DateTime.makeUnsafe(holder.sinceMs))}`

/** Somebody else writes to the pond, and did not finish within the time that was allowed for waiting. */
export class PondLocked extends Schema.TaggedError<PondLocked>()("PondLocked", {
  path: Schema.String,
  holder: Schema.NullOr(Holder),
  waitedMs: Schema.Finite
}) {
  override get message(): string {
    return `the pond is being written to by ${nameOf(this.holder)} (${this.path}; waited ${this.waitedMs} ms). Wait for it, or remove that file if its holder is gone`
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

/** How the names of cards begin. */
const CARD = "writer."

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? "unknown"

/** What the lock file says; `undefined` when there is none, or it may not be read. */
const readLock = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "EACCES") return undefined
    throw cause
  }
}

/** Removes a lock that nobody holds; one that somebody else made in the meantime is put back. */
const removeStale = (path: string, aside: string, text: string): void => {
  try {
    renameSync(path, aside)
    if (readLock(aside) !== text) linkSync(aside, path)
  } catch {
    // Somebody else was faster: the next attempt sees what is there now.
  }
  rmSync(aside, { force: true })
}

/** The file of a process that its locks are links to: `writer.<token>` beside the lock. */
interface Card {
  readonly path: string
  readonly text: string
}

/**
 * The cards of this process by the path of the lock. Each is made once: making a file for every transaction would cost as much as
 * syncing one. What a process leaves is removed by the next one.
 */
const cards = new Map<string, Card>()

const cardOf = (path: string, sinceMs: number): Card => {
  const known = cards.get(path)
  if (known !== undefined) return known
  const token = randomToken()
  const mine: Holder = { ...thisProcess(), sinceMs, token }
  const card = { path: join(dirname(path), `${CARD}${token}`), text: JSON.stringify(mine) }
  cards.set(path, card)
  return card
}

/** Removes the cards of processes that have ended, and those that name nobody. */
const sweepCards = (control: string): void => {
  for (const entry of readdirSync(control, { withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.startsWith(CARD)) continue
    const path = join(control, entry.name)
    const text = readLock(path)
    const holder = Option.getOrNull(decodeHolder(text))
    if (text !== undefined && (holder === null || isDead(holder))) rmSync(path, { force: true })
  }
}

/** Writes a card whole under a name of its own, and makes its directory where it is missing. */
const writeCard = ({ path, text }: Card): void => {
  const control = dirname(path)
  mkdirSync(control, { recursive: true, mode: 0o700 })
  sweepCards(control)
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 })
  } catch (cause) {
    // One that was cut short, on a full disk, must not be found next time.
    if (codeOf(cause) !== "EEXIST") rmSync(path, { force: true })
    throw cause
  }
}

/** Gives a card the name of the lock; `false`: the name is taken. */
const linked = (card: Card, path: string): boolean => {
  try {
    linkSync(card.path, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    if (codeOf(cause) !== "ENOENT") throw cause
    writeCard(card)
    return linked(card, path)
  }
}

/** Makes the lock, whole, through a link, or tells who has it; what nobody holds is removed on the way. */
const tryAcquire = (path: string, card: Card): "acquired" | Holder | null => {
  if (linked(card, path)) return "acquired"
  const found = readLock(path)
  const holder = Option.getOrNull(decodeHolder(found))
  if (found === undefined || (holder !== null && !isDead(holder))) return holder
  removeStale(path, `${card.path}.stale`, found)
  return linked(card, path) ? "acquired" : holder
}

/** Whether a lock is that of a card: the same file, by another name. */
const isOwn = (path: string, card: Card): boolean => {
  const lock = lstatSync(path, { throwIfNoEntry: false })
  if (lock === undefined) return false
  const own = lstatSync(card.path, { throwIfNoEntry: false })
  return (own?.ino === lock.ino && own.dev === lock.dev) || readLock(path) === card.text
}

/** Gives the lock back, unless somebody else has it by now. */
const release = (path: string, card: Card): void => {
  try {
    if (isOwn(path, card)) unlinkSync(path)
  } catch {
    // It stays, and is nobody's when this process has ended.
  }
}

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
  const card = cardOf(path, yield* Clock.currentTimeMillis)
  const once = Effect.try({
    try: () => tryAcquire(path, card),
    catch: (cause) => new LockFailed({ path, code: codeOf(cause), cause })
  }).pipe(Effect.flatMap((answer) => (answer === "acquired" ? Effect.void : Effect.fail(new Busy({ holder: answer })))))
  const waiting = Effect.suspend(() =>
    Effect.retry(once, {
      while: (error) => error._tag === "Busy",
      schedule: Schedule.spaced("5 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: waitMs }))
    })
  )
  const telling = (holder: Holder | null) =>
    Effect.logWarning(`waiting up to ${waitMs / 1000} s for ${nameOf(holder)}, who writes to the pond (${path})`).pipe(
      Effect.delay(SILENT_MS),
      Effect.andThen(Effect.never)
    )
  const patient = once.pipe(
    Effect.catchTag("Busy", ({ holder }) => Effect.raceFirst(waiting, telling(holder))),
    Effect.catchTag("Busy", ({ holder }) => Effect.fail(new PondLocked({ path, holder, waitedMs: waitMs })))
  )
  const released = Effect.sync(() => release(path, card))
  yield* Effect.acquireRelease(patient, () => released, { interruptible: true })
})
