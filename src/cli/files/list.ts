/**
 * What `pond list` does.
 */
import { Effect, type Option, Schema, Stream } from "effect"
import { type Located, NODE_TYPES } from "../../tinyfs/index.ts"
import { stateAt } from "../at.ts"
import { escapeControls } from "../fileName.ts"
import { nothingMatches } from "../matches.ts"
import { presentAll } from "../present.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, formatSize, toSecond } from "../text/units.ts"

/** One line of `pond list --json`. */
export const ListEntry = Schema.Struct({
  path: Schema.String,
  type: Schema.Literals(NODE_TYPES),
  size: Schema.NullOr(Schema.Int).annotate({ description: "bytes of the content" }),
  version: Schema.NullOr(Schema.Int),
  hash: Schema.NullOr(Schema.String).annotate({ description: "BLAKE3 of the content, as b3sum prints it" }),
  txn: Schema.Int.annotate({ description: "the transaction that changed it last" }),
  time: Schema.String,
  target: Schema.NullOr(Schema.String).annotate({ description: "of a symlink" }),
  factory: Schema.NullOr(Schema.String).annotate({ description: "of an instance of a factory" })
})
/** One line of `pond list --json`. */
export type ListEntry = typeof ListEntry.Type

const entryOf = ({ node, path }: Located): ListEntry => ({
  path,
  type: node.type,
  size: node.content?.sizeBytes ?? null,
  version: node.content?.version ?? null,
  hash: node.content?.hash ?? null,
  txn: node.txn,
  time: exactTime(node.timeMicros),
  target: node.target ?? null,
  factory: node.factory ?? null
})

const isHidden = ({ node }: Located): boolean => node.name.startsWith(".")

const HAS_WILDCARD = /[*?[{]/u

const shownName = ({ factory, path, target, type }: ListEntry): string => {
  if (type === "dir") return `${path}/`
  if (target !== null) return `${path} -> ${target}`
  return factory === null ? path : `${path} (${factory})`
}

const longLines = (entries: ReadonlyArray<ListEntry>): ReadonlyArray<string> =>
  tableLines(
    ["left", "right", "right", "left", "left", "left"],
    entries.map((entry) => [
      entry.type,
      entry.size === null ? "-" : formatSize(entry.size),
      entry.version === null ? "-" : `v${entry.version}`,
      toSecond(entry.time),
      entry.hash === null ? "-" : entry.hash.slice(0, 12),
      shownName(entry)
    ])
  )

/** Lists what a pattern means. */
export const run = Effect.fn("pond.list")(function* (options: {
  readonly glob: string
  readonly isLong: boolean
  readonly isAll: boolean
  readonly at: Option.Option<string>
}) {
  const { at, glob, isAll, isLong } = options
  const state = yield* stateAt(at)
  const isPattern = HAS_WILDCARD.test(glob) && !(yield* state.exists(glob))
  const one = Effect.map(state.stat(glob, { isFollowing: false }), (node) => [{ path: glob, node }])
  const inside = Effect.map(state.list(glob), (all) => all.filter((found) => isAll || !isHidden(found)))
  const listed = isPattern ? yield* state.glob(glob) : yield* (yield* state.stat(glob)).type === "dir" ? inside : one
  if (isPattern && listed.length === 0) return yield* nothingMatches(glob)
  yield* presentAll(ListEntry, Stream.map(Stream.fromIterable(listed), entryOf), (entries) =>
    isLong ? longLines(entries) : entries.map((entry) => escapeControls(shownName(entry)))
  )
})
