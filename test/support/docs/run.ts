/**
 * Runs the examples of the documentation the way a reader would: in a folder of their own, with `pond` at hand and the
 * package under its name.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { ROOT } from "../root.ts"
import { sourcesBySpecifier } from "./package.ts"

/** What a program printed, and how it ended: 0 is success. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  /** Standard output and standard error as a terminal shows them; equal to `stdout` unless asked for. */
  readonly output: string
}

/** Puts the package and what it needs where the modules that an example writes find them. */
const installPackage = (modules: string): void => {
  const sources = Object.entries(sourcesBySpecifier()).map(([specifier, source], index) => ({
    subpath: specifier.replace(/^[^/]+/, "."),
    file: `./${index}.js`,
    source
  }))
  const exports = Object.fromEntries(sources.map(({ file, subpath }) => [subpath, file]))
  const folder = join(modules, "pondfs")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "pondfs", type: "module", exports }))
  for (const { file, source } of sources) writeFileSync(join(folder, file), `export * from ${JSON.stringify(source)}\n`)
  symlinkSync(join(ROOT, "node_modules/effect"), join(modules, "effect"))
}

/** A folder for one page, with `pond` beside it on PATH, removed by `Symbol.dispose`. */
export class Workplace implements Disposable {
  readonly folder: string
  readonly #base: string
  constructor() {
    this.#base = mkdtempSync(join(tmpdir(), "pond-docs-"))
    this.folder = join(this.#base, "work")
    mkdirSync(this.folder)
    mkdirSync(join(this.#base, "bin"))
    symlinkSync(join(ROOT, "bin/pond"), join(this.#base, "bin/pond"))
    installPackage(join(this.#base, "node_modules"))
  }
  #run(command: string, args: ReadonlyArray<string>): Ran {
    const path = [join(this.#base, "bin"), join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter)
    const env = {
      PATH: path,
      HOME: this.folder,
      XDG_CACHE_HOME: join(this.#base, "cache"),
      NO_COLOR: "1",
      LANG: "C.UTF-8"
    }
    const ran = spawnSync(command, args, {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      timeout: 60_000
    })
    return { status: ran.status, stdout: ran.stdout, output: ran.stdout + ran.stderr }
  }
  /** Runs a shell script that ends at the first failing command. */
  shell(script: string): Ran {
    return this.#run("bash", ["--norc", "-euo", "pipefail", "-c", script])
  }
  /** Runs one line of a transcript; `output` has both streams in the order in which they were written. */
  command(line: string): Ran {
    return this.#run("bash", ["--norc", "-c", `{ ${line}\n} 2>&1`])
  }
  /** Runs a TypeScript module. */
  module(file: string): Ran {
    return this.#run("node", ["--import", join(import.meta.dirname, "register.ts"), file])
  }
  /** Removes the folder with all that was written in it. */
  [Symbol.dispose](): void {
    rmSync(this.#base, { recursive: true, force: true })
  }
}

const project = (): object => ({
  extends: join(ROOT, "tsconfig.json"),
  compilerOptions: {
    noUnusedLocals: false,
    plugins: [],
    rootDir: ROOT,
    paths: Object.fromEntries(Object.entries(sourcesBySpecifier()).map(([specifier, source]) => [specifier, [source]]))
  },
  include: ["*.ts"]
})

/** A project of example modules inside the package, where its dependencies are found. */
export class ExampleProject implements Disposable {
  readonly folder: string
  constructor() {
    const parent = join(ROOT, ".cache/docs")
    mkdirSync(parent, { recursive: true })
    this.folder = mkdtempSync(join(parent, "examples-"))
    writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(project()))
  }
  /** Writes a module and gives its path. */
  add(name: string, text: string): string {
    const file = join(this.folder, `${name}.ts`)
    writeFileSync(file, text.includes("export ") ? text : `${text}\nexport {}\n`)
    return file
  }
  /** The complaints of the type checker about all modules: an empty text when there are none. */
  typeErrors(): string {
    const tsc = join(ROOT, "node_modules/.bin/tsc")
    const ran = spawnSync(tsc, ["--noEmit", "--pretty", "false", "-p", "."], { cwd: this.folder, encoding: "utf8" })
    return ran.status === 0 ? "" : `${ran.stdout}${ran.stderr}`
  }
  /** Removes the project. */
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
