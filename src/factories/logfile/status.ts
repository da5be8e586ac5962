/**
 * `pond run NAME status`: what the mirror holds, and how far it is behind the host, from sizes alone: nothing is read.
 */
import { Effect, Schema } from "effect"
import { defineCommand } from "../contract.ts"
import type { LogfileConfig } from "./config.ts"
import { inventory, openListed, type Pair } from "./inventory.ts"
import type { Listed } from "./listing.ts"
import type { Mirror } from "./mirror.ts"
import { mirrorOf } from "./settings.ts"

const STATES = ["mirrored", "behind", "differs", "accepted", "edited", "absent", "orphan", "new", "unreadable"] as const

const FileStatus = Schema.Struct({
  name: Schema.String.annotate({
    description: "Its name in the pond; of a file that is not mirrored yet, on the host."
  }),
  kind: Schema.NullOr(Schema.String).annotate({ description: "active, archive or orphan; null: not mirrored." }),
  state: Schema.Literals(STATES).annotate({
    description:
      "mirrored, behind (the host has more), differs (the host has less), accepted, edited in the pond, absent on the host, …"
  }),
  size: Schema.NullOr(Schema.Finite).annotate({ description: "Size in the pond." }),
  hash: Schema.NullOr(Schema.String).annotate({ description: "BLAKE3 of its bytes in the pond, hex." }),
  host: Schema.NullOr(Schema.String).annotate({ description: "Name of the host's file." }),
  hostSize: Schema.NullOr(Schema.Finite),
  detail: Schema.NullOr(Schema.String)
})
type FileStatus = typeof FileStatus.Type

const StatusReport = Schema.Struct({
  directory: Schema.String.annotate({ description: "The mirror's directory in the pond." }),
  files: Schema.Array(FileStatus),
  failures: Schema.Array(Schema.Struct({ directory: Schema.String, code: Schema.String })),
  bytes: Schema.Finite.annotate({ description: "Bytes that the mirror holds." }),
  behind: Schema.Finite.annotate({ description: "Bytes that the host has and the mirror has not." })
})
type StatusReport = typeof StatusReport.Type

/** Size of a file of the host, or why it cannot be told. */
const hostSize = (mirror: Mirror, listed: Listed) =>
  Effect.scoped(
    Effect.map(openListed(mirror, listed), (bytes) => ({ size: bytes?.sizeBytes, why: "not a file" }))
  ).pipe(Effect.catch(({ code }) => Effect.succeed({ size: undefined, why: code })))

const statusOf = Effect.fnUntraced(function* (mirror: Mirror, { known: { entry, node }, listed }: Pair) {
  const common = {
    name: entry.name,
    kind: entry.kind,
    size: node.content?.sizeBytes ?? 0,
    hash: node.content?.hash ?? entry.hash,
    host: entry.host,
    hostSize: null,
    detail: null
  }
  if (entry.kind === "orphan") return { ...common, state: "orphan" } satisfies FileStatus
  if (entry.isEdited) return { ...common, state: "edited" } satisfies FileStatus
  if (listed === undefined) return { ...common, state: "absent" } satisfies FileStatus
  const { size, why } = yield* hostSize(mirror, listed)
  if (size === undefined) return { ...common, state: "unreadable", detail: why } satisfies FileStatus
  const found = { ...common, host: listed.name, hostSize: size }
  // The size of a compressed file tells nothing about what is in it.
  if (entry.keptHash !== undefined) return { ...found, state: "accepted" } satisfies FileStatus
  if (listed.name !== entry.name) return { ...found, state: "mirrored", detail: "compressed" } satisfies FileStatus
  const state = size === entry.sizeBytes ? "mirrored" : size > entry.sizeBytes ? "behind" : "differs"
  return { ...found, state } satisfies FileStatus
})

const newStatus = Effect.fnUntraced(function* (mirror: Mirror, listed: Listed) {
  const { size, why } = yield* hostSize(mirror, listed)
  return {
    name: listed.name,
    kind: null,
    state: size === undefined ? "unreadable" : "new",
    size: null,
    hash: null,
    host: listed.name,
    hostSize: size ?? null,
    detail: size === undefined ? why : null
  } satisfies FileStatus
})

const missing = ({ hostSize, size, state }: FileStatus): number =>
  state === "behind" || state === "new" ? (hostSize ?? 0) - (size ?? 0) : 0

const linesOf = ({ behind, bytes, directory, failures, files }: StatusReport): ReadonlyArray<string> => {
  const widest = (text: (file: FileStatus) => string): number => Math.max(0, ...files.map((file) => text(file).length))
  const size = (file: FileStatus): string => String(file.size ?? "-")
  const widths = { state: widest(({ state }) => state), size: widest(size) }
  return [
    ...failures.map((failure) => `${failure.directory}: ${failure.code}`),
    ...files.map((file) => {
      const more = missing(file) > 0 ? `  ${missing(file)} bytes to come` : ""
      const detail = file.detail === null ? "" : `  (${file.detail})`
      return `${file.state.padEnd(widths.state)}  ${size(file).padStart(widths.size)}  ${file.name}${more}${detail}`
    }),
    `${directory}: ${files.filter(({ kind }) => kind !== null).length} files, ${bytes} bytes; ${behind} bytes behind the host`
  ]
}

/** `status` of the factory `logfile`. */
export const statusCommand = defineCommand<LogfileConfig>()({
  description: "Show what the mirror holds, and how far it is behind; reads no contents.",
  flags: {},
  isReading: true,
  report: StatusReport,
  run: ({ config }) =>
    Effect.gen(function* () {
      const mirror = mirrorOf(config)
      const { failures, pairs, unmirrored } = yield* inventory(mirror)
      const files: ReadonlyArray<FileStatus> = [
        ...(yield* Effect.forEach(pairs, (pair) => statusOf(mirror, pair))),
        ...(yield* Effect.forEach(unmirrored, (listed) => newStatus(mirror, listed)))
      ]
      return {
        directory: mirror.directory,
        files,
        failures,
        bytes: files.reduce((sum, { size }) => sum + (size ?? 0), 0),
        behind: files.reduce((sum, file) => sum + missing(file), 0)
      }
    }),
  lines: linesOf
})
