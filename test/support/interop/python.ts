/**
 * Runs the Python programs of the comparisons in the environment that `npm run test:interop` made.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { ROOT } from "../root.ts"

const PYTHON = join(ROOT, ".cache/python/bin/python")

/** Runs one of the programs in this folder. Gives the JSON document that it prints; throws with what it says when it fails. */
export const python = (program: string, ...args: ReadonlyArray<string>): unknown => {
  const { error, status, stderr, stdout } = spawnSync(PYTHON, [join(import.meta.dirname, program), ...args], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stderr}`)
  return JSON.parse(stdout)
}
