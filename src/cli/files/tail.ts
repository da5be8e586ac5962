/**
 * What `pond tail` does: the last lines of contents, then what transactions add to them.
 *
 * Only the end of a content is read, and of what is added only the bytes that are new.
 */
import { Effect, Option, Stream } from "effect"
import type { ImportUnavailable } from "../../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../../tlogfs/index.ts"
import { WrongUsage } from "../failure.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { Following, type Show } from "./follow.ts"

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

/** Writes parts of several files, each below the path that was asked for. */
const titled = (paths: ReadonlyArray<string>, data: Show) => {
  let last: string | undefined
  let isEnded = true
  return (path: string): Show =>
    (bytes) =>
      Effect.suspend(() => {
        if (bytes.length === 0) return Effect.void
        const gap = last === undefined ? "" : isEnded ? "\n" : "\n\n"
        const title = paths.length === 1 || path === last ? "" : `${gap}==> ${escapeControls(path)} <==\n`
        last = path
        isEnded = bytes.at(-1) === LINE_FEED
        return title === "" ? data(bytes) : Effect.andThen(data(Buffer.from(title)), data(bytes))
      })
}

/** Follows names from the transaction after `txn` on; ends when all of them were removed and nothing took their names. */
const follow = (pond: PondInterface, txn: number, all: ReadonlyArray<Following>) => {
  let left = all
  return pond.changes(txn + 1).pipe(
    Stream.mapEffect(({ events, header }) =>
      Effect.gen(function* () {
        if (!left.some((one) => one.isTouchedBy(events))) return true
        const state = yield* pond.at(header.txn)
        const kept: Array<Following> = []
        for (const one of left) if (!one.isTouchedBy(events) || (yield* one.step(state, events))) kept.push(one)
        left = kept
        return left.length > 0
      })
    ),
    Stream.takeWhile((goesOn) => goesOn),
    Stream.runDrain
  )
}

/** Writes the ends of files, and follows them. */
export const run = Effect.fn("pond.tail")(function* (options: {
  readonly paths: ReadonlyArray<string>
  readonly lines: number
  readonly isFollowing: boolean
}) {
  const { isFollowing, lines } = options
  const paths = [...new Set(options.paths)]
  if (paths.length === 0) return yield* new WrongUsage({ problem: "PATH is missing", command: "pond tail" })
  const pond = yield* (yield* Session).pond
  const { data } = yield* Output
  const state = yield* pond.head
  // Of several files, those are left out that lie in an import which cannot be read.
  const among = <A, E, R>(path: string, found: Effect.Effect<A, E | ImportUnavailable, R>) =>
    paths.length === 1 ? Effect.asSome(found) : state.unlessLeftOut(path, found)
  const nodes = yield* Effect.forEach(paths, (path) => among(path, state.stat(path)))
  const showOf = titled(paths, data)
  const all: Array<Following> = []
  for (const [at, path] of paths.entries()) {
    const node = Option.getOrUndefined(nodes[at]!)
    if (node === undefined) continue
    const sizeBytes = node.content?.sizeBytes ?? 0
    const show = showOf(path)
    // What is no content is refused here, also when it has no bytes.
    const end = Effect.flatMap(startOfLast(state, path, sizeBytes, lines), (start) =>
      Stream.runForEach(state.read(path, { range: { start, end: sizeBytes } }), show)
    )
    if (Option.isNone(yield* among(path, end))) continue
    if (isFollowing) all.push(yield* Following.from(state, path, node, show))
  }
  if (isFollowing) yield* follow(pond, state.view.txn, all)
})
