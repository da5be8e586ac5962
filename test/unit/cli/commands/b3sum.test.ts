import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { conflictIn } from "../../../../src/cli/commands/b3sum.ts"

const DEFAULTS = {
  files: ["file"],
  check: false,
  keyed: false,
  deriveKey: Option.none<string>(),
  length: Option.none<bigint>(),
  seek: 0n,
  raw: false,
  noNames: false,
  tag: false,
  quiet: false,
  numThreads: 0,
  noMmap: false
}

describe("conflictIn", () => {
  it.each([
    ["nothing", {}],
    ["--check --quiet --seek", { check: true, quiet: true, seek: 3n }],
    ["--keyed --raw --tag --no-names", { keyed: true, raw: true, tag: true, noNames: true }],
    ["--derive-key without a file", { deriveKey: Option.some(""), files: [] }],
    ["the last bytes of the output", { seek: 2n ** 64n - 33n }]
  ])("%s goes together", (_, options) => {
    expect(conflictIn({ ...DEFAULTS, ...options })).toBeUndefined()
  })

  it.each([
    [{ quiet: true }, "`--quiet` needs `--check`"],
    [{ check: true, length: Option.some(32n) }, "`--check` and `--length` do not go together"],
    [{ check: true, keyed: true }, "`--check` and `--keyed` do not go together"],
    [{ check: true, noNames: true }, "`--check` and `--no-names` do not go together"],
    [{ check: true, raw: true }, "`--check` and `--raw` do not go together"],
    [{ check: true, tag: true }, "`--check` and `--tag` do not go together"],
    [{ check: true, deriveKey: Option.some("x") }, "`--check` and `--derive-key` do not go together"],
    [{ keyed: true, deriveKey: Option.some("x") }, "`--keyed` and `--derive-key` do not go together"],
    [{ keyed: true, files: [] }, "`--keyed` reads the key from standard input and needs a FILE"],
    [{ deriveKey: Option.some("\udcff") }, "the context of `--derive-key` is not valid UTF-8"],
    [{ seek: 2n ** 64n - 32n }, "BLAKE3 gives 2^64 - 1 bytes of output: `--seek` lies too far"]
  ] as const)("%#: does not", (options, problem) => {
    expect(conflictIn({ ...DEFAULTS, ...options })).toBe(problem)
  })
})
