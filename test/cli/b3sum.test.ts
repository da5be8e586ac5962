/**
 * `pond b3sum` as scripts use it. The expected bytes are those of b3sum 1.8.7; `test/interop` compares with the real one.
 */
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Ran } from "../support/pond.ts"
import { Folder, pond, shell } from "../support/pond.ts"

const HELLO = "8e4c7c1b99dbfd50e7a95185fead5ee1448fa904a2fdd778eaf5f2dbfd629a99"
const EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
const ZEROS = "4138bbf3a1c73be7244bf4b160a15a7ce87b33bada45d0779a1a470122c1fbe5"
const LARGE = "72f882f1b5dd958d1b163829c126e1b02e876ea671ce0198bacbdbbf83b16e4d"
const X = "3ae7d805f6789a6402acb70ad4096a85a56bf6804eaf25c0493ac697548d30b5"
const ODD = ["new\nline", "back\\slash", "cr\rcr", "-", "--tag", "yes", "1", " lead", "två", "a  b", ") = "]

const folder = new Folder()
const cwd = folder.path

beforeAll(() => {
  writeFileSync(join(cwd, "hello"), "hello\n")
  writeFileSync(join(cwd, "empty"), "")
  writeFileSync(join(cwd, "zeros"), new Uint8Array(20_000))
  writeFileSync(join(cwd, "large zeros"), new Uint8Array(3_000_000))
  mkdirSync(join(cwd, "directory"))
  symlinkSync("loop", join(cwd, "loop"))
  mkdirSync(join(cwd, "odd"))
  for (const name of ODD) writeFileSync(join(cwd, "odd", name), "x")
})
afterAll(() => folder[Symbol.dispose]())

const told = ({ code, stdout, stderr }: Ran) => [code, stdout.toString(), stderr]
const b3sum = (...args: ReadonlyArray<string>) => told(pond(["b3sum", ...args], { cwd }))
const b3sumOf = (input: string | Uint8Array, ...args: ReadonlyArray<string>) =>
  told(pond(["b3sum", ...args], { cwd, input }))

describe("pond b3sum", () => {
  it("prints hash and name of each file, in their order", () => {
    const lines = [`${ZEROS}  zeros`, `${HELLO}  hello`, `${LARGE}  large zeros`, `${EMPTY}  empty`, `${HELLO}  hello`]
    expect(b3sum("zeros", "hello", "large zeros", "empty", "hello")).toEqual([0, `${lines.join("\n")}\n`, ""])
  })

  it("reads standard input where no file or - is named, to its end, once", () => {
    expect(b3sumOf("hello\n")).toEqual([0, `${HELLO}  -\n`, ""])
    expect(b3sumOf("hello\n", "empty", "-", "-")).toEqual([0, `${EMPTY}  empty\n${HELLO}  -\n${EMPTY}  -\n`, ""])
    expect(told(shell("pond b3sum < 'large zeros'", { cwd }))).toEqual([0, `${LARGE}  -\n`, ""])
    expect(told(shell("cat 'large zeros' | pond b3sum", { cwd }))).toEqual([0, `${LARGE}  -\n`, ""])
    expect(told(shell("pond b3sum < .", { cwd }))).toEqual([1, "", "pond b3sum: -: Is a directory (os error 21)\n"])
  })

  it("reads pipes and devices", () => {
    expect(told(shell("pond b3sum --no-names <(echo hello) /dev/null", { cwd }))).toEqual([
      0,
      `${HELLO}\n${EMPTY}\n`,
      ""
    ])
  })

  it("hashes files that are large enough for several threads", () => {
    writeFileSync(join(cwd, "sparse"), "")
    truncateSync(join(cwd, "sparse"), 300_000_000)
    const line = "0b3aa816c9f17f0bea59a475a8c35c136f9fbda7b4067eac84a4c9bb033b6ee9  sparse\n"
    expect(b3sum("sparse", "sparse")).toEqual([0, line + line, ""])
  })

  it("goes on after a bad file, and exits 1", () => {
    const [code, stdout, stderr] = b3sum("missing", "directory", "hello", "loop", "hello/x", "")
    expect([code, stdout]).toEqual([1, `${HELLO}  hello\n`])
    expect(stderr).toBe(
      [
        "pond b3sum: missing: No such file or directory (os error 2)",
        "pond b3sum: directory: Is a directory (os error 21)",
        "pond b3sum: loop: Too many levels of symbolic links (os error 40)",
        "pond b3sum: hello/x: Not a directory (os error 20)",
        "pond b3sum: : No such file or directory (os error 2)\n"
      ].join("\n")
    )
  })

  it("shows control characters of a bad name as escapes", () => {
    expect(b3sum("\u001b[2Jx")[2]).toBe("pond b3sum: \\u001b[2Jx: No such file or directory (os error 2)\n")
  })

  it("escapes names in its lines, and takes names after -- as they are", () => {
    const names = ["new\nline", "back\\slash", "cr\rcr", "--tag", "yes", "1"]
    const ran = pond(["b3sum", "--no-mmap", "--", ...names], { cwd: join(cwd, "odd") })
    const lines = [
      `\\${X}  new\\nline`,
      `\\${X}  back\\\\slash`,
      `\\${X}  cr\\rcr`,
      `${X}  --tag`,
      `${X}  yes`,
      `${X}  1`
    ]
    expect(told(ran)).toEqual([0, `${lines.join("\n")}\n`, ""])
  })

  it("never takes a file for the value of a flag", () => {
    const ran = pond(["b3sum", "--no-names", "yes", "--no-mmap", "1"], { cwd: join(cwd, "odd") })
    expect(told(ran)).toEqual([0, `${X}\n${X}\n`, ""])
  })

  it("prints names that are not UTF-8 as b3sum does, and reads them", () => {
    const script = `printf x > $'\\xffa\\xf0\\x9f\\x98b'; pond b3sum $'\\xffa\\xf0\\x9f\\x98b' $'./\\xff'`
    expect(told(shell(script, { cwd }))).toEqual([
      1,
      `${X}  \ufffda\ufffdb\n`,
      "pond b3sum: ./\ufffd: No such file or directory (os error 2)\n"
    ])
  })

  it.each([
    [["--tag", "hello"], `BLAKE3 (hello) = ${HELLO}\n`],
    [["--tag", "odd/new\nline"], `\\BLAKE3 (odd/new\\nline) = ${X}\n`],
    [["--no-names", "hello", "empty"], `${HELLO}\n${EMPTY}\n`],
    [["-l", "5", "hello"], "8e4c7c1b99  hello\n"],
    [["-l5", "hello"], "8e4c7c1b99  hello\n"],
    [["--length=0", "hello"], "  hello\n"],
    [["--seek", "60", "-l=10", "hello"], "739f2bbaa91378455283  hello\n"],
    [["--raw", "-l", "4", "hello"], "\u008eL|\u001b"],
    [
      ["--derive-key", "pond example", "hello"],
      "ed70b3c3c00890520d7e1bace93906606e3aac0e87edb794e9c0b4584f64d31e  hello\n"
    ],
    [["--num-threads", "1", "large zeros"], `${LARGE}  large zeros\n`]
  ])("%j", (args, stdout) => {
    const ran = pond(["b3sum", ...args], { cwd })
    expect([ran.code, ran.stdout.toString(args.includes("--raw") ? "latin1" : "utf8"), ran.stderr]).toEqual([
      0,
      stdout,
      ""
    ])
  })

  it("writes long output in bounded pieces that fit together", () => {
    const whole = pond(["b3sum", "--raw", "-l", "200000", "hello"], { cwd }).stdout
    const part = pond(["b3sum", "--no-names", "--seek", "131000", "-l", "69000", "hello"], { cwd }).stdout
    expect(whole.length).toBe(200_000)
    expect(part.toString()).toBe(`${whole.subarray(131_000).toString("hex")}\n`)
  })

  it("takes a key of 32 bytes from standard input, no shorter and no longer", () => {
    const keyed = "20e5080b9cb324879a52bf5c28400a8245453a970906f28f9959f44703f96274  hello\n"
    expect(b3sumOf("k".repeat(32), "--keyed", "hello")).toEqual([0, keyed, ""])
    expect(b3sumOf("k".repeat(31), "--keyed", "hello")).toEqual([
      1,
      "",
      "pond: expected 32 key bytes from standard input, found 31; --keyed reads the key there\n"
    ])
    expect(b3sumOf("k".repeat(100_000), "--keyed", "hello")[2]).toContain("found more")
    expect(b3sumOf("k".repeat(32), "--keyed", "-", "hello")).toEqual([
      1,
      keyed,
      "pond b3sum: -: Cannot open `-` in keyed mode\n"
    ])
    expect(b3sumOf("", "--keyed")[0]).toBe(2)
  })

  it("refuses raw output of several inputs with exit code 1, as b3sum does", () => {
    expect(b3sum("--raw", "hello", "empty")).toEqual([
      1,
      "",
      "pond: --raw writes the bytes of one input, and 2 are given; call it once for each\n"
    ])
  })

  it("takes more names than a shell's * is likely to give", () => {
    const ran = pond(["b3sum", "--no-names", ...Array.from({ length: 150_000 }, () => "1")], {
      cwd: join(cwd, "odd")
    })
    expect([ran.code, ran.stdout.length, ran.stderr]).toEqual([0, 150_000 * 65, ""])
  })
})

describe("pond b3sum --check", () => {
  const warning = (count: number) =>
    `pond b3sum: WARNING: ${count} computed checksum${count === 1 ? "" : "s"} did NOT match\n`

  it("tells of each file whether it is as it should be", () => {
    const sums = `${HELLO}  hello\n${EMPTY}  zeros\n${HELLO}  missing\nBLAKE3 (empty) = ${EMPTY}`
    const report = "hello: OK\nzeros: FAILED\nmissing: FAILED (No such file or directory (os error 2))\nempty: OK\n"
    expect(b3sumOf(sums, "--check")).toEqual([1, report, warning(2)])
    writeFileSync(join(cwd, "sums"), sums)
    expect(b3sum("-c", "sums", "sums")).toEqual([1, report + report, warning(4)])
    expect(b3sum("-c", "--quiet", "sums")).toEqual([1, report.replaceAll(/.*: OK\n/g, ""), warning(2)])
  })

  it("reads the lines that it prints, whatever the names", () => {
    for (const style of ["--no-mmap", "--tag"]) {
      const names = ODD.map((name) => (name === "-" ? "./-" : name))
      const sums = pond(["b3sum", style, "--", ...names], { cwd: join(cwd, "odd") })
      const checked = pond(["b3sum", "--check"], { cwd: join(cwd, "odd"), input: sums.stdout })
      expect([checked.code, checked.stderr]).toEqual([0, ""])
      expect(checked.stdout.toString().split(": OK\n").length - 1).toBe(ODD.length)
    }
  })

  it("refuses lines that could mean another file, and goes on", () => {
    const lines = [
      "",
      "nonsense",
      `${HELLO} hello`,
      `${HELLO.toUpperCase()}  hello`,
      `${HELLO.slice(1)}  hello`,
      `${HELLO}  `,
      `${HELLO}  \0`,
      `${HELLO}  h\ufffdllo`,
      `\\${HELLO}  h\\ello`,
      `${HELLO}  hello\r`
    ]
    expect(b3sumOf(lines.join("\n"), "-c")).toEqual([
      1,
      "hello: OK\n",
      [
        "pond b3sum: Empty line",
        "pond b3sum: Invalid check line format",
        "pond b3sum: Invalid check line format",
        "pond b3sum: Invalid hex",
        "pond b3sum: Invalid hash length",
        "pond b3sum: empty file path",
        "pond b3sum: Null character in path",
        "pond b3sum: Unicode replacement character in path",
        "pond b3sum: Invalid backslash escape",
        warning(9)
      ].join("\n")
    ])
  })

  it("goes on after lines that are not text or endless, and after missing files of checksums", () => {
    const input = Buffer.concat([
      Buffer.from([0x66, 0xff, 0x0a]),
      Buffer.alloc(3_000_000, "x"),
      Buffer.from(`\n${HELLO}  hello\n`)
    ])
    expect(b3sumOf(input, "-c", "missing", "-", "directory")).toEqual([
      1,
      "hello: OK\n",
      [
        "pond b3sum: missing: No such file or directory (os error 2)",
        "pond b3sum: stream did not contain valid UTF-8",
        "pond b3sum: Invalid check line format",
        "pond b3sum: directory: Is a directory (os error 21)",
        warning(2)
      ].join("\n")
    ])
  })

  it("can check standard input itself, but not while it holds the checksums", () => {
    writeFileSync(join(cwd, "dash"), `${HELLO}  -\n`)
    expect(b3sumOf("hello\n", "-c", "dash")).toEqual([0, "-: OK\n", ""])
    expect(b3sumOf(`${HELLO}  -\n`, "-c")[1]).toBe("-: FAILED (standard input holds the checksums)\n")
  })
})
