/**
 * Builds what tests run as a user would have it, when it is older than its sources: `npm test` alone is right.
 */
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { buildCommand, buildLibrary } from "../../scripts/build.ts"
import { ROOT } from "./root.ts"

const INPUTS = ["src", "scripts/build.ts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]

/** When the newest file or folder at or below a path changed. A folder changes when a file in it is removed. */
const newest = (path: string): number => {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), stats.mtimeMs)
}

const isStale = (output: string): boolean => {
  const file = join(ROOT, "dist", output)
  return !existsSync(file) || statSync(file).mtimeMs < Math.max(...INPUTS.map((input) => newest(join(ROOT, input))))
}

/** Vitest's global setup: the command, and for the examples in the documentation the library that they import. */
export const setup = async (project: TestProject): Promise<void> => {
  if (isStale("cli/main.js")) await buildCommand()
  if (project.name === "docs" && isStale("index.js")) await buildLibrary()
}
