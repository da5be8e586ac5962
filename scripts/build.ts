/**
 * Builds `dist`: the library (JavaScript and type declarations, one file per source file) and the `pond` command (a
 * minified bundle, so that it starts fast and needs none of its dependencies installed).
 *
 * Everything is made beside `dist` and moved into place when it is complete: an interrupted or failed build leaves what
 * was there, and a deleted source file leaves no stale output.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { rolldown } from "rolldown"

const root = join(import.meta.dirname, "..")
const dist = join(root, "dist")

/** Optional peers of bundled packages that no code path of Pond loads. */
const NEVER_LOADED = ["redis", "bufferutil", "utf-8-validate"]

/** Builds the library and the command, and replaces `dist`. */
export const build = async (): Promise<void> => {
  await staged(dist, async (directory) => {
    compileLibrary(directory)
    await bundleCommand(join(directory, "cli"))
  })
}

/** Builds the command alone, and replaces `dist/cli`: what the tests of the command line need. */
export const buildCommand = (): Promise<void> => staged(join(dist, "cli"), bundleCommand)

/** Lets `make` fill a new directory, then puts it in the place of `target`. */
const staged = async (target: string, make: (directory: string) => void | Promise<void>): Promise<void> => {
  const stage = join(root, ".cache", `build-${process.pid}`)
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(join(stage, "new"), { recursive: true })
  try {
    await make(join(stage, "new"))
    mkdirSync(dirname(target), { recursive: true })
    if (existsSync(target)) renameSync(target, join(stage, "old"))
    renameSync(join(stage, "new"), target)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Compiles every floor but the command line, which is bundled. */
const compileLibrary = (directory: string): void => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", directory], {
    cwd: root,
    stdio: "inherit"
  })
  if (status !== 0) throw new Error("the library does not compile")
}

/**
 * Bundles the command. What is imported dynamically becomes chunks of its own, loaded when needed; the hash worker is
 * an entry of its own, because threads start from a file.
 */
const bundleCommand = async (directory: string): Promise<void> => {
  const bundle = await rolldown({
    input: { main: join(root, "src/cli/main.ts"), worker: join(root, "src/bao/worker.ts") },
    platform: "node",
    external: NEVER_LOADED
  })
  const { output } = await bundle.write({
    dir: directory,
    format: "esm",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js"
  })
  await bundle.close()
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
  writeFileSync(join(directory, "LICENSES.txt"), licensesOf(modules))
}

/** Returns the licences of the packages that the modules come from: bundling them is distributing them. */
const licensesOf = (modules: ReadonlyArray<string>): string => {
  const packages = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []))
  const sections = [...packages].toSorted().map((directory) => {
    const { name, version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest
    return `${name} ${version}\n\n${readFileSync(join(directory, "LICENSE"), "utf8").trim()}\n`
  })
  return sections.join(`\n${"-".repeat(80)}\n\n`)
}

interface Manifest {
  readonly name: string
  readonly version: string
}

if (import.meta.main) await build()
