/**
 * `pond run NAME verify`: reads every byte of the mirror, and with `--host` every byte of the host's files too.
 *
 * A sync may skip what cannot have changed, and compares a large file that grew at its ends only: this compares everything, and changes
 * nothing. What the host has more than the mirror is no difference: the next sync brings it.
 */
import { Effect, Schema, type Scope, Stream } from "effect"
import type { Undecodable } from "../../formats/decoders.ts"
import { type OpenTransaction, Transaction } from "../../tinyfs/index.ts"
import { defineCommand } from "../contract.ts"
import type { HostFailed, HostFiles } from "../host/files.ts"
import { type ChangedWhileRead, hashBeginnings, streamRange } from "./bytes.ts"
import type { LogfileConfig } from "./config.ts"
import { inventory, openListed, type Pair } from "./inventory.ts"
import type { Mirror } from "./mirror.ts"
import { uncompressedName } from "./names.ts"
import type { Shape } from "./plan.ts"
import { mirrorOf } from "./settings.ts"

const OUTCOMES = [
  "sound",
  "same",
  "behind",
  "differs",
  "accepted",
  "absent",
  "unreadable",
  "damaged",
  "pruned"
] as const

const VerifiedFile = Schema.Struct({
  name: Schema.String.annotate({ description: "Its name in the pond." }),
  host: Schema.NullOr(Schema.String).annotate({ description: "Name of the host's file that it was compared with." }),
  outcome: Schema.Literals(OUTCOMES).annotate({
    description: "sound: what the pond holds is what was stored; same, behind or differs: beside the host's file."
  }),
  size: Schema.Finite,
  hash: Schema.String,
  detail: Schema.NullOr(Schema.String)
})
type VerifiedFile = typeof VerifiedFile.Type

const VerifyReport = Schema.Struct({
  files: Schema.Array(VerifiedFile),
  unmirrored: Schema.Array(Schema.String).annotate({ description: "Files of the host that the mirror does not have." }),
  summary: Schema.Struct({ files: Schema.Finite, bytes: Schema.Finite, attention: Schema.Finite })
})

const ATTENTION: ReadonlySet<string> = new Set(["differs", "unreadable", "damaged"])

/** Whether everything that the pond holds of a file can be read: what is read is checked on the way (R4). */
const readOwn = Effect.fnUntraced(function* (transaction: OpenTransaction, path: string) {
  return yield* Stream.runDrain(transaction.read(path)).pipe(
    Effect.as(undefined),
    Effect.catchTags({
      Pruned: ({ message }) => Effect.succeed({ outcome: "pruned", detail: message } as const),
      Damaged: ({ message }) => Effect.succeed({ outcome: "damaged", detail: message } as const)
    })
  )
})

/** Hashes of a file of the host, or of what it decompresses to: of as many bytes as the mirror has, and of all. */
const hostShapes = Effect.fnUntraced(function* (
  mirror: Mirror,
  { known: { entry }, listed }: Pair,
  sizeBytes: number
): Effect.fn.Return<
  ReadonlyArray<Shape> | undefined,
  HostFailed | ChangedWhileRead | Undecodable,
  HostFiles | Scope.Scope
> {
  const bytes = yield* openListed(mirror, listed!)
  if (bytes === undefined) return undefined
  const raw = streamRange(bytes, 0, bytes.sizeBytes)
  const isPlain = uncompressedName(listed!.name) === entry.name
  const decode = isPlain ? mirror.decoderOf(listed!.name) : undefined
  const shapes: Array<Shape> = []
  const look = (shape: Shape): boolean => {
    shapes.push(shape)
    return false
  }
  yield* hashBeginnings<HostFailed | ChangedWhileRead | Undecodable>(
    decode === undefined ? raw : decode(raw),
    [sizeBytes],
    Number.MAX_SAFE_INTEGER,
    look
  )
  return shapes
})

const compareHost = Effect.fnUntraced(function* (mirror: Mirror, pair: Pair, own: Shape) {
  const { entry } = pair.known
  if (pair.listed === undefined) return { outcome: "absent", detail: null } as const
  const shapes = yield* Effect.scoped(hostShapes(mirror, pair, own.sizeBytes)).pipe(
    Effect.catch((error) => Effect.succeed({ why: error.message }))
  )
  if (shapes === undefined) return { outcome: "unreadable", detail: "it is not a file" } as const
  if ("why" in shapes) return { outcome: "unreadable", detail: shapes.why } as const
  const isBeginning = shapes.some((shape) => shape.sizeBytes === own.sizeBytes && shape.hash === own.hash)
  const all = shapes.at(-1)
  if (isBeginning) {
    const isSame = all?.sizeBytes === own.sizeBytes
    const detail = isSame ? null : `${all!.sizeBytes - own.sizeBytes} bytes to come`
    return { outcome: isSame ? "same" : "behind", detail } as const
  }
  const isAccepted = entry.keptHash !== undefined && all?.hash === entry.keptHash
  return { outcome: isAccepted ? "accepted" : "differs", detail: `the host has ${all?.sizeBytes ?? 0} bytes` } as const
})

const verifyOne = Effect.fnUntraced(function* (mirror: Mirror, pair: Pair, isHost: boolean) {
  const { entry, node } = pair.known
  const own: Shape = { sizeBytes: node.content?.sizeBytes ?? 0, hash: node.content?.hash ?? entry.hash }
  const problem = yield* readOwn(yield* Transaction, `${mirror.directory}/${entry.name}`)
  const isCompared = isHost && entry.kind !== "orphan"
  const found =
    problem ?? (isCompared ? yield* compareHost(mirror, pair, own) : ({ outcome: "sound", detail: null } as const))
  return {
    name: entry.name,
    host: isCompared ? (pair.listed?.name ?? null) : null,
    size: own.sizeBytes,
    hash: own.hash,
    ...found
  } satisfies VerifiedFile
})

/** `verify` of the factory `logfile`. */
export const verifyCommand = defineCommand<LogfileConfig>()({
  description: "Read every byte of the mirror; with --host compare it with the host's files, whole.",
  flags: {
    host: Schema.optionalKey(Schema.Boolean.annotate({ description: "Compare with the host's files." }))
  },
  isReading: true,
  report: VerifyReport,
  run: ({ config, flags: { host = false } }) =>
    Effect.gen(function* () {
      const mirror = mirrorOf(config)
      const { failures, pairs, unmirrored } = yield* inventory(mirror)
      const files = yield* Effect.forEach(pairs, (pair) => verifyOne(mirror, pair, host))
      const unreadable = host ? failures.map(({ code, directory }) => `${directory}: ${code}`) : []
      return {
        files,
        unmirrored: host ? [...unreadable, ...unmirrored.map(({ name }) => name)] : [],
        summary: {
          files: files.length,
          bytes: files.reduce((sum, { size }) => sum + size, 0),
          attention: files.filter(({ outcome }) => ATTENTION.has(outcome)).length + unreadable.length
        }
      }
    }),
  lines: ({ files, summary, unmirrored }) => {
    const told = files.filter(({ outcome }) => outcome !== "sound" && outcome !== "same")
    const width = Math.max(0, ...told.map(({ outcome }) => outcome.length))
    return [
      ...told.map(
        ({ detail, name, outcome }) => `${outcome.padEnd(width)}  ${name}${detail === null ? "" : `  (${detail})`}`
      ),
      ...unmirrored.map((name) => `not mirrored  ${name}`),
      `${summary.files} files, ${summary.bytes} bytes were read; ${summary.attention} need attention`
    ]
  },
  needsAttention: ({ summary }) => summary.attention > 0
})
