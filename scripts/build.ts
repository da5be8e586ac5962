/**
 * Builds `dist`: the library (JavaScript and type declarations, one file per source file) and the `pond` command (a
 * minified bundle, so that it starts fast and needs none of its dependencies installed).
 *
 * Everything is made beside `dist` and moved into place when it is complete: an interrupted or failed build leaves what
 * was there, and a deleted source file leaves no stale output.
 */
import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { rolldown } from "rolldown"

const root = join(import.meta.dirname, "..")
const dist = join(root, "dist")

/** Optional peers of bundled packages that no code path of Pond loads. */
const NEVER_LOADED = ["redis", "bufferutil", "utf-8-validate"]

/** Optional dependencies, loaded from where they are installed when something needs them. */
const LOADED_WHEN_USED = ["@aws-sdk/client-s3"]

/** Builds `dist/cli`, the command. */
export const buildCommand = (): Promise<void> =>
  staged(async (stage) => {
    await bundleCommand(join(stage, "cli"))
    replace(join(stage, "cli"), join(dist, "cli"), stage)
  })

/** Builds the rest of `dist`, the library; what is there of sources that are gone is removed. */
export const buildLibrary = (): Promise<void> =>
  staged((stage) => {
    compileLibrary(join(stage, "library"))
    const made = readdirSync(join(stage, "library"))
    for (const name of made) replace(join(stage, "library", name), join(dist, name), stage)
    for (const name of readdirSync(dist)) {
      if (name !== "cli" && !made.includes(name)) rmSync(join(dist, name), { recursive: true })
    }
  })

/** Lends `make` a directory of its own, on the file system of `dist`. */
const staged = async (make: (stage: string) => void | Promise<void>): Promise<void> => {
  mkdirSync(dist, { recursive: true })
  mkdirSync(join(root, ".cache"), { recursive: true })
  const stage = mkdtempSync(join(root, ".cache", "build-"))
  try {
    await make(stage)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Puts `made` in the place of `target`, also where another build does the same at the same time. */
const replace = (made: string, target: string, stage: string): void => {
  for (let attempt = 0; existsSync(made); attempt += 1) {
    try {
      renameSync(target, join(stage, `old-${attempt}-${basename(target)}`))
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error
    }
    try {
      renameSync(made, target)
    } catch (error) {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error
    }
  }
}

const hasCode = (error: unknown, ...codes: ReadonlyArray<string>): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code))

/** Compiles every floor but the command line, which is bundled. */
const compileLibrary = (directory: string): void => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", directory], {
    cwd: root,
    stdio: "inherit"
  })
  if (status !== 0) throw new Error("the library does not compile: see above")
}

/**
 * Bundles the command. What is imported dynamically becomes chunks of its own, loaded when needed; the workers are
 * entries of their own, because threads start from files.
 */
const bundleCommand = async (directory: string): Promise<void> => {
  const bundle = await rolldown({
    input: {
      main: join(root, "src/cli/main.ts"),
      worker: join(root, "src/bao/worker.ts"),
      "unpack-worker": join(root, "src/tlogfs/content/threads/unpack-worker.ts")
    },
    platform: "node",
    external: [...NEVER_LOADED, ...LOADED_WHEN_USED]
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

if (import.meta.main) {
  await buildLibrary()
  await buildCommand()
}
