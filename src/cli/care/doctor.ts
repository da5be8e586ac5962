/**
 * What `pond doctor` does: looks at everything around the pond that can go wrong, and says what to do about it. Nothing is written.
 */
import { Clock, Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { HostFiles } from "../../factories/host/files.ts"
import { allInstances } from "../../factories/instance.ts"
import { shellWord } from "../advice.ts"
import { NeedsAttention } from "../failure.ts"
import { isDead } from "../../tlogfs/process.ts"
import { roleIn } from "../../tlogfs/role.ts"
import { factoriesLayer } from "../factories/registry.ts"
import { present } from "../present.ts"
import { importRow, importStates } from "../remote/shown.ts"
import { Session } from "../session.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatCount, formatDuration, formatSize, toSecond } from "../text/units.ts"
import { attention, Check, ok } from "./check.ts"
import { logChecks } from "./logs.ts"
import { instancesOf } from "./status.ts"

/** What `pond doctor --json` prints. */
export const DoctorReport = Schema.Struct({ url: Schema.String, checks: Schema.Array(Check) })
/** What `pond doctor --json` prints. */
export type DoctorReport = typeof DoctorReport.Type

/** Less room than this needs somebody. */
const FREE_BYTES_MIN = 1024 ** 3
const FREE_SHARE_MIN = 0.05

/** Judges the room on a file system. */
export const spaceCheck = (freeBytes: number, totalBytes: number): Check => {
  const found = `${formatSize(freeBytes)} free of ${formatSize(totalBytes)}`
  return freeBytes < FREE_BYTES_MIN || freeBytes < totalBytes * FREE_SHARE_MIN
    ? attention("space", found, "make room, or move the pond: a full disk fails commits, and loses nothing")
    : ok("space", found)
}

/** Clocks of two machines differ by less than this. */
const CLOCK_SLACK_MS = 5000

/** Judges this machine's clock by the newest transaction. */
export const clockCheck = (nowMs: number, newestMicros: number): Check => {
  const now = `${toSecond(exactTime(nowMs * 1000))}`
  const aheadMs = newestMicros / 1000 - nowMs
  if (aheadMs <= CLOCK_SLACK_MS) return ok("clock", now)
  return attention(
    "clock",
    `${now}, and the newest transaction is ${formatDuration(aheadMs)} later`,
    "set the clock (timedatectl set-ntp true): times in the history wait until it has caught up; their order is right anyway"
  )
}

/** Judges the mode of the pond's directory. */
export const modeCheck = (mode: number, isOwn: boolean): Check => {
  const found = `mode ${(mode & 0o777).toString(8).padStart(4, "0")}${isOwn ? "" : ", owned by somebody else"}`
  if ((mode & 0o022) !== 0) return attention("mode", found, "others can write here: chmod go-w on the pond's directory")
  return ok("mode", found)
}

const directoryChecks = (url: string): ReadonlyArray<Check> => {
  const checks: Array<Check> = []
  const stats = fs.statSync(url)
  checks.push(modeCheck(stats.mode, process.geteuid === undefined || stats.uid === process.geteuid()))
  try {
    fs.accessSync(join(url, "data"), fs.constants.W_OK)
    checks.push(ok("writable", "yes"))
  } catch {
    checks.push(attention("writable", "no", "run pond as the user who owns the pond, or give it the rights"))
  }
  const { bavail, blocks, bsize } = fs.statfsSync(url)
  checks.push(spaceCheck(bavail * bsize, blocks * bsize))
  return checks
}

const storeCheck = Effect.fnUntraced(function* () {
  const { data } = yield* (yield* Session).places
  const { atomicCreate, conditionalPut, durable, readOnly, remote } = data.capabilities
  const found = [
    remote ? "remote" : "local",
    ...(readOnly ? ["read-only"] : []),
    conditionalPut ? "conditional writes" : "no conditional writes",
    durable ? "durable" : "not durable",
    ...(atomicCreate ? [] : ["no hard links"])
  ].join(", ")
  if (!conditionalPut && !readOnly) {
    return attention("store", found, "let one writer alone change this pond: two could overwrite each other's commits")
  }
  return durable || readOnly
    ? ok("store", found)
    : attention("store", found, "keep the pond where writes can be synced")
})

const lockCheck = Effect.fnUntraced(function* () {
  const { control } = yield* (yield* Session).places
  const lock = yield* control.get("lock").pipe(
    Effect.asSome,
    Effect.catchTag("ObjectMissing", () => Effect.succeed(Option.none<Uint8Array>()))
  )
  if (Option.isNone(lock)) return ok("lock", "nobody is writing")
  const { Holder } = yield* Effect.promise(() => import("../../tlogfs/lock.ts"))
  const holder = Schema.decodeOption(Schema.fromJsonString(Holder))(new TextDecoder().decode(lock.value))
  if (Option.isNone(holder)) {
    return attention("lock", "a lock that names no holder", "remove control/lock in the pond, if nobody writes to it")
  }
  const { host, pid, sinceMs } = holder.value
  if (isDead(holder.value)) return ok("lock", `left by process ${pid}, which has ended: the next writer takes it over`)
  return ok("lock", `process ${pid} on ${host} is writing, since ${toSecond(exactTime(sinceMs * 1000))}`)
})

/** What the last runs of the factories left open. */
const factoryChecks = Effect.fnUntraced(function* () {
  const instances = yield* instancesOf()
  return instances.map(({ lastRun, path }) => {
    const name = path.slice(path.lastIndexOf("/") + 1)
    if (lastRun === null) return ok(path, "never run on this machine")
    const found = `${lastRun.outcome}, ${toSecond(lastRun.time)}`
    if (lastRun.outcome === "done" || lastRun.outcome === "running") return ok(path, found)
    const why = lastRun.problem === null ? found : `${found}: ${lastRun.problem}`
    const again = `\`pond run ${shellWord(name)} ${lastRun.command}\``
    if (lastRun.outcome === "interrupted") return attention(path, why, `${again} does it again: nothing of it was kept`)
    return attention(path, why, `${again} says what is the matter`)
  })
})

/** Whether imports can be read: each is opened, from what is here of it or where it is. */
const importChecks = Effect.fnUntraced(function* () {
  const head = yield* (yield* (yield* Session).pond).head
  const nowMs = yield* Clock.currentTimeMillis
  return yield* Effect.forEach(yield* importStates(), (one) => {
    const [, ...found] = importRow(one, nowMs)
    const text = found.filter((part) => part !== "").join(", ")
    const advice = `\`pond pull ${shellWord(one.name)}\` shows it`
    if (one.path === null || one.state !== "mounted")
      return Effect.succeed(attention(one.path ?? one.name, text, advice))
    const { path } = one
    return Effect.match(head.list(path), {
      onFailure: (error) => attention(path, error.message, `\`pond pull ${shellWord(one.name)}\` tells how it stands`),
      onSuccess: () => ok(path, text)
    })
  })
})

/** Returns the lines that people read. */
const doctorLines = ({ checks }: DoctorReport): ReadonlyArray<string> => [
  ...tableLines(
    ["left", "left", "left"],
    checks.flatMap(({ advice, check, found, state }) => [
      [state === "ok" ? "ok" : "!!", check, found],
      ...(advice === null ? [] : [["", "", `-> ${advice}`]])
    ])
  )
]

/** Looks at everything. Fails with `NeedsAttention` when something needs a person, after it was told. */
export const run = Effect.fn("pond.doctor")(function* () {
  const session = yield* Session
  const pond = yield* session.pond
  const head = yield* pond.head
  const { view } = head
  const nowMs = yield* Clock.currentTimeMillis
  const isLocal = fs.existsSync(session.url)
  const checks: ReadonlyArray<Check> = [
    ok("pond", `${pond.id}, txn ${view.txn}, ${yield* roleIn((yield* session.places).local)}`),
    ...(isLocal ? directoryChecks(session.url) : []),
    yield* storeCheck(),
    yield* lockCheck(),
    clockCheck(nowMs, view.timeMicros),
    ...(yield* factoryChecks()),
    ...(yield* importChecks()),
    ...(yield* Effect.provide(logChecks(yield* allInstances(head)), [HostFiles.layer, factoriesLayer]))
  ]
  yield* present(DoctorReport, { url: session.url, checks }, doctorLines)
  const open = checks.filter(({ state }) => state === "attention").length
  if (open > 0) return yield* new NeedsAttention({ what: formatCount(open, "thing") })
})
