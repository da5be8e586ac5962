/**
 * `pond b3sum` and the b3sum that is installed say the same, byte for byte, on a folder of thousands of odd files.
 *
 * Pond follows b3sum 1.8. What an older one cannot do (`--seek`, `--tag`, escapes for carriage returns) is found out by
 * asking it, and not compared.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ENVIRONMENT, Folder, POND } from "../support/pond.ts"

const folder = new Folder()
const cwd = folder.path
afterAll(() => folder[Symbol.dispose]())

/** The last line of a check, which old releases do not write. */
const WARNING = /^b3sum: WARNING: \d+ computed checksums? did NOT match\n/m

const run = (command: ReadonlyArray<string>, input: Uint8Array | string = "") => {
  const [file, ...args] = command
  const { status, stdout, stderr } = spawnSync(file!, args, {
    cwd,
    input,
    env: ENVIRONMENT,
    maxBuffer: 64 * 1024 * 1024
  })
  return {
    status,
    stdout: stdout.toString("latin1"),
    stderr: stderr.toString("latin1").replaceAll("pond b3sum: ", "b3sum: ").replace(WARNING, "")
  }
}

const OURS = [POND, "b3sum"]
const THEIRS = ["b3sum"]
const help = run(["b3sum", "--help"]).stdout
const has = (flag: string): boolean => help.includes(flag)
const escapesReturns = run(["bash", "-c", String.raw`: > $'\r'; b3sum $'\r'; rm $'\r'`]).stdout.startsWith("\\")

/** A sequence of numbers below `limit` that is the same every time. */
const numbers = (seed: number) => {
  let state = seed
  return (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const PARTS = [
  ..."\\,\n,\r, ,  ,',\",-,--,é,é,😀,\ufffd,) = ,BLAKE3 (,*,?,$x,\ufeff,\u001b[31m,\t,yes,1,x,.,#,\u202e"
    .split(",")
    .map((text) => Buffer.from(text)),
  ...["ff", "e280", "eda080", "c080", "f4908080", "f09f98", "e08080", "80"].map((hex) => Buffer.from(hex, "hex"))
]

/** Odd names, each once: pieces that are easily got wrong, and any bytes. */
const oddNames = (count: number): ReadonlyArray<Buffer> => {
  const next = numbers(7)
  const names = new Map<string, Buffer>()
  while (names.size < count) {
    const pieces = Array.from({ length: 1 + next(7) }, () =>
      next(4) === 0 ? Buffer.of(1 + next(255)) : PARTS[next(PARTS.length)]!
    )
    const name = Buffer.concat(pieces)
    const text = name.toString("latin1")
    if (/^\.{1,2}$|^-$|\//.test(text) || (!escapesReturns && text.includes("\r"))) continue
    names.set(text, name)
  }
  return [...names.values()]
}

/** Sizes at which the hash tree changes its form, one byte less and one more, and some in between. */
const SIZES = [64, 128, 1024, 2048, 3072, 4096, ...Array.from({ length: 10 }, (_, level) => 16_384 * 2 ** level)]
  .flatMap((size) => [size - 1, size, size + 1])
  .concat(0, 1, 2, 5000, 100_000, 1_000_000, 9_999_999)

const content = (size: number): Buffer => {
  const next = numbers(size)
  const block = Buffer.from(Array.from({ length: 4099 }, () => next(256)))
  return Buffer.alloc(size, block)
}

beforeAll(() => {
  mkdirSync(join(cwd, "sizes"))
  for (const size of SIZES) writeFileSync(join(cwd, "sizes", String(size)), content(size))
  mkdirSync(join(cwd, "odd"))
  const next = numbers(11)
  const names = oddNames(2500)
  for (const name of names) {
    writeFileSync(Buffer.concat([Buffer.from(`${cwd}/odd/`), name]), content(next(5) === 0 ? next(40_000) : next(200)))
  }
  writeFileSync(join(cwd, "names"), Buffer.concat(names.flatMap((name) => [name, Buffer.of(0)])))
  symlinkSync("nowhere", join(cwd, "dangling"))
  symlinkSync("loop", join(cwd, "loop"))
})

/** Runs a command in the folder of odd files with their names as arguments, exactly as they are. */
const withNames = (command: ReadonlyArray<string>) =>
  run(["bash", "-c", 'cd odd && xargs -0 -a ../names "$@"', "bash", ...command, "--"])

const inOdd = (command: ReadonlyArray<string>, input: string) =>
  run(["bash", "-c", 'cd odd && exec "$@"', "bash", ...command], Buffer.from(input, "latin1"))

describe("thousands of odd names", () => {
  it.each([[], ["--no-names"], ["--length", "3"], ["--no-mmap"], ...(has("--tag") ? [["--tag"]] : [])])(
    "give the same lines: %j",
    (...flags) => {
      const ours = withNames([...OURS, ...flags])
      expect(ours).toEqual(withNames([...THEIRS, ...flags]))
      expect(ours.status).toBe(0)
      expect(ours.stdout.split("\n").length).toBe(2501)
    }
  )

  it("are checked alike, whoever wrote the lines", () => {
    const lines = withNames(OURS).stdout
    const ours = inOdd([...OURS, "--check"], lines)
    expect(ours).toEqual(inOdd([...THEIRS, "--check"], lines))
    // Names that are not text cannot be checked; all others can.
    expect(ours.stdout.split(": OK\n").length - 1).toBeGreaterThan(500)
    expect(ours.stdout).not.toContain("FAILED")
    const quiet = inOdd([...OURS, "--check", "--quiet"], lines)
    expect(quiet).toEqual(inOdd([...THEIRS, "--check", "--quiet"], lines))
  })

  it("are checked alike when contents changed and files are gone", () => {
    const lines = withNames(OURS)
      .stdout.replaceAll(/^(\\?)[0-9]/gm, "$1f")
      .replaceAll("1  ", "1  nowhere/")
    const ours = inOdd([...OURS, "--check"], lines)
    expect(ours).toEqual(inOdd([...THEIRS, "--check"], lines))
    expect(ours.stdout).toContain(": FAILED (No such file or directory (os error 2))\n")
    expect(ours.stdout).toContain(": FAILED\n")
    expect(ours.status).toBe(1)
  })
})

describe("every form of the hash tree", () => {
  const files = SIZES.map((size) => `sizes/${size}`)
  const key = Buffer.alloc(32, "key")
  const both = (flags: ReadonlyArray<string>, names = files, input: Uint8Array = key) => {
    const ours = run([...OURS, ...flags, ...names], input)
    expect(ours).toEqual(run([...THEIRS, ...flags, ...names], input))
    return ours
  }

  it.each([
    [],
    ["--keyed"],
    ["--derive-key", "pond interop 2026 ünïcode"],
    ["--derive-key", ""],
    ["--length", "1"],
    ["-l", "131"],
    ["-l64"],
    ["--length", "0"],
    ["--no-names"],
    ["--num-threads", "1"],
    ["--keyed", "--no-names", "--length", "100"],
    ...(has("--seek")
      ? [
          ["--seek", "1"],
          ["--seek=1000000007", "-l", "70"],
          ["--seek", "18446744073709551000"]
        ]
      : []),
    ...(has("--tag") ? [["--tag"], ["--tag", "-l", "40", "--keyed"]] : [])
  ])("gives the same lines: %j", (...flags) => {
    expect(both(flags)).toMatchObject({ status: 0, stderr: "" })
  })

  it("gives the same bytes", () => {
    for (const size of [0, 1, 1025, 16_385, 1_000_000]) {
      both(["--raw"], [`sizes/${size}`])
      both(["--raw", "--length", "200001", "--keyed"], [`sizes/${size}`])
    }
  })

  it("is the same from standard input", () => {
    for (const size of [0, 1, 1024, 16_384, 16_385, 1_000_000]) both([], [], content(size))
    both([], ["-", "sizes/5000", "-"], content(3_000_000))
  })
})

describe("what cannot be hashed", () => {
  it("is told alike, and the rest is hashed", () => {
    const names = ["missing", "sizes/1", "odd", "dangling", "loop", "sizes/1/x", "sizes/64", "x".repeat(300)]
    const ours = run([...OURS, ...names])
    expect(ours).toEqual(run([...THEIRS, ...names]))
    expect(ours.status).toBe(1)
  })

  it.each([
    ["--raw", "x", "y"],
    ["--check", "missing"],
    ["--check", "odd"],
    ["--check", "missing", "missing"]
  ])("ends with the same exit code: %j", (...flags) => {
    expect(run([...OURS, ...flags]).status).toBe(1)
    expect(run([...THEIRS, ...flags]).status).toBe(1)
  })

  // Old releases end with 1 for everything.
  const wrongUsage = run([...THEIRS, "--frobnicate"]).status

  it.each([
    ["--length"],
    ["--length", "-1", "x"],
    ["--length", "1e3", "x"],
    ["--length", "18446744073709551616", "x"],
    ["--frobnicate"],
    ["--keyed"],
    ["--quiet", "x"],
    ["--check", "--raw", "x"],
    ["--check", "--length", "32", "x"],
    ["--keyed", "--derive-key", "x", "y"],
    ["--raw", "--raw", "x"],
    ["--num-threads", "x", "sizes/1"],
    ["--num-threads", "-1", "sizes/1"]
  ])("is wrong usage for both: %j", (...flags) => {
    expect(run([...OURS, ...flags])).toMatchObject({ status: 2, stdout: "" })
    expect(run([...THEIRS, ...flags])).toMatchObject({ status: wrongUsage, stdout: "" })
  })

  it("is the same of keys that are too short or too long", () => {
    for (const length of [0, 31, 33, 100_000]) {
      const input = Buffer.alloc(length)
      const ours = run([...OURS, "--keyed", "sizes/1"], input)
      const theirs = run([...THEIRS, "--keyed", "sizes/1"], input)
      expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout])
    }
  })
})
