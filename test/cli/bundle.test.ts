/**
 * `dist/cli`: what is installed with the package must run with nothing else installed.
 */
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { parseAst } from "rolldown/parseAst"
import { describe, expect, it } from "vitest"
import { ROOT } from "../support/root.ts"

const folder = join(ROOT, "dist/cli")
const files = readdirSync(folder)
const scripts = files.filter((name) => name.endsWith(".js"))

/** A module that a script names, in a static or a dynamic import; what is no plain text is shown as it is. */
interface Import {
  readonly module: string
  readonly dynamic: boolean
}

interface Node {
  readonly type: string
  readonly value?: unknown
  readonly quasis?: ReadonlyArray<{ readonly value: { readonly cooked: string } }>
  readonly source?: Node | null
}

const textOf = (node: Node): string => String(node.value ?? node.quasis?.map(({ value }) => value.cooked).join("*"))

const importsOf = (name: string): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return
    const { type, source } = node as Node
    if (source && /^(?:Import|Export)/.test(type)) {
      found.push({ module: textOf(source), dynamic: type === "ImportExpression" })
    }
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(readFileSync(join(folder, name), "utf8")))
  return found
}

describe("the bundle", () => {
  it("imports what comes with Node and itself; anything else only when it is used", () => {
    const imports = scripts.flatMap(importsOf)
    expect(imports.length).toBeGreaterThan(5)
    const foreign = imports.filter(({ module }) => !isBuiltin(module) && !files.includes(module.replace(/^\.\//, "")))
    // A computed name: the packages of factories.
    expect(new Set(foreign.map(({ module }) => module))).toEqual(new Set(["undefined", "@aws-sdk/client-s3"]))
    expect(foreign.filter(({ dynamic }) => !dynamic)).toEqual([])
  })

  it("loads what a command does when it is run, not before", () => {
    const loaded = new Set(["main.js"])
    const builtin = new Set<string>()
    for (const name of loaded) {
      for (const { dynamic, module } of importsOf(name)) {
        if (dynamic) continue
        if (isBuiltin(module)) builtin.add(module)
        else loaded.add(module.replace(/^\.\//, ""))
      }
    }
    expect(loaded.size).toBeGreaterThan(1)
    // Threads and compression belong to the hashing and to the engine.
    expect([...builtin].filter((module) => /worker_threads|zlib/.test(module))).toEqual([])
  })

  it.each(["worker.js", "unpack-worker.js"])("has %s beside it, ready to work", async (name) => {
    const worker = new Worker(join(folder, name), { workerData: { module: undefined, thread: 1 } })
    expect(await once(worker, "message")).toEqual(["ready"])
    await worker.terminate()
  })

  it("carries the licences of what is in it", () => {
    const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8")
    expect(licences).toMatch(/^@effect\/platform-node \d[^]*\neffect \d[^]*MIT License/m)
  })
})
