/**
 * `npm run test:interop`: compares Pond with other programs. Installs what is missing where that is possible, says
 * plainly what has to be left out, then runs the tests; arguments are passed on to vitest.
 *
 * A test file is named after the programs that it needs: `b3sum.test.ts`, `zstd-b3sum.test.ts`, `python-readers.test.ts`.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { archives, environment, goProgram, install, unpacked, VERSITYGW, works } from "./interop/install.ts"

const root = join(import.meta.dirname, "..")

/** Programs, all of them Debian packages of the same name. */
const PROGRAMS = ["b3sum", "zstd"]

const leave = (name: string, why: string): string => {
  console.log(`LEFT OUT: ${name} ${why}; nothing was compared with it.`)
  return name
}

const leftOut: Array<string> = []
const missing = PROGRAMS.filter((program) => !works(program))
if (missing.length > 0) install(missing)
for (const program of PROGRAMS) {
  if (!works(program)) leftOut.push(leave(program, "is not here and could not be installed"))
}
if (!environment("python", "interop-requirements.txt")) {
  leftOut.push(leave("python", "(delta-rs, Arrow, Polars, DuckDB) could not be installed"))
}
const jars = archives("spark-jars", ["io.delta:delta-spark_2.13:4.0.0", "io.delta:delta-storage:4.0.0"])
if (!jars || !environment("spark", "interop-spark-requirements.txt")) {
  leftOut.push(leave("spark", "could not be installed: it needs java, mvn and python3"))
}
if (!unpacked(["logrotate", "libpopt0", "runit"])) {
  leftOut.push(leave("rotators", "(logrotate, svlogd) could not be unpacked: they are packages of Debian"))
}
if (!goProgram("versitygw", VERSITYGW)) {
  leftOut.push(leave("versitygw", "(a server of S3) could not be built: it needs go"))
}

const vitest = join(root, "node_modules/vitest/vitest.mjs")
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--config", "vitest.interop.config.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, POND_LEFT_OUT: leftOut.join(",") } }
)
process.exitCode = status ?? 1
