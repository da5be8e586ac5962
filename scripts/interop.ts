/**
 * `npm run test:interop`: compares Pond with other programs. Installs what is missing where that is possible, says
 * plainly what has to be left out, then runs the tests; arguments are passed on to vitest.
 *
 * A test file is named after the program that it needs: `test/interop/b3sum.test.ts`.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")

/** Programs, all of them Debian packages of the same name. */
const PROGRAMS = ["b3sum", "zstd"]

const works = (program: string): boolean => spawnSync(program, ["--version"]).status === 0

/** Runs a command and shows what it does. */
const show = (command: string, ...args: ReadonlyArray<string>): boolean => {
  console.log(`$ ${[command, ...args].join(" ")}`)
  return spawnSync(command, args, { stdio: "inherit" }).status === 0
}

const install = (programs: ReadonlyArray<string>): void => {
  if (spawnSync("apt-get", ["--version"]).status !== 0) return
  const apt = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"]
  const run = (...args: ReadonlyArray<string>): boolean => show(apt[0]!, ...apt.slice(1), ...args)
  const packages = ["install", "-y", "-qq", ...programs]
  if (!run(...packages) && run("update", "-qq")) run(...packages)
}

const missing = PROGRAMS.filter((program) => !works(program))
if (missing.length > 0) install(missing)
const leftOut = PROGRAMS.filter((program) => !works(program))
for (const program of leftOut) {
  console.log(`LEFT OUT: ${program} is not here and could not be installed; nothing was compared with it.`)
}

const vitest = join(root, "node_modules/vitest/vitest.mjs")
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--config", "vitest.interop.config.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, POND_LEFT_OUT: leftOut.join(",") } }
)
process.exitCode = status ?? 1
