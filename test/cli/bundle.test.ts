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
  it("imports what comes with Node and itself, and nothing else", () => {
    const modules = scripts.flatMap(importsOf).map(({ module }) => module)
    expect(modules.length).toBeGreaterThan(5)
    const foreign = modules.filter((name) => !isBuiltin(name) && !files.includes(name.replace(/^\.\//, "")))
    expect(foreign).toEqual([])
  })

  it("loads the hashing when it hashes, not before", () => {
    const own = importsOf("main.js").filter(({ module }) => module.startsWith("./"))
    expect(own).toEqual([{ module: expect.stringMatching(/^\.\/run-/), dynamic: true }])
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
