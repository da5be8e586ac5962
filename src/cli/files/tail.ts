/**
 * What `pond tail` does: the last lines of a content, then what transactions add to it.
 *
 * Only the end of a content is read, and of what is added only the bytes that are new.
 */
import { Effect, Option, Stream } from "effect"
import type { Node } from "../../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../../tlogfs/index.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"

/** Bytes that are looked through at once for the beginnings of lines. */
const STEP_BYTES = 64 * 1024

const LINE_FEED = 0x0a

/** Where the last `lines` lines of a content of so many bytes begin; what follows the last line feed counts as a line. */
const startOfLast = Effect.fnUntraced(function* (state: Snapshot, path: string, sizeBytes: number, lines: number) {
  if (lines === 0) return sizeBytes
  let found = 0
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - STEP_BYTES)
    const bytes = yield* state.readBytes(path, { range: { start, end } })
    for (let at = bytes.length - 1; at >= 0; at--) {
      if (bytes[at] !== LINE_FEED || start + at === sizeBytes - 1) continue
      found += 1
      if (found === lines) return start + at + 1
    }
    end = start
  }
  return 0
})

/** What is followed: a node, by the path that was asked for, and how much of it was written. */
interface Followed {
  readonly path: string
  node: Node
  shownBytes: number
}

/** Writes what a node has more than was shown; all of it where it was written anew. */
const showMore = Effect.fnUntraced(function* (state: Snapshot, followed: Followed, node: Node, isAnew: boolean) {
  const { data, message } = yield* Output
  const path = yield* state.pathOf(node.id)
  if (isAnew && followed.shownBytes > 0) {
    yield* message(`pond: ${followed.path} was written anew: version ${node.content?.version ?? 0} follows whole`)
    followed.shownBytes = 0
  }
  const end = node.content?.sizeBytes ?? 0
  yield* Stream.runForEach(state.read(path, { range: { start: followed.shownBytes, end } }), data)
  followed.node = node
  followed.shownBytes = end
})

/** Goes on with another node that took the name. */
const showNext = Effect.fnUntraced(function* (state: Snapshot, followed: Followed) {
  const next = Option.getOrUndefined(yield* state.find(followed.path))
  if (next === undefined || next.id === followed.node.id || next.type === "dir") return false
  const { message } = yield* Output
  yield* message(`pond: ${followed.path} is another file now, and follows from its beginning`)
  followed.shownBytes = 0
  yield* showMore(state, followed, next, false)
  return true
})

/** Follows a node from the transaction after `txn` on; ends when it is removed and nothing took its name. */
const follow = (pond: PondInterface, txn: number, followed: Followed) =>
  pond.changes(txn + 1).pipe(
    Stream.mapEffect(({ events, header }) =>
      Effect.gen(function* () {
        const own = events.filter(({ node }) => node.id === followed.node.id)
        const newest = own.at(-1)
        const name = followed.path.split("/").at(-1)
        if (newest === undefined && !events.some(({ node }) => node.name === name)) return true
        const state = yield* pond.at(header.txn)
        const isGone = newest?.kind === "removed"
        if (newest !== undefined && !isGone) {
          const isAnew = own.some(({ kind }) => kind === "written") && newest.node.content?.version !== 1
          yield* showMore(state, followed, newest.node, isAnew)
        }
        if ((yield* showNext(state, followed)) || !isGone) return true
        yield* (yield* Output).message(`pond: ${followed.path} was removed`)
        return false
      })
    ),
    Stream.takeWhile((goesOn) => goesOn),
    Stream.runDrain
  )

/** Writes the end of a file, and follows it. */
export const run = Effect.fn("pond.tail")(function* (options: {
  readonly path: string
  readonly lines: number
  readonly isFollowing: boolean
}) {
  const { isFollowing, lines, path } = options
  const pond = yield* (yield* Session).pond
  const { data } = yield* Output
  const state = yield* pond.head
  const node = yield* state.stat(path)
  const sizeBytes = node.content?.sizeBytes ?? 0
  // What is no content is refused here, also when it has no bytes.
  const start = yield* startOfLast(state, path, sizeBytes, lines)
  yield* Stream.runForEach(state.read(path, { range: { start, end: sizeBytes } }), data)
  if (isFollowing) yield* follow(pond, state.view.txn, { path, node, shownBytes: sizeBytes })
})
