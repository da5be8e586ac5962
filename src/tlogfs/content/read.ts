/**
 * Reading contents verified: every group is checked against the hash before a byte of it leaves (R4).
 *
 * A span is read in windows that end at multiples of 1 MiB; several are fetched and decompressed at once while one is verified, and each
 * is verified from the root down by itself. Memory is that of some windows, whatever the size. Damage fails the stream with the bytes it
 * concerns, after everything before it was given; other spans stay readable.
 */
import { Effect, Stream } from "effect"
import {
  fromHex,
  GROUP_BYTES,
  hash,
  type HashTree,
  postOf,
  RangeOutside,
  run,
  sameHash,
  subtreeCv,
  VerificationFailed,
  verifyRange
} from "../../bao/index.ts"
import { pairAt } from "../../bao/outboard.ts"
import { Walk } from "../../bao/walk.ts"
import type { Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import { damageOf, whyOf } from "./failure.ts"
import { fetchPieces, piecesIn, unpackPieces } from "./fetch.ts"
import type { Span } from "./seekable.ts"
import type { ReadFailure, StoredContent } from "./stored.ts"
import { treeOf } from "./tree.ts"

/** Bytes that are fetched and verified together: what the hash kernel takes in one go, and a frame of a blob. */
export const WINDOW_BYTES = 1024 * 1024

/** Windows that are fetched at once, from a store at hand and from one whose requests take time. */
const WINDOWS_LOCAL = 6
const WINDOWS_REMOTE = 12

/** A part of the span that is asked for, and the whole groups around it, which are what can be verified. */
interface Window extends Span {
  readonly groups: Span
}

/** What a window came to: sound bytes, up to a failure if there is one. */
interface Outcome {
  readonly sound: ReadonlyArray<Uint8Array>
  readonly failure?: ReadFailure | Pruned
}

function* windowsOf(sizeBytes: number, span: Span): Generator<Window> {
  let { start } = span
  do {
    const end = Math.min(span.end, (Math.floor(start / WINDOW_BYTES) + 1) * WINDOW_BYTES)
    const groups = {
      start: Math.floor(start / GROUP_BYTES) * GROUP_BYTES,
      end: Math.min(sizeBytes, Math.ceil(end / GROUP_BYTES) * GROUP_BYTES)
    }
    yield { start, end, groups }
    start = end
  } while (start < span.end)
}

/**
 * Whether the bytes of a window are right, by the tree above them: `cvOf` gives the chaining values of the largest subtrees that lie in
 * it. `false` also where a pair above is wrong.
 */
const isRight = (tree: HashTree, { groups }: Window, cvOf: (subtree: Span) => Uint8Array): boolean => {
  const from = groups.start / GROUP_BYTES
  const to = Math.ceil(groups.end / GROUP_BYTES)
  const walk = new Walk(tree, GROUP_BYTES, from, to)
  try {
    for (let node = walk.node; node !== undefined; node = walk.node) {
      const subtree = walk.spanOf(node)
      if (subtree.start >= groups.start && subtree.end <= groups.end) walk.leaf(cvOf(subtree))
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

/** Reads bytes of a content, by default all; the span must lie in it. Chunks have at most 1 MiB, and must not be changed. */
export const readContent = (
  reader: BlobReader,
  content: StoredContent,
  span: Span = { start: 0, end: content.sizeBytes }
): Stream.Stream<Uint8Array, ReadFailure | Pruned> => {
  const { sizeBytes } = content
  const { end, start } = span
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > sizeBytes) {
    return Stream.die(new RangeOutside(start, end, sizeBytes))
  }
  if (start === end && sizeBytes > 0) return Stream.empty
  return Stream.suspend(() => {
    const tree = treeOf(reader, content)
    const root = fromHex(content.hash)
    // Reading on: short reads are served from the frames that were kept.
    const isLong = end - start > WINDOW_BYTES

    const sound = Effect.fnUntraced(function* (window: Window, bytes: Uint8Array, isSound: boolean) {
      if (!isSound) return soundPart(content, yield* tree.over(window.groups), window, bytes)
      const start = window.start - window.groups.start
      return { sound: [bytes.subarray(start, start + window.end - window.start)] }
    })

    const fetchWindow = Effect.fnUntraced(function* (window: Window): Effect.fn.Return<Outcome, Pruned | ReadFailure> {
      const { groups } = window
      const pieces = yield* piecesIn(content, groups)
      const isSubtree = isLong && (groups.end - groups.start === WINDOW_BYTES || groups.end === sizeBytes)
      const unpacked = isSubtree
        ? yield* unpackPieces(reader, content.identity, pieces, {
            wantsBytes: true,
            wantsPairs: false,
            aheadBytes: end - window.end
          })
        : undefined
      if (unpacked !== undefined) {
        const { bytes, cv } = unpacked
        return yield* sound(
          window,
          bytes,
          isRight(yield* tree.above(groups), window, () => cv)
        )
      }
      const bytes = yield* fetchPieces(reader, content.identity, pieces)
      // Of a content that is read whole only the hash is needed.
      if (bytes.length === sizeBytes) return yield* sound(window, bytes, sameHash(hash(bytes), root))
      const cvOf = ({ end, start }: Span) => subtreeCv(bytes.subarray(start - groups.start, end - groups.start), start)
      return yield* sound(window, bytes, isRight(yield* tree.above(groups), window, cvOf))
    })

    // A window that fails waits for those before it.
    const readWindow = (window: Window): Effect.Effect<Outcome> =>
      fetchWindow(window).pipe(Effect.catch((failure) => Effect.succeed({ sound: [], failure })))

    const concurrency = reader.store.capabilities.remote ? WINDOWS_REMOTE : WINDOWS_LOCAL
    return Stream.fromIterable(windowsOf(sizeBytes, span), { chunkSize: 1 }).pipe(
      Stream.mapEffect(readWindow, { concurrency }),
      Stream.flatMap(({ failure, sound }) => {
        const bytes = Stream.fromArray(sound.filter(({ length }) => length > 0))
        return failure === undefined ? bytes : Stream.concat(bytes, Stream.fail(failure))
      })
    )
  })
}
