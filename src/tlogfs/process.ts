/**
 * Which process it is that holds a lock or runs something, and whether it still runs: by process id, host, boot and start time, so that a
 * process id that was given again is recognised.
 */
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"

/** One process, of all there ever were. */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  boot: Schema.String,
  /** Start of the process in clock ticks since boot; empty where the system does not tell. */
  started: Schema.String
})
/** One process, of all there ever were. */
export type ProcessIdentity = typeof ProcessIdentity.Type

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

/** Tells which process this one is. */
export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  host: hostname(),
  boot: bootId(),
  started: ownStarted()
})

/** Whether it is a process of this machine that no longer runs. */
export const isDead = ({ boot, host, pid, started }: ProcessIdentity): boolean => {
  if (host !== hostname()) return false
  if (boot !== bootId()) return true
  return !alive(pid) || (started !== "" && startOf(pid) !== started)
}
