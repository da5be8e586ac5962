/**
 * `bin/pond`: which Node runs the command, what is said when none can, and where compiled code is kept.
 */
import { once } from "node:events"
import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ENVIRONMENT, Folder, POND } from "../support/pond.ts"
import { ROOT } from "../support/root.ts"

const folder = new Folder()
const copy = join(folder.path, "package")
const oldNode = join(folder.path, "old-node.cjs")

beforeAll(() => {
  cpSync(join(ROOT, "bin"), join(copy, "bin"), { recursive: true })
  // A Node that gives itself out for an old one, unless it was started by one.
  writeFileSync(
    oldNode,
    `Object.defineProperty(process, "versions", { value: Object.assign({}, process.versions, { node: "20.20.2" }) })`
  )
})
afterAll(() => folder[Symbol.dispose]())

const launch = (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], {
    env: { ...ENVIRONMENT, ...env },
    encoding: "utf8"
  })
  return [status, stdout, stderr]
}
const copied = join(copy, "bin/pond")

const link = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

describe("bin/pond", () => {
  it("can be parsed by any Node", () => {
    const code = readFileSync(POND, "utf8").replaceAll(/"[^"\n]*"|\/\/.*|\/\*[^]*?\*\//g, '""')
    expect(code).not.toMatch(/=>|`|\b(?:const|let|class|async|await|import|of)\b|\.\.\.|\?\.|\?\?|\*\*|,\s*\)/)
  })

  it("says what to do when the command is not built", () => {
    expect(launch([copied, "--version"])).toEqual([1, "", `pond: not built yet: run \`npm install\` in ${copy}\n`])
  })

  it("says which Node it needs when this one is too old and there is no other", () => {
    link(join(ROOT, "dist"), join(copy, "dist"))
    expect(launch(["-r", oldNode, copied, "--version"])).toEqual([
      1,
      "",
      "pond: needs Node 22.19 or newer, and this is 20.20.2: install a newer Node\n"
    ])
  })
})

describe("bin/pond with a Node that is too old, and the package's own", () => {
  beforeAll(() => link(process.execPath, join(copy, "node_modules/node/bin/node")))

  it("runs the command with that, input, output and exit code passed on", () => {
    writeFileSync(join(folder.path, "x"), "x")
    const ran = launch(["-r", oldNode, copied, "b3sum", "--no-names", join(folder.path, "x"), "missing"])
    expect(ran).toEqual([
      1,
      "3ae7d805f6789a6402acb70ad4096a85a56bf6804eaf25c0493ac697548d30b5\n",
      "pond b3sum: missing: No such file or directory (os error 2)\n"
    ])
  })

  it("passes names on that are not text", () => {
    const script = `cd "$1"; printf x > $'\\xff'; exec "$0" -r "$2" "$3" b3sum --no-names $'\\xff'`
    const { status, stdout } = spawnSync("bash", ["-c", script, process.execPath, folder.path, oldNode, copied], {
      env: ENVIRONMENT,
      encoding: "utf8"
    })
    expect([status, stdout]).toEqual([0, "3ae7d805f6789a6402acb70ad4096a85a56bf6804eaf25c0493ac697548d30b5\n"])
  })

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("passes %s on", async (signal, code) => {
    const child = spawn(process.execPath, ["-r", oldNode, copied, "b3sum", "/dev/null", "-"], { env: ENVIRONMENT })
    const exit = once(child, "exit")
    await once(child.stdout, "data")
    child.kill(signal)
    expect(await exit).toEqual([code, null])
  })

  it("dies of what kills the command", async () => {
    const child = spawn(process.execPath, ["-r", oldNode, copied, "b3sum", "/dev/null", "-"], { env: ENVIRONMENT })
    const exit = once(child, "exit")
    await once(child.stdout, "data")
    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(child.pid)], { encoding: "utf8" })
    process.kill(Number(stdout), "SIGKILL")
    expect(await exit).toEqual([null, "SIGKILL"])
  })
})

describe("compiled code", () => {
  const cache = join(folder.path, "cache")
  const compiled = join(cache, "pond/compiled")
  const version = (env: Record<string, string>) => launch([POND, "--version"], env)

  it("is kept in a folder that only this user can write", () => {
    expect(version({ XDG_CACHE_HOME: cache })[0]).toBe(0)
    expect(statSync(compiled).mode & 0o777).toBe(0o700)
    expect(readdirSync(compiled)).toHaveLength(1)
    rmSync(cache, { recursive: true })
    expect(version({ XDG_CACHE_HOME: "", HOME: cache })[0]).toBe(0)
    expect(readdirSync(join(cache, ".cache/pond/compiled"))).toHaveLength(1)
    rmSync(cache, { recursive: true })
  })

  it("is used only whole, and only for what it was made of", () => {
    const shown = [0, expect.stringMatching(/^pond \d/), ""]
    expect(version({ XDG_CACHE_HOME: cache })).toEqual(shown)
    const [name] = readdirSync(compiled)
    const file = join(compiled, name!)
    const good = readFileSync(file)
    const generation = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32LE(0)
    expect(generation(good)).toBe(1)
    const flipped = (at: number): Buffer => good.with(at, good[at]! ^ 1) as Buffer
    // Of another source, damaged in the head of the code and in the code, cut, empty: all made anew.
    const damaged = [
      flipped(4),
      flipped(8),
      flipped(40),
      flipped(good.length / 2),
      good.subarray(0, -9),
      Buffer.alloc(0)
    ]
    for (const bytes of damaged) {
      writeFileSync(file, bytes)
      expect(version({ XDG_CACHE_HOME: cache })).toEqual(shown)
      expect(generation(readFileSync(file))).toBe(1)
    }
    // The first runs add what they compile; from then on it stays as it is.
    for (const expected of [2, 3, 4, 5, 6, 7, 8, 8]) {
      expect(version({ XDG_CACHE_HOME: cache })).toEqual(shown)
      expect(generation(readFileSync(file))).toBe(expected)
    }
    expect(readdirSync(compiled)).toEqual([name])
    rmSync(cache, { recursive: true })
  })

  it("is not read from a folder that others can write, nor through a link, nor kept where there is no place", () => {
    mkdirSync(compiled, { recursive: true })
    chmodSync(compiled, 0o777)
    expect(version({ XDG_CACHE_HOME: cache })[0]).toBe(0)
    expect(readdirSync(compiled)).toEqual([])

    const linked = join(folder.path, "linked")
    link(compiled, join(linked, "pond/compiled"))
    chmodSync(compiled, 0o700)
    expect(version({ XDG_CACHE_HOME: linked })[0]).toBe(0)
    expect(readdirSync(compiled)).toEqual([])

    expect(version({ XDG_CACHE_HOME: "/dev/null" })[0]).toBe(0)
    expect(version({ XDG_CACHE_HOME: "relative", HOME: "" })[0]).toBe(0)
  })
})
