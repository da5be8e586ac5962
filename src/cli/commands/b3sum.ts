/**
 * `pond b3sum`: its grammar and help. What it does is in `../b3sum/`, loaded when it runs.
 */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { WrongUsage } from "../failure.ts"
import { operands, toggle } from "../grammar.ts"

const UINT64_MAX = 2n ** 64n - 1n

/** A count of bytes from 0 to 2^64 - 1. */
const bytes = (name: string) =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(
      (text) => {
        const value = /^\+?[0-9]+$/.test(text) ? BigInt(text.replace("+", "")) : -1n
        if (value < 0n || value > UINT64_MAX) throw new Error("a number of bytes from 0 to 2^64 - 1 is needed")
        return value
      },
      (error) => (error instanceof Error ? error.message : String(error))
    ),
    Flag.withMetavar("BYTES")
  )

const config = {
  files: operands("FILE", "Files to hash, or with --check files of checksums; none or - is standard input"),
  check: toggle("check", "Read checksums from the FILEs and check the files they name").pipe(Flag.withAlias("c")),
  keyed: toggle("keyed", "Keyed mode: read the key, exactly 32 bytes, from standard input"),
  deriveKey: Flag.String("derive-key").pipe(
    Flag.withDescription("Key derivation mode, with this context string"),
    Flag.withMetavar("CONTEXT"),
    Flag.optional
  ),
  length: bytes("length").pipe(
    Flag.withAlias("l"),
    Flag.withDescription("Bytes of output, before hexadecimal encoding (32)"),
    Flag.optional
  ),
  seek: bytes("seek").pipe(Flag.withDescription("First byte of the output to print (0)"), Flag.withDefault(0n)),
  raw: toggle("raw", "Write the bytes themselves instead of hexadecimal; only one input"),
  noNames: toggle("no-names", "Leave out the names"),
  tag: toggle("tag", "Write BSD-style lines: BLAKE3 (FILE) = HASH"),
  quiet: toggle("quiet", "With --check, say nothing about files that are as they should be"),
  numThreads: Flag.Int("num-threads").pipe(
    Flag.withDescription("Most threads for large files; 0 is as many as help"),
    Flag.withMetavar("NUMBER"),
    Flag.filter(
      (threads) => threads >= 0,
      (threads) => `a number of threads cannot be ${threads}`
    ),
    Flag.withDefault(0)
  ),
  noMmap: toggle("no-mmap", "Accepted for b3sum's sake; Pond never maps files into memory")
}

type Options = Command.Command.Config.Infer<typeof config>

/** Returns what is wrong with a combination of flags, if anything is: the combinations that b3sum refuses. */
export const conflictIn = (options: Omit<Options, "numThreads" | "noMmap" | "quiet"> & { readonly quiet: boolean }) => {
  const deriving = Option.isSome(options.deriveKey)
  const notWithCheck = {
    "--derive-key": deriving,
    "--keyed": options.keyed,
    "--length": Option.isSome(options.length),
    "--raw": options.raw,
    "--tag": options.tag,
    "--no-names": options.noNames
  }
  const conflict = Object.entries(notWithCheck).find(([, given]) => given)
  if (options.check && conflict) return `\`--check\` and \`${conflict[0]}\` do not go together`
  if (options.keyed && deriving) return "`--keyed` and `--derive-key` do not go together"
  if (options.keyed && options.files.length === 0) return "`--keyed` reads the key from standard input and needs a FILE"
  if (options.quiet && !options.check) return "`--quiet` needs `--check`"
  if (deriving && !options.deriveKey.value.isWellFormed()) return "the context of `--derive-key` is not valid UTF-8"
  const lengthBytes = Option.getOrElse(options.length, () => 32n)
  if (options.seek + lengthBytes > UINT64_MAX) return "BLAKE3 gives 2^64 - 1 bytes of output: `--seek` lies too far"
  return undefined
}

/** `pond b3sum`: prints and checks BLAKE3 checksums, with the output and the exit codes of b3sum. */
export const b3sum = Command.make("b3sum", config, (options) =>
  Effect.gen(function* () {
    const problem = conflictIn(options)
    if (problem !== undefined) return yield* new WrongUsage({ problem, command: "pond b3sum" })
    const { run } = yield* Effect.promise(() => import("../b3sum/run.ts"))
    return yield* run(options)
  })
).pipe(
  Command.withDescription("Print or check BLAKE3 checksums: a drop-in for b3sum, on all cores."),
  Command.withExamples([
    { command: "pond b3sum disk.img notes.txt", description: "One line per file: hash and name" },
    { command: "tar c photos | pond b3sum", description: "Standard input, of any length" },
    { command: "pond b3sum *.log > SUMS && pond b3sum --check SUMS", description: "Write checksums, check them later" },
    {
      command: "pond b3sum --keyed backup.tar < secret.key",
      description: "A keyed hash (MAC), the key on standard input"
    },
    {
      command: "pond b3sum --length 64 --raw seed > stream",
      description: "More than 32 bytes of output, not in hexadecimal"
    }
  ])
)
