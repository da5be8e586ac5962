/**
 * Names that no other process has, whatever seed processes share.
 */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"

/**
 * Draws a UUID from the chance of the system, 122 bits. Linux gives one out as a file: loading Node's cryptography would take longer than
 * many a command.
 */
export const randomToken = (): string => {
  try {
    const text = readFileSync("/proc/sys/kernel/random/uuid", "latin1").trim()
    if (text.length === 36) return text
  } catch {
    // No Linux, or no /proc.
  }
  return randomUUID()
}
