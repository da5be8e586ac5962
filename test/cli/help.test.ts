/**
 * Help, version and wrong usage: the first things that a person meets.
 */
import { describe, expect, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { pond } from "../support/pond.ts"

const text = (ran: { readonly stdout: Buffer }): string => ran.stdout.toString()

describe("pond --help", () => {
  it("teaches what there is, on standard output", () => {
    const ran = pond(["--help"])
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    // The page itself is part of docs/cli.md, which is compared with what the program says.
    for (const part of ["GLOBAL FLAGS", "--pond URL", "Files:", "  list, ls ", "History:", "pond copy --help"]) {
      expect(text(ran)).toContain(part)
    }
    expect(text(pond(["-h"]))).toBe(text(ran))
  })

  it("shows every flag of a command, with examples", () => {
    const ran = pond(["b3sum", "--help"])
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(text(ran)).toMatchInlineSnapshot(`
      "DESCRIPTION
        Print or check BLAKE3 checksums: a drop-in for b3sum, on all cores.

      USAGE
        pond b3sum [flags] [<FILE...>]

      ARGUMENTS
        FILE...     Files to hash, or with --check files of checksums; none or - is standard input (optional)

      FLAGS
        --check, -c             Read checksums from the FILEs and check the files they name
        --keyed                 Keyed mode: read the key, exactly 32 bytes, from standard input
        --derive-key CONTEXT    Key derivation mode, with this context string
        --length, -l BYTES      Bytes of output, before hexadecimal encoding (32)
        --seek BYTES            First byte of the output to print (0)
        --raw                   Write the bytes themselves instead of hexadecimal; only one input
        --no-names              Leave out the names
        --tag                   Write BSD-style lines: BLAKE3 (FILE) = HASH
        --quiet                 With --check, say nothing about files that are as they should be
        --num-threads NUMBER    Most threads for large files; 0 is as many as help
        --no-mmap               Accepted for b3sum's sake; Pond never maps files into memory

      EXAMPLES
        # One line per file: hash and name
        pond b3sum disk.img notes.txt

        # Standard input, of any length
        tar c photos | pond b3sum

        # Write checksums, check them later
        pond b3sum *.log > SUMS && pond b3sum --check SUMS

        # A keyed hash (MAC), the key on standard input
        pond b3sum --keyed backup.tar < secret.key

        # More than 32 bytes of output, not in hexadecimal
        pond b3sum --length 64 --raw seed > stream
      "
    `)
  })

  it("is shown on standard error, as wrong usage, when no command is given", () => {
    const ran = pond([])
    expect([ran.code, text(ran)]).toEqual([2, ""])
    expect(ran.stderr).toBe(text(pond(["--help"])))
  })

  it("is what `pond help` shows, and `pond version` the version", () => {
    expect(text(pond(["help", "mv"]))).toBe(text(pond(["mv", "--help"])))
    expect(text(pond(["version"]))).toBe(text(pond(["--version"])))
  })

  it("has no colours in a pipe", () => {
    expect(text(pond(["--help"], { env: { FORCE_COLOR: "1" } }))).not.toContain("\u001b")
  })
})

describe("pond --version", () => {
  it.each([["--version"], ["-V"], ["b3sum", "--version"]])("%s %s", (...args) => {
    const ran = pond(args)
    expect([ran.code, text(ran), ran.stderr]).toEqual([0, `pond ${manifest.version}\n`, ""])
  })
})

describe("wrong usage", () => {
  it.each([
    [["b3sun"], "pond: `b3sun` is not a command of pond: did you mean `b3sum`?; see `pond --help`\n"],
    [["frobnicate"], "pond: `frobnicate` is not a command of pond; see `pond --help`\n"],
    [["--verison"], "pond: pond has no flag `--verison`: did you mean `--version`?; see `pond --help`\n"],
    [
      ["b3sum", "--chekc", "x"],
      "pond: pond b3sum has no flag `--chekc`: did you mean `--check`?; see `pond b3sum --help`\n"
    ],
    [["b3sum", "--length"], "pond: the flag `--length` needs a value: BYTES; see `pond b3sum --help`\n"],
    [
      ["b3sum", "--length", "1e3", "x"],
      'pond: "1e3" is not a value for `--length`: a number of bytes from 0 to 2^64 - 1 is needed; see `pond b3sum --help`\n'
    ],
    [["b3sum", "--no-\u001b[31mred"], "pond: pond b3sum has no flag `--no-\\u001b[31mred`; see `pond b3sum --help`\n"],
    [["-v"], "pond: pond has no flag `-v`: did you mean `-V`?; see `pond --help`\n"],
    [
      ["init", "here"],
      'pond: too many arguments, from "here" on: did you mean `pond --pond here init`, which makes one there?; see `pond init --help`\n'
    ],
    [["show", "abc"], 'pond: "abc" is not a value for `TXN`: a number is needed; see `pond show --help`\n'],
    [
      ["completions", "bahs"],
      'pond: "bahs" is not a value for `SHELL`: it is one of bash, zsh, fish; did you mean `bash`?; see `pond completions --help`\n'
    ],
    [["run", "logs", "--pond"], "pond: the flag `--pond` needs a value: URL; see `pond run --help`\n"],
    [["ls", "--long=5"], 'pond: "5" is not a value for `--long`: true or false is needed; see `pond list --help`\n'],
    [["b3sum", "--quiet", "x"], "pond: `--quiet` needs `--check`; see `pond b3sum --help`\n"],
    [["b3sum", "-c", "--tag", "x"], "pond: `--check` and `--tag` do not go together; see `pond b3sum --help`\n"]
  ])("%j is one line and exit code 2", (args, line) => {
    const ran = pond(args)
    expect([ran.code, text(ran), ran.stderr]).toEqual([2, "", line])
  })
})
