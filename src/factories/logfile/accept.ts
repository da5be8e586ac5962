/**
 * `pond run NAME accept FILE --keep | --take`: a person settles what a sync reports as `changed` (P10.5).
 *
 * `--keep`: the mirror is right. The host's file is not reported again while it stays as it is now: its hash is noted with the entry. `--take`:
 * the host is right. Its bytes become the next version; the ones before stay in the history. Both are events.
 */
import { Effect, Schema, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import { Transaction } from "../../tinyfs/index.ts"
import { defineCommand } from "../contract.ts"
import { type Bytes, streamRange } from "./bytes.ts"
import type { LogfileConfig } from "./config.ts"
import { notesOf } from "./entry.ts"
import { inventory, openListed, type Pair } from "./inventory.ts"
import type { Mirror } from "./mirror.ts"
import { uncompressedName } from "./names.ts"
import type { Shape } from "./plan.ts"
import { mirrorOf } from "./settings.ts"

/** There is nothing to accept about a file. */
export class NothingToAccept extends Schema.TaggedError<NothingToAccept>()("NothingToAccept", {
  fileName: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `there is nothing to accept about ${JSON.stringify(this.fileName)}: ${this.why}. \`status\` shows what the mirror holds`
  }
}

/** It was not said, or said twice, who is right. */
export class NotDecided extends Schema.TaggedError<NotDecided>()("NotDecided", { fileName: Schema.String }) {
  override get message(): string {
    return `say who is right about ${JSON.stringify(this.fileName)}: --keep (what the mirror holds) or --take (what the host has now)`
  }
}

const AcceptReport = Schema.Struct({
  file: Schema.String,
  path: Schema.String,
  decision: Schema.Literals(["keep", "take"]),
  size: Schema.Finite.annotate({ description: "Size in the pond afterwards." }),
  hash: Schema.String.annotate({ description: "BLAKE3 of its bytes in the pond afterwards, hex." }),
  hostHash: Schema.String.annotate({ description: "BLAKE3 of the host's file as it is now, hex." })
})

/** Streams through a hasher, which tells the shape at the end. */
const hashed = <E>(stream: Stream.Stream<Uint8Array, E>, hasher: Hasher): Stream.Stream<Uint8Array, E> =>
  Stream.map(stream, (chunk) => {
    hasher.update(chunk)
    return chunk
  })

const shapeOf = (hasher: Hasher): Shape => ({ sizeBytes: hasher.sizeBytes, hash: toHex(hasher.root()) })

const keep = Effect.fnUntraced(function* (mirror: Mirror, { known: { entry } }: Pair, bytes: Bytes) {
  const hasher = new Hasher()
  yield* Stream.runDrain(hashed(streamRange(bytes, 0, bytes.sizeBytes), hasher))
  const host = shapeOf(hasher)
  if (host.hash === entry.hash)
    return yield* new NothingToAccept({ fileName: entry.name, why: "the mirror and the host agree" })
  const path = `${mirror.directory}/${entry.name}`
  yield* (yield* Transaction).setAttributes(path, notesOf({ ...entry, keptHash: host.hash }))
  return { size: entry.sizeBytes, hash: entry.hash, hostHash: host.hash }
})

const take = Effect.fnUntraced(function* (mirror: Mirror, { known: { entry }, listed }: Pair, bytes: Bytes) {
  const transaction = yield* Transaction
  const path = `${mirror.directory}/${entry.name}`
  const raw = new Hasher()
  const plain = new Hasher()
  const stream = hashed(streamRange(bytes, 0, bytes.sizeBytes), raw)
  const decode = uncompressedName(listed!.name) === entry.name ? mirror.decoderOf(listed!.name) : undefined
  yield* transaction.write(path, hashed(decode === undefined ? stream : decode(stream), plain))
  const shape = shapeOf(plain)
  const { keptHash: _, ...known } = entry
  yield* transaction.setAttributes(path, notesOf({ ...known, host: listed!.name, ...shape }))
  return { size: shape.sizeBytes, hash: shape.hash, hostHash: shapeOf(raw).hash }
})

/** The entry that a person means, by its name on either side. */
const find = Effect.fnUntraced(function* (mirror: Mirror, fileName: string) {
  const { pairs } = yield* inventory(mirror)
  const pair =
    pairs.find(({ listed }) => listed?.name === fileName) ?? pairs.find(({ known }) => known.entry.name === fileName)
  if (pair === undefined) return yield* new NothingToAccept({ fileName, why: "the mirror has no such file" })
  const { entry } = pair.known
  if (entry.kind !== "archive" || entry.isEdited) {
    const what = entry.isEdited
      ? "it was edited in the pond, and the next sync restores the host's bytes"
      : `an ${entry.kind} file is never in dispute`
    return yield* new NothingToAccept({ fileName, why: what })
  }
  if (pair.listed === undefined) return yield* new NothingToAccept({ fileName, why: "the host does not have it" })
  return pair
})

/** `accept` of the factory `logfile`. */
export const acceptCommand = defineCommand<LogfileConfig>()({
  description: "Settle what a sync reports as changed: keep the mirror's bytes, or take the host's.",
  flags: {
    file: Schema.NonEmptyString.annotate({ description: "Name of the file, as the sync reports it." }),
    keep: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "The mirror is right: do not report the host's file again as it is now." })
    ),
    take: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "The host is right: its bytes become a new version." })
    )
  },
  operands: ["file"],
  report: AcceptReport,
  run: ({ config, flags: { file, keep: isKeeping = false, take: isTaking = false } }) =>
    Effect.gen(function* () {
      if (isKeeping === isTaking) return yield* new NotDecided({ fileName: file })
      const mirror = mirrorOf(config)
      const pair = yield* find(mirror, file)
      const bytes = yield* openListed(mirror, pair.listed!)
      if (bytes === undefined)
        return yield* new NothingToAccept({ fileName: file, why: "what the host has is no file" })
      const done = yield* isKeeping ? keep(mirror, pair, bytes) : take(mirror, pair, bytes)
      const path = `${mirror.directory}/${pair.known.entry.name}`
      return { file, path, decision: isKeeping ? ("keep" as const) : ("take" as const), ...done }
    }).pipe(Effect.scoped),
  lines: ({ decision, file, path, size }) => [
    decision === "keep"
      ? `${path} stays as it is; the host's ${file} is not reported again while it stays as it is now`
      : `${path} now has the host's ${size} bytes as its newest version; what it was before stays in its history`
  ]
})
