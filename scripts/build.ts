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
import { createRequire, isBuiltin } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { kernelCode } from "../src/bao/wasm/code.ts"
import { searchCode } from "../src/formats/search/code.ts"
import { shredCode } from "../src/query/shred/wasm/code.ts"

const root = join(import.meta.dirname, "..")
const dist = join(root, "dist")

/** Optional peers of bundled packages that no code path of Pond loads. */
const NEVER_LOADED = ["redis", "bufferutil", "utf-8-validate"]

/** Optional dependencies, loaded from where they are installed when something needs them. */
const LOADED_WHEN_USED = ["@aws-sdk/client-s3", "apache-arrow"]

/** The engine for SQL, which is optional too. */
const ENGINE = "@duckdb/node-api"
const ENGINE_BINARY = "@duckdb/node-bindings"

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

/** The files of the command: what is run first, and the workers, because threads start from files. */
const ENTRIES = {
  main: "src/cli/main.ts",
  worker: "src/bao/worker.ts",
  "unpack-worker": "src/tlogfs/content/threads/unpack-worker.ts",
  "grep-worker": "src/cli/grep/grep-worker.ts",
  "shred-worker": "src/query/shred/shred-worker.ts"
}

/**
 * Bundles the command. Each file holds all that it needs, and evaluates what is imported dynamically when that is asked for: reading one
 * file is faster than finding forty. They are CommonJS, whose compiled code `bin/pond` can keep.
 */
const bundleCommand = async (directory: string): Promise<void> => {
  const modules: Array<string> = []
  for (const [name, path] of Object.entries(ENTRIES)) {
    const bundle = await rolldown({
      input: { [name]: join(root, path) },
      platform: "node",
      external: [...NEVER_LOADED, ...LOADED_WHEN_USED],
      plugins: [builtinsWhenUsed, segmenterWhenUsed, kernelsMade, engineCarried],
      // The same module is named in both ways on purpose: the one that does not wait is loaded already.
      checks: { ineffectiveDynamicImport: false }
    })
    const { output } = await bundle.write({
      dir: directory,
      format: "cjs",
      strict: true,
      codeSplitting: false,
      minify: true,
      // A text of such characters alone takes half the memory, and is read faster.
      charset: "ascii",
      entryFileNames: "[name].js"
    })
    await bundle.close()
    modules.push(...output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : [])))
  }
  writeFileSync(join(directory, "package.json"), `{ "type": "commonjs" }\n`)
  writeFileSync(join(directory, "LICENSES.txt"), licensesOf(modules))
}

const WHEN_USED = "\0when-used:"

/**
 * Loads Node's own modules when something of them is used: half of the time that a short command takes would go into modules that only
 * other commands need. Those that are functions themselves are left as they are.
 */
const builtinsWhenUsed: Plugin = {
  name: "builtins-when-used",
  resolveId: (id) =>
    isBuiltin(id) && typeof builtin(id) === "object" ? { id: WHEN_USED + id, moduleSideEffects: false } : undefined,
  load: (id) => {
    if (!id.startsWith(WHEN_USED)) return undefined
    const module = id.slice(WHEN_USED.length)
    const names = Object.keys(builtin(module) as object).filter((name) => /^[a-z_]\w*$/i.test(name))
    const getters = names.map((name) => `get ${name}() { return used().${name} }`)
    return `let module_
const used = () => (module_ ??= process.getBuiltinModule(${JSON.stringify(module)}))
module.exports = { ${getters.join(", ")} }`
  }
}

const builtin = (name: string): unknown => process.getBuiltinModule(name)

const SEGMENTER = /const (\w+) = \/\*#__PURE__\*\/ ?(new Intl\.Segmenter\([^)]*\))/

/** Makes Effect's segmenter of text when text is laid out: it takes longer to make than all that a short command does. */
const segmenterWhenUsed: Plugin = {
  name: "segmenter-when-used",
  transform: (code, id) => {
    if (!/\/node_modules\/effect\/.*\/CliOutput\.js$/.test(id)) return undefined
    if (!SEGMENTER.test(code)) throw new Error(`${id} makes no segmenter any more: leave this plugin out`)
    return code.replace(SEGMENTER, "let made\nconst $1 = { segment: (text) => (made ??= $2).segment(text) }")
  }
}

/** The functions that emit kernels, by the files that they are in. */
const KERNELS: Readonly<Record<string, readonly [name: string, emit: () => Uint8Array]>> = {
  "src/bao/wasm/code.ts": ["kernelCode", kernelCode],
  "src/formats/search/code.ts": ["searchCode", searchCode],
  "src/query/shred/wasm/code.ts": ["shredCode", shredCode]
}

/** Carries the kernels as they are emitted: the functions that emit them run once in each process, too slowly to be worth it. */
const kernelsMade: Plugin = {
  name: "kernels-made",
  load: (id) => {
    const kernel = KERNELS[relative(root, id)]
    if (kernel === undefined) return undefined
    const [name, emit] = kernel
    const text = Buffer.from(emit()).toString("base64")
    return { code: `export const ${name} = () => Buffer.from("${text}", "base64")`, moduleType: "js" }
  }
}

const CARRIED = "\0carried:"

/**
 * Carries the JavaScript of the engine: finding and compiling its 150 files takes longer than most questions do. Its binary is taken from where it is
 * installed, and where that is another version than this one, its JavaScript is, too.
 */
const engineCarried: Plugin = {
  name: "engine-carried",
  resolveId: (id) => (id === ENGINE || id === ENGINE_BINARY ? CARRIED + id : undefined),
  load: (id) => {
    if (!id.startsWith(CARRIED)) return undefined
    const require = createRequire(import.meta.url)
    const { version } = JSON.parse(readFileSync(require.resolve(`${ENGINE}/package.json`), "utf8")) as Manifest
    const own = `const { createRequire } = process.getBuiltinModule("module")\nconst own = createRequire(__filename)`
    return id === CARRIED + ENGINE
      ? `${own}
const isSame = own("${ENGINE}/package.json").version === "${version}"
module.exports = isSame ? require(${JSON.stringify(require.resolve(ENGINE))}) : own("${ENGINE}")`
      : `${own}
module.exports = createRequire(own.resolve("${ENGINE}"))("${ENGINE_BINARY}")`
  }
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
