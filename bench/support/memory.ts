/**
 * Memory of a process.
 */
import { readFileSync } from "node:fs"

/** The peak of this process alone, MB: what `getrusage` says includes the process that started it. */
export const peakMegabytes = (): number => {
  const status = readFileSync("/proc/self/status", "utf8")
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}
