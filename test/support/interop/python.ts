/**
 * Runs the Python programs of the comparisons in the environments that `npm run test:interop` made.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { ROOT } from "../root.ts"

/** What came of an attempt to write, see changes.py. `copy` is the pond that it was made on. */
export interface Outcome {
  readonly error: string | null
  readonly changed: ReadonlyArray<string>
  readonly copy: string
}

/** Runs one of the programs in this folder. Gives the JSON document that it prints; throws with what it says when it fails. */
const runIn =
  (environment: string, variables: Readonly<Record<string, string>> = {}) =>
  (program: string, ...args: ReadonlyArray<string>): unknown => {
    const { error, status, stderr, stdout } = spawnSync(
      join(ROOT, ".cache", environment, "bin/python"),
      [join(import.meta.dirname, program), ...args],
      { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...variables } }
    )
    if (error !== undefined) throw error
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stderr}`)
    return JSON.parse(stdout)
  }

/** Runs a program with delta-rs, Arrow, Polars and DuckDB. */
export const python = runIn("python")

/** The same with variables in its environment. */
export const pythonWith = (variables: Readonly<Record<string, string>>) => runIn("python", variables)

/** Runs a program with Apache Spark; `SPARK_JARS` are what it needs for Delta tables. */
export const spark = runIn("spark")

/** The folder with the archives of delta-spark. */
export const SPARK_JARS = join(ROOT, ".cache/spark-jars")
