/**
 * Installing programs that Pond is compared with: packages of Debian, of Python, of Go and of Java, at fixed versions where their registries have
 * them for good. What is there is left alone; all but what `install` does lies in folders that git ignores.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** The server of S3. */
export const VERSITYGW = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

/** Whether a program is here and answers. */
export const works = (program: string, argument = "--version"): boolean => spawnSync(program, [argument]).status === 0

/** Runs a command and shows what it does. */
const show = (command: string, ...args: ReadonlyArray<string>): boolean => {
  console.log(`$ ${[command, ...args].join(" ")}`)
  return spawnSync(command, args, { stdio: "inherit" }).status === 0
}

/** Installs packages of Debian where that is possible and allowed. */
export const install = (packages: ReadonlyArray<string>): void => {
  if (spawnSync("apt-get", ["--version"]).status !== 0) return
  const apt = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"]
  const run = (...args: ReadonlyArray<string>): boolean => show(apt[0]!, ...apt.slice(1), ...args)
  const wanted = ["install", "-y", "-qq", ...packages]
  if (!run(...wanted) && run("update", "-qq")) run(...wanted)
}

/** Makes an environment of Python with the packages of a list, or leaves it when it has them. `false` when it cannot. */
export const environment = (name: string, list: string): boolean => {
  const folder = join(root, ".cache", name)
  const requirements = join(root, "scripts", list)
  const installed = join(folder, "installed.txt")
  const wanted = readFileSync(requirements, "utf8")
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return true
  rmSync(folder, { recursive: true, force: true })
  const make = (): boolean => show("python3", "-m", "venv", folder)
  if (!make()) {
    install(["python3-venv"])
    if (!make()) return false
  }
  const pip = [
    join(folder, "bin/pip"),
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    requirements
  ] as const
  if (!show(...pip)) return false
  writeFileSync(installed, wanted)
  return true
}

/** Builds a program of Go from the module proxy, at a fixed version, or leaves it when it is there. `false` when it cannot. */
export const goProgram = (name: string, module: string): boolean => {
  const folder = join(root, ".cache", "go")
  const installed = join(folder, `${name}.txt`)
  if (existsSync(installed) && readFileSync(installed, "utf8") === module) return true
  if (spawnSync("go", ["version"]).status !== 0) return false
  // All in the folder that git ignores; modules are writable, so that it can be removed.
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOBIN: join(folder, "bin"),
    GOCACHE: join(folder, "build"),
    GOFLAGS: "-modcacherw",
    GOMODCACHE: join(folder, "mod")
  }
  console.log(`$ go install ${module}`)
  if (spawnSync("go", ["install", module], { stdio: ["ignore", "inherit", "ignore"], env }).status !== 0) return false
  rmSync(join(folder, "build"), { recursive: true, force: true })
  rmSync(join(folder, "mod"), { recursive: true, force: true })
  writeFileSync(installed, module)
  return true
}

/** Unpacks Debian packages into a folder that git ignores, or leaves them when they are there: nothing of them is set up. `false` when it cannot. */
export const unpacked = (packages: ReadonlyArray<string>): boolean => {
  const folder = join(root, ".cache", "debian")
  const installed = join(folder, "unpacked.txt")
  const wanted = packages.join("\n")
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return true
  if (spawnSync("apt-get", ["--version"]).status !== 0 || spawnSync("dpkg-deb", ["--version"]).status !== 0)
    return false
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  console.log(`$ apt-get download ${packages.join(" ")}`)
  const run = (command: string, ...args: ReadonlyArray<string>): boolean =>
    spawnSync(command, args, { cwd: folder, stdio: ["ignore", "inherit", "ignore"] }).status === 0
  if (!run("apt-get", "download", "-qq", ...packages)) return false
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    if (!run("dpkg-deb", "-x", file, ".")) return false
  }
  writeFileSync(installed, wanted)
  return true
}

/** Fetches archives of Java by Maven into a folder that git ignores, or leaves them when they are there. `false` when it cannot. */
export const archives = (name: string, artifacts: ReadonlyArray<string>): boolean => {
  const folder = join(root, ".cache", name)
  const installed = join(folder, "installed.txt")
  const wanted = artifacts.join("\n")
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return true
  const has = (program: string, argument: string): boolean => spawnSync(program, [argument]).status === 0
  if (!has("java", "-version") || !has("mvn", "--version")) return false
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const fetch = (artifact: string): boolean =>
    show("mvn", "--quiet", "--batch-mode", "dependency:copy", `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`)
  if (!artifacts.every(fetch)) return false
  writeFileSync(installed, wanted)
  return true
}
