/**
 * What `pond diff` does: two states of the pond are compared by path, two files by content.
 */
import { Effect, Stream } from "effect"
import { present, presentAll } from "../present.ts"
import { Session } from "../session.ts"
import { Change, changeLines, changesBetween } from "./changes.ts"
import { ContentDiff, contentDiffLines, diffContents } from "./contents.ts"
import { NotComparable, parsePoint, snapshotAt } from "./point.ts"

/** Runs the command on the two sides as they were typed. */
export const run = Effect.fn("pond.diff")(function* (left: string, right: string) {
  const pond = yield* (yield* Session).pond
  const before = parsePoint(left)
  const after = parsePoint(right)
  if (before.kind === "path" && after.kind === "path") {
    const report = yield* diffContents(yield* pond.head, before, after)
    return yield* present(ContentDiff, report, contentDiffLines)
  }
  if (before.kind === "path" || after.kind === "path") return yield* new NotComparable({ left, right })
  const changes = yield* changesBetween(pond, yield* snapshotAt(pond, before), yield* snapshotAt(pond, after))
  yield* presentAll(Change, Stream.fromIterable(changes), changeLines)
})
