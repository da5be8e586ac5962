/**
 * Runs benchmarks: `npm run bench -- <name> [--quick]`, each in a process of its own.
 *
 * A benchmark is a file `bench/<name>.ts`. It prints a table, writes its numbers to `bench/results/<name>.json`, and fails
 * when a result is wrong. Without a name, the benchmarks there are are listed.
 */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length))
  .toSorted()

const [name, ...rest] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- <name> [--quick]\nbenchmarks: ${names.join(", ")}\n`)
  process.exitCode = 2
} else {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...rest], {
    stdio: "inherit"
  })
  process.exitCode = status ?? 1
}
