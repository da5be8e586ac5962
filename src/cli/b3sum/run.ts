/**
 * What `pond b3sum` does: prints the checksums of its inputs, or checks files of checksums.
 *
 * Standard output and exit codes are those of b3sum 1.8, but that nothing stops at the first bad file (R10): a missing
 * file of checksums, or a line in it that is not text, is a failure like any other. Inputs are worked on a few at a time
 * and reported in order.
 */
import { Effect, Option, Result, Schema, Stream } from "effect"
import { HASH_BYTES } from "../../bao/constants.ts"
import { deriveKey } from "../../bao/derive.ts"
import { toHex } from "../../bao/hex.ts"
import { HASH, keyed } from "../../bao/mode.ts"
import type * as Bao from "../../bao/output.ts"
import { Pool } from "../../bao/pool.ts"
import { PartlyFailed } from "../failure.ts"
import { nameForDisplay } from "../fileName.ts"
import { Output } from "../output.ts"
import { standardInput } from "../standardInput.ts"
import type { Inputs } from "./input.ts"
import { InputFailed, makeInputs } from "./input.ts"
import type { BadLine } from "./line.ts"
import { frameOf, parseCheckLine } from "./line.ts"
import { splitLines } from "./lines.ts"
import { describeSystemError } from "./systemError.ts"

/** The flags and arguments of `pond b3sum`, after their combinations were checked. */
export interface Options {
  readonly files: ReadonlyArray<string>
  readonly check: boolean
  readonly keyed: boolean
  readonly deriveKey: Option.Option<string>
  readonly length: Option.Option<bigint>
  readonly seek: bigint
  readonly raw: boolean
  readonly noNames: boolean
  readonly tag: boolean
  readonly quiet: boolean
  readonly numThreads: number
}

/** Inputs worked on at the same time: enough to hide the waiting for small files. */
const CONCURRENCY = 4

/** Bytes of extended output made and written at a time. */
const PIECE_BYTES = 65536n

/** The key on standard input does not have 32 bytes. */
export class KeyLength extends Schema.TaggedError<KeyLength>()("KeyLength", {
  /** Bytes found; 33 stands for any larger number. */
  foundBytes: Schema.Int
}) {
  override get message(): string {
    const found = this.foundBytes > HASH_BYTES ? "more" : this.foundBytes
    return `expected ${HASH_BYTES} key bytes from standard input, found ${found}; --keyed reads the key there`
  }
}

/** Raw bytes of several inputs could not be told apart. */
export class OneInputOnly extends Schema.TaggedError<OneInputOnly>()("OneInputOnly", { inputs: Schema.Int }) {
  override get message(): string {
    return `--raw writes the bytes of one input, and ${this.inputs} are given; call it once for each`
  }
}

/** Runs the command. Fails when any input does, after all of them were worked on. */
export const run = Effect.fn("pond.b3sum")(function* (options: Options) {
  const files = options.files.length === 0 ? ["-"] : options.files
  if (options.raw && files.length > 1) return yield* new OneInputOnly({ inputs: files.length })
  const failures = yield* options.check ? checkAll(files, options) : printAll(files, options)
  if (failures > 0) return yield* new PartlyFailed({ failures })
}, Effect.scoped)

/** Threads beyond this many help no machine, and each takes 30 MB. */
const MOST_THREADS = 64

const makePool = ({ numThreads }: Options) =>
  Effect.acquireDisposable(
    Effect.sync(() => new Pool(numThreads > 0 ? { threads: Math.min(numThreads, MOST_THREADS) } : {}))
  )

const printAll = Effect.fnUntraced(function* (files: ReadonlyArray<string>, options: Options) {
  const inputs = yield* makeInputs(
    yield* modeOf(options),
    yield* makePool(options),
    options.keyed ? "Cannot open `-` in keyed mode" : undefined
  )
  const output = yield* Output
  let failures = 0
  yield* Stream.fromIterable(files).pipe(
    Stream.mapEffect((name) => Effect.map(Effect.result(inputs.hash(name)), (result) => ({ name, result })), {
      concurrency: CONCURRENCY
    }),
    Stream.runForEach(({ name, result }) => {
      if (Result.isSuccess(result)) return print(name, result.success, options)
      failures += 1
      return output.message(`pond b3sum: ${nameForDisplay(name)}: ${result.failure.problem}`)
    })
  )
  return failures
})

const modeOf = Effect.fnUntraced(function* (options: Options) {
  if (Option.isSome(options.deriveKey)) return deriveKey(options.deriveKey.value)
  return options.keyed ? keyed(yield* readKey()) : HASH
})

/** Reads the key from standard input: at most one byte more than a key has. */
const readKey = Effect.fnUntraced(function* () {
  const key = Buffer.alloc(HASH_BYTES + 1)
  let foundBytes = 0
  yield* standardInput.pipe(
    Stream.takeUntil((bytes) => {
      key.set(bytes.subarray(0, key.length - foundBytes), foundBytes)
      foundBytes = Math.min(key.length, foundBytes + bytes.length)
      return foundBytes === key.length
    }),
    Stream.runDrain,
    Effect.mapError((error) => {
      const problem = `cannot read the key from standard input: ${describeSystemError(error)}`
      return new InputFailed({ problem })
    })
  )
  if (foundBytes !== HASH_BYTES) return yield* new KeyLength({ foundBytes })
  return key.subarray(0, HASH_BYTES)
})

/** Writes what was asked of one output, in pieces: it may be long. */
const print = Effect.fnUntraced(function* (name: string, digest: Bao.Output, options: Options) {
  const output = yield* Output
  const lengthBytes = Option.getOrElse(options.length, () => BigInt(HASH_BYTES))
  const frame = options.noNames ? { before: "", after: "\n" } : frameOf(nameForDisplay(name), options.tag)
  let text = frame.before
  for (let at = 0n; at < lengthBytes; at += PIECE_BYTES) {
    const rest = lengthBytes - at
    const bytes = digest.read(options.seek + at, Number(rest < PIECE_BYTES ? rest : PIECE_BYTES))
    if (options.raw) {
      yield* output.data(bytes)
      continue
    }
    text += toHex(bytes)
    if (rest <= PIECE_BYTES) break
    yield* output.data(text)
    text = ""
  }
  if (!options.raw) yield* output.data(text + frame.after)
})

/** Checks the files that the files of checksums name. Returns how many lines and files of checksums failed. */
const checkAll = Effect.fnUntraced(function* (files: ReadonlyArray<string>, options: Options) {
  const output = yield* Output
  const pool = yield* makePool(options)
  const lists = yield* makeInputs(HASH, pool)
  const inputs = yield* makeInputs(HASH, pool, files.includes("-") ? "standard input holds the checksums" : undefined)
  let failedLists = 0
  let failedLines = 0
  for (const file of files) {
    yield* splitLines(lists.read(file)).pipe(
      Stream.mapEffect((line) => checkLine(line, inputs, options.seek), { concurrency: CONCURRENCY }),
      Stream.runForEach((report) => {
        if ("problem" in report || report.verdict !== "OK") failedLines += 1
        if ("problem" in report) return output.message(`pond b3sum: ${report.problem}`)
        if (report.verdict === "OK" && options.quiet) return Effect.void
        return output.data(`${report.shown}: ${report.verdict}\n`)
      }),
      Effect.catchTag("InputFailed", ({ problem }) => {
        failedLists += 1
        return output.message(`pond b3sum: ${nameForDisplay(file)}: ${problem}`)
      })
    )
  }
  if (failedLines > 0) {
    const plural = failedLines === 1 ? "" : "s"
    yield* output.message(`pond b3sum: WARNING: ${failedLines} computed checksum${plural} did NOT match`)
  }
  return failedLists + failedLines
})

/** What became of the file that a line of a file of checksums names. */
interface Verdict {
  readonly shown: string
  readonly verdict: "OK" | "FAILED" | `FAILED (${string})`
}

const checkLine = (line: string, inputs: Inputs, seek: bigint): Effect.Effect<Verdict | BadLine> => {
  const parsed = parseCheckLine(line)
  if ("problem" in parsed) return Effect.succeed(parsed)
  const { shown, name, hash } = parsed
  return Effect.match(inputs.hash(name), {
    onSuccess: (digest) => ({ shown, verdict: toHex(digest.read(seek, HASH_BYTES)) === hash ? "OK" : "FAILED" }),
    onFailure: ({ problem }) => ({ shown, verdict: `FAILED (${problem})` })
  })
}
