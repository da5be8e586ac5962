/**
 * Storing bytes in a transaction: one writer of a node at a time, in memory that does not grow with the size.
 *
 * The bytes are staged first and become a change at the end, when all of them came: a stream that fails or is
 * interrupted changes nothing.
 */
import { Effect, type Scope, Stream } from "effect"
import type { AlreadyExists, Pruned, WriterConflict, WrongType } from "./errors.ts"
import type { TimeBounds } from "./event.ts"
import type { Node } from "./node.ts"
import type { Overlay } from "./overlay.ts"
import { type Contents, type ReadError, type Slot, slotKey, type Staged, type StageMode } from "./persistence.ts"
import type { PathError } from "./resolve.ts"

/** Bytes to be stored, at once or as they come. */
export type Bytes<E = never, R = never> = Uint8Array | Stream.Stream<Uint8Array, E, R>

/** What writing contents can fail with, beyond what its stream can. */
export type WriteError = PathError | AlreadyExists | WrongType | WriterConflict | Pruned

/** What may be said about bytes that are written. */
export interface WriteOptions {
  /**
   * Bounds of the event times in the bytes. Those that no pond can hold (not whole, or before 1684 or after 2255) count
   * as not known.
   */
  readonly times?: TimeBounds | undefined
}

/** Where bytes go. */
export interface Target {
  readonly path: string
  readonly slot: Slot
  readonly mode: StageMode
  /** The node that is there; none when it is to be made. */
  readonly before: Node | undefined
  readonly times: TimeBounds | undefined
}

/** The bounds, if they can be held exactly: half of them would be untrue, and rounding cannot be undone. */
export const exact = (times: TimeBounds | undefined): TimeBounds | undefined =>
  times !== undefined && Number.isSafeInteger(times.minMicros) && Number.isSafeInteger(times.maxMicros)
    ? times
    : undefined

const isSame = ({ content }: Node, mode: StageMode, staged: Staged): boolean =>
  mode === "append"
    ? content?.sizeBytes === staged.content.sizeBytes
    : content?.hash === staged.content.hash && content.sizeBytes === staged.content.sizeBytes

/**
 * Stages bytes for a target and makes them its content, unless it has them already. `settle` finds or makes the node
 * when all bytes have come, and calls what it is given with it.
 */
export const storeContent = Effect.fnUntraced(function* <E, R>(
  overlay: Overlay,
  contents: Contents,
  { before, mode, path, slot, times }: Target,
  bytes: Bytes<E, R>,
  settle: (store: (node: Node) => Node) => Effect.Effect<Node, WriteError>
): Effect.fn.Return<Node, WriteError | E, R | Scope.Scope> {
  yield* overlay.writing(before?.id ?? slotKey(slot.parentId, slot.name), path)
  // A file goes on from what is below the transaction: what the transaction wrote into it before was never a version.
  const base = before === undefined ? undefined : mode === "replace" ? overlay.origin(before) : overlay.current(before)
  const staged = before === undefined || mode === "replace" ? undefined : overlay.stagedOf(before)
  const writer = yield* contents.open(mode, base?.content === undefined ? undefined : base, staged)
  yield* bytes instanceof Uint8Array ? writer.write(bytes) : Stream.runForEach(bytes, (chunk) => writer.write(chunk))
  const finished = yield* writer.finish
  return yield* settle((node) =>
    isSame(node, mode, finished) ? node : overlay.store(node, finished, mode !== "replace", exact(times))
  )
}, Effect.scoped)

/** Bytes that a transaction holds ready for a series: `give` makes them its content. What is never given leaves nothing. */
export interface StagedSeries {
  readonly staged: Staged
  /** The series that they belong to; none when it is yet to be made. */
  readonly series: Node | undefined
  /** Whether they go on from what the series holds; otherwise they take its place. */
  readonly isAddition: boolean
}

/** Stores bytes that no node has yet; `before` is what the transaction stored for the series. */
export const stageSeries = Effect.fnUntraced(function* <E, R>(
  contents: Contents,
  bytes: Bytes<E, R>,
  { isAddition, series }: Pick<StagedSeries, "isAddition" | "series">,
  before: Staged | undefined
): Effect.fn.Return<StagedSeries, ReadError | Pruned | E, R | Scope.Scope> {
  const base = series?.content === undefined ? undefined : series
  const writer = yield* contents.open(isAddition ? "append" : "replace", base, isAddition ? before : undefined)
  yield* bytes instanceof Uint8Array ? writer.write(bytes) : Stream.runForEach(bytes, (chunk) => writer.write(chunk))
  return { staged: yield* writer.finish, series, isAddition }
}, Effect.scoped)

/** Whether a series is as it was when bytes were staged for it. */
export const isAsStaged = ({ series }: StagedSeries, now: Node): boolean =>
  series?.id === now.id &&
  series.content?.version === now.content?.version &&
  series.content?.hash === now.content?.hash
