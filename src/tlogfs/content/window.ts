/**
 * Reading one window of a content, verified from the root of its hash tree down (R4): sound bytes, up to a failure if there is one.
 */
import { Effect } from "effect"
import {
  fromHex,
  GROUP_BYTES,
  hash,
  type HashTree,
  postOf,
  run,
  sameHash,
  subtreeCv,
  VerificationFailed,
  verifyRange
} from "../../bao/index.ts"
import { pairAt } from "../../bao/outboard.ts"
import { Walk } from "../../bao/walk.ts"
import type { Pruned } from "../../tinyfs/index.ts"
import { fetchByExtent, runsOf } from "./beside.ts"
import type { BlobReader } from "./blob-reader.ts"
import { damageOf, whyOf } from "./failure.ts"
import { fetchPieces, piecesIn, unpackPieces } from "./fetch.ts"
import { handOver } from "./handed.ts"
import type { Span } from "./seekable.ts"
import type { ReadFailure, StoredContent } from "./stored.ts"
import { type ContentTree, treeOf } from "./tree.ts"

/** Bytes that are fetched and verified together: what the hash kernel takes in one go, and a frame of a blob. */
export const WINDOW_BYTES = 1024 * 1024

/** A part of the span that is asked for, and the whole groups around it, which are what can be verified. */
export interface Window extends Span {
  readonly groups: Span
}

/** What a window came to: sound bytes, up to a failure if there is one. */
export interface Outcome {
  readonly sound: ReadonlyArray<Uint8Array>
  readonly failure?: ReadFailure | Pruned
}

/** Windows that are fetched together where requests are cheap: then each costs this thread the same, however many they are. */
export const STRIDE_WINDOWS = 4

/** Where a window of a span ends that begins at `start`: where one of 1 MiB ends, or some later one if there are but whole ones. */
const endOf = (sizeBytes: number, span: Span, start: number, most: number): number => {
  const one = Math.min(span.end, (Math.floor(start / WINDOW_BYTES) + 1) * WINDOW_BYTES)
  if (start % WINDOW_BYTES !== 0) return one
  const end = Math.min(span.end, start + most * WINDOW_BYTES)
  return end === sizeBytes ? end : Math.max(one, end - (end % WINDOW_BYTES))
}

/** The windows of a span of a content. They end at multiples of 1 MiB, and have at most `most` MiB. */
export function* windowsOf(sizeBytes: number, span: Span, most = 1): Generator<Window> {
  let { start } = span
  do {
    const end = endOf(sizeBytes, span, start, most)
    const groups = {
      start: Math.floor(start / GROUP_BYTES) * GROUP_BYTES,
      end: Math.min(sizeBytes, Math.ceil(end / GROUP_BYTES) * GROUP_BYTES)
    }
    yield { start, end, groups }
    start = end
  } while (start < span.end)
}

/**
 * Whether the bytes of a window are right, by the tree above them: `cvOf` gives the chaining values of the largest subtrees of at most 1 MiB
 * that lie in it. `false` also where a pair above is wrong.
 */
const isRight = (tree: HashTree, { groups }: Window, cvOf: (subtree: Span) => Uint8Array): boolean => {
  const from = groups.start / GROUP_BYTES
  const to = Math.ceil(groups.end / GROUP_BYTES)
  const walk = new Walk(tree, GROUP_BYTES, from, to)
  try {
    for (let node = walk.node; node !== undefined; node = walk.node) {
      const subtree = walk.spanOf(node)
      const isInside = subtree.start >= groups.start && subtree.end <= groups.end
      if (isInside && subtree.end - subtree.start <= WINDOW_BYTES) walk.leaf(cvOf(subtree))
      else walk.open(pairAt(tree, postOf(node)))
    }
    return true
  } catch (error) {
    if (error instanceof VerificationFailed) return false
    throw error
  }
}

/** Checks the bytes of a window that is not right group by group: what comes before the damage is sound. */
const soundPart = ({ identity }: StoredContent, tree: HashTree, window: Window, bytes: Uint8Array): Outcome => {
  const sound: Array<Uint8Array> = []
  const at = (position: number): number => position - window.groups.start
  try {
    const steps = verifyRange(tree, window.start, window.end)
    for (const part of run(steps, (start, end) => bytes.subarray(at(start), at(end)))) sound.push(part)
    return { sound }
  } catch (error) {
    if (error instanceof VerificationFailed) return { sound, failure: damageOf(identity, error, whyOf(error)) }
    throw error
  }
}

/** Reads windows of a span of one content. */
export class WindowReader {
  readonly #reader: BlobReader
  readonly #content: StoredContent
  readonly #tree: ContentTree
  readonly #root: Uint8Array
  readonly #span: Span

  constructor(reader: BlobReader, content: StoredContent, span: Span) {
    this.#reader = reader
    this.#content = content
    this.#tree = treeOf(reader, content)
    this.#root = fromHex(content.hash)
    this.#span = span
  }

  /** Reads a window. Chunks have at most 1 MiB. */
  read(window: Window): Effect.Effect<Outcome> {
    if (window.end - window.start <= WINDOW_BYTES) return this.#readOne(window)
    return this.#unpacked(window).pipe(
      // Bytes that lie otherwise, or that something is wrong with, are read MiB by MiB: what comes before the failure is sound.
      Effect.catch(() => Effect.undefined),
      Effect.flatMap((sound) => (sound === undefined ? this.#readEach(window) : Effect.succeed({ sound })))
    )
  }

  #readOne(window: Window): Effect.Effect<Outcome> {
    return this.#fetch(window).pipe(
      Effect.catchTag("Pruned", () => this.#aroundPruned(window)),
      Effect.catch((failure) => Effect.succeed({ sound: [], failure }))
    )
  }

  #readEach(window: Window): Effect.Effect<Outcome> {
    return Effect.gen({ self: this }, function* () {
      const all: Array<Uint8Array> = []
      for (const one of windowsOf(this.#content.sizeBytes, window)) {
        const { failure, sound } = yield* this.#readOne(one)
        all.push(...sound)
        if (failure !== undefined) return { sound: all, failure }
      }
      return { sound: all }
    })
  }

  /** What other threads make of a window that consists of whole subtrees of 1 MiB; `undefined` when it does not, or is not right. */
  #unpacked(window: Window): Effect.Effect<ReadonlyArray<Uint8Array> | undefined, ReadFailure> {
    return Effect.gen({ self: this }, function* () {
      const { identity, sizeBytes } = this.#content
      const { end, groups } = window
      const isAligned = groups.start === window.start && groups.start % WINDOW_BYTES === 0
      const isWhole = groups.end % WINDOW_BYTES === 0 || groups.end === sizeBytes
      if (!isAligned || !isWhole || end !== groups.end) return undefined
      const pieces = yield* piecesIn(this.#content, groups)
      const wanted = { wantsBytes: true, wantsPairs: false, aheadBytes: this.#span.end - end }
      const parts = yield* unpackPieces(this.#reader, identity, pieces, wanted)
      if (parts === undefined) return undefined
      const cvOf = ({ start }: Span) => parts[(start - groups.start) / WINDOW_BYTES]!.cv
      return isRight(yield* this.#tree.above(groups), window, cvOf) ? handOver(parts) : undefined
    })
  }

  #fetch(window: Window): Effect.Effect<Outcome, Pruned | ReadFailure> {
    return Effect.gen({ self: this }, function* () {
      const { identity, sizeBytes } = this.#content
      const { groups } = window
      // Short reads are served from the frames that were kept.
      const isLong = this.#span.end - this.#span.start > WINDOW_BYTES
      const unpacked = isLong ? yield* this.#unpacked(window) : undefined
      if (unpacked !== undefined) return { sound: unpacked }
      const bytes = yield* fetchPieces(this.#reader, identity, yield* piecesIn(this.#content, groups))
      // Of a content that is read whole only the hash is needed.
      if (bytes.length === sizeBytes) return yield* this.#sound(window, bytes, sameHash(hash(bytes), this.#root))
      const cvOf = ({ end, start }: Span) => subtreeCv(bytes.subarray(start - groups.start, end - groups.start), start)
      return yield* this.#sound(window, bytes, isRight(yield* this.#tree.above(groups), window, cvOf))
    })
  }

  #sound(window: Window, bytes: Uint8Array, isSound: boolean): Effect.Effect<Outcome, ReadFailure> {
    if (!isSound) {
      return Effect.map(this.#tree.over(window.groups), (tree) => soundPart(this.#content, tree, window, bytes))
    }
    const start = window.start - window.groups.start
    return Effect.succeed({ sound: [bytes.subarray(start, start + window.end - window.start)] })
  }

  /** Reads a window with pruned bytes: groups that have none by the tree, what is left of the others by its extents. */
  #aroundPruned(window: Window): Effect.Effect<Outcome> {
    const sound: Array<Uint8Array> = []
    const reading = Effect.gen({ self: this }, function* () {
      const pieces = yield* piecesIn(this.#content, window.groups)
      for (const { isPruned, ...groups } of runsOf(window.groups, pieces)) {
        const part = { start: Math.max(window.start, groups.start), end: Math.min(window.end, groups.end) }
        if (part.start >= part.end) continue
        if (!isPruned) {
          const outcome = yield* this.#fetch({ ...part, groups })
          sound.push(...outcome.sound)
          if (outcome.failure !== undefined) return yield* outcome.failure
          continue
        }
        for (const piece of yield* piecesIn(this.#content, part)) {
          sound.push(yield* fetchByExtent(this.#reader, this.#content.identity, piece))
        }
      }
    })
    return Effect.match(reading, { onFailure: (failure) => ({ sound, failure }), onSuccess: () => ({ sound }) })
  }
}
