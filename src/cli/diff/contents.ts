/**
 * How two contents differ: by hash, and line by line where both are text that a person can read.
 */
import { isUtf8 } from "node:buffer"
import { Effect, Schema, TextDiff } from "effect"
import type { Snapshot } from "../../tlogfs/index.ts"
import { VersionMissing, WrongType } from "../../tinyfs/index.ts"
import { escapeControls } from "../fileName.ts"
import { formatSize } from "../text/units.ts"
import type { Point } from "./point.ts"

const Side = Schema.Struct({ path: Schema.String, version: Schema.Int, size: Schema.Int, hash: Schema.String })

/** What `pond diff A B --json` prints for two contents. */
export const ContentDiff = Schema.Struct({
  left: Side,
  right: Side,
  isSame: Schema.Boolean,
  diff: Schema.NullOr(Schema.String).annotate({
    description: "unified diff, where both are text of at most 1 MiB and differ; otherwise null"
  })
})
/** What `pond diff A B --json` prints for two contents. */
export type ContentDiff = typeof ContentDiff.Type

/** Larger texts are compared by their hashes alone. */
const TEXT_BYTES_MAX = 1024 * 1024

/** Texts that differ more are not compared to the last line: the work would grow with the square of their size. */
const EDITS_MAX = 2000

const sideOf = Effect.fnUntraced(function* (head: Snapshot, { path, version }: Extract<Point, { kind: "path" }>) {
  const node = yield* head.stat(path)
  const full = yield* head.pathOf(node.id).pipe(Effect.catchTag("NotFound", () => Effect.succeed(path)))
  const versions = yield* head.versions(path)
  const found = version === undefined ? versions.at(-1) : versions.find((one) => one.version === version)
  if (found !== undefined) return { path: full, version: found.version, size: found.sizeBytes, hash: found.hash }
  if (versions.length === 0) return yield* new WrongType({ path: full, type: node.type, needed: "a file with content" })
  return yield* new VersionMissing({ node: node.id, path: full, version: version ?? 0 })
})

const textOf = Effect.fnUntraced(function* (head: Snapshot, { path, version }: typeof Side.Type) {
  const bytes = yield* head.readBytes(path, { version })
  return isUtf8(bytes) && !bytes.includes(0) ? new TextDecoder().decode(bytes) : undefined
})

/** Compares two contents of a pond. */
export const diffContents = Effect.fn("cli.diffContents")(function* (
  head: Snapshot,
  before: Extract<Point, { kind: "path" }>,
  after: Extract<Point, { kind: "path" }>
) {
  const [left, right] = [yield* sideOf(head, before), yield* sideOf(head, after)]
  const isSame = left.hash === right.hash && left.size === right.size
  const isReadable = !isSame && Math.max(left.size, right.size) <= TEXT_BYTES_MAX
  const older = isReadable ? yield* textOf(head, left) : undefined
  const newer = isReadable ? yield* textOf(head, right) : undefined
  const files = { fromFile: `${left.path}@${left.version}`, toFile: `${right.path}@${right.version}` }
  const edits =
    older === undefined || newer === undefined ? null : TextDiff.lines(older, newer, { maxEdits: EDITS_MAX })
  const diff = edits === null ? null : TextDiff.unified(edits, files)
  const report: ContentDiff = { left, right, isSame, diff }
  return report
})

const named = ({ path, size, version }: typeof Side.Type): string => `${path}@${version} (${formatSize(size)})`

/** Returns the lines that people read. */
export const contentDiffLines = ({ diff, isSame, left, right }: ContentDiff): ReadonlyArray<string> => {
  if (isSame) return []
  if (diff === null) return [escapeControls(`${named(left)} and ${named(right)} differ`)]
  // Tabs belong to the text; everything else that a terminal would act on is escaped.
  return diff
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t").map(escapeControls).join("\t"))
}
