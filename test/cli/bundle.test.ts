/**
 * `dist/cli`: what is installed with the package must run with nothing else installed.
 */
import { once } from "node:events"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { parseAst } from "rolldown/parseAst"
import { describe, expect, it } from "vitest"
import { ENVIRONMENT, Folder, POND } from "../support/pond.ts"
import { ROOT } from "../support/root.ts"

const folder = join(ROOT, "dist/cli")
const files = readdirSync(folder)
const scripts = files.filter((name) => name.endsWith(".js"))

/** A module that a script names, in a call of `require` or a dynamic import; what is no plain text is shown as it is. */
interface Import {
  readonly module: string
  readonly dynamic: boolean
}

interface Node {
  readonly type: string
  readonly name?: string
  readonly value?: unknown
  readonly quasis?: ReadonlyArray<{ readonly value: { readonly cooked: string } }>
  readonly source?: Node | null
  readonly callee?: Node
  readonly arguments?: ReadonlyArray<Node>
}

const textOf = (node: Node | undefined): string =>
  String(node?.value ?? node?.quasis?.map(({ value }) => value.cooked).join("*"))

const importsOf = (name: string): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return
    const { type, source, callee, arguments: given } = node as Node
    if (source && /^(?:Import|Export)/.test(type)) found.push({ module: textOf(source), dynamic: true })
    if (type === "CallExpression" && callee?.name === "require") {
      found.push({ module: textOf(given?.[0]), dynamic: false })
    }
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(readFileSync(join(folder, name), "utf8")))
  return found
}

describe("the bundle", () => {
  it("imports what comes with Node; anything else only when it is used", () => {
    const imports = scripts.flatMap(importsOf)
    expect(imports.some(({ dynamic }) => !dynamic)).toBe(true)
    const foreign = imports.filter(({ module }) => !isBuiltin(module))
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
    const others = foreign.map(({ module }) => module).filter((name) => !Object.hasOwn(optionalDependencies, name))
    // A computed name: the packages of factories.
    expect(new Set(others)).toEqual(new Set(["undefined"]))
    expect(foreign.filter(({ dynamic }) => !dynamic)).toEqual([])
  })

  it("is made of characters that are one byte each: `bin/pond` reads it so", () => {
    for (const name of scripts) expect(readFileSync(join(folder, name)).every((byte) => byte < 0x80)).toBe(true)
  })

  it("loads what a command does when it is run, not before", () => {
    using place = new Folder()
    const hook = join(place.path, "hook.cjs")
    writeFileSync(hook, `process.on("exit", () => process.stderr.write(process.moduleLoadList.join()))`)
    const { stderr } = spawnSync(process.execPath, ["-r", hook, POND, "--help"], {
      // No compiled code: checking it takes a module, too.
      env: { ...ENVIRONMENT, XDG_CACHE_HOME: "/dev/null" },
      encoding: "utf8"
    })
    const loaded = stderr.split(",").map((name) => name.replace(/^NativeModule /, ""))
    expect(loaded).toContain("fs")
    const unneeded = ["child_process", "crypto", "http", "readline", "worker_threads", "zlib"]
    expect(unneeded.filter((name) => loaded.includes(name))).toEqual([])
  })

  it.each(["worker.js", "unpack-worker.js"])("has %s beside it, ready to work", async (name) => {
    const worker = new Worker(join(folder, name), { workerData: { module: undefined, thread: 1 } })
    expect(await once(worker, "message")).toEqual(["ready"])
    await worker.terminate()
  })

  it("says what to install where an optional package is not there, and does everything else", () => {
    using bare = new Folder()
    for (const part of ["bin", "dist/cli", "package.json"])
      cpSync(join(ROOT, part), join(bare.path, part), { recursive: true })
    const run = (...args: ReadonlyArray<string>) => {
      const options = { cwd: bare.path, env: { ...ENVIRONMENT, POND_AUTHOR: "test" }, encoding: "utf8" } as const
      const { status, stderr, stdout } = spawnSync(join(bare.path, "bin/pond"), args, options)
      return { status, stderr, stdout }
    }
    writeFileSync(join(bare.path, "a.csv"), "n\n1\n")
    run("init")
    expect(run("copy", "host:a.csv", "/")).toMatchObject({ status: 0 })
    const missing = "SQL needs the package @duckdb/node-api, which is not installed: npm install @duckdb/node-api\n"
    expect(run("sql", "FROM '/a.csv'")).toEqual({ status: 1, stderr: `pond: ${missing}`, stdout: "" })
    const described = run("describe", "/a.csv")
    expect(described).toMatchObject({ status: 0, stderr: `pond: rows are not described: ${missing}` })
    expect(described.stdout).toContain("4 bytes")
    const engine = join(bare.path, "node_modules/@duckdb")
    mkdirSync(engine, { recursive: true })
    for (const name of readdirSync(join(ROOT, "node_modules/@duckdb")))
      symlinkSync(join(ROOT, "node_modules/@duckdb", name), join(engine, name))
    expect(run("sql", "FROM '/a.csv'", "--format", "arrow")).toMatchObject({
      status: 1,
      stderr: "pond: Arrow needs the package apache-arrow, which is not installed: npm install apache-arrow\n"
    })
    // Another version of the engine than the one that is carried comes with its own JavaScript.
    rmSync(join(engine, "node-api"))
    mkdirSync(join(engine, "node-api"))
    const other = { name: "@duckdb/node-api", version: "0.0.1", main: "./index.js" }
    writeFileSync(join(engine, "node-api/package.json"), JSON.stringify(other))
    writeFileSync(join(engine, "node-api/index.js"), "process.stderr.write('of version 0.0.1'); process.exit(7)")
    expect(run("sql", "FROM '/a.csv'")).toEqual({ status: 7, stderr: "of version 0.0.1", stdout: "" })
  })

  it("carries the licences of what is in it", () => {
    const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8")
    expect(licences).toMatch(/^@effect\/platform-node \d[^]*\neffect \d[^]*MIT License/m)
  })
})
