/**
 * Builds the command, which tests run as a user would, when it is older than its sources: `npm test` alone is right.
 */
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { buildCommand } from "../../scripts/build.ts"
import { ROOT } from "./root.ts"

const INPUTS = ["src", "scripts/build.ts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]

/** When the newest file or folder at or below a path changed. A folder changes when a file in it is removed. */
const newest = (path: string): number => {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), stats.mtimeMs)
}

/** Vitest's global setup for the tests of the command and of the examples in the documentation. */
export const setup = async (): Promise<void> => {
  const command = join(ROOT, "dist/cli/main.js")
  const changed = Math.max(...INPUTS.map((input) => newest(join(ROOT, input))))
  if (!existsSync(command) || statSync(command).mtimeMs < changed) await buildCommand()
}
