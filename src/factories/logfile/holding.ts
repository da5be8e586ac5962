/**
 * Whose bytes a file begins with, and storing what follows them.
 *
 * When a file is read it is not known yet whose bytes it holds: that depends on files that come later. So it is compared with every entry
 * that may turn out to be its own, and what follows the largest one that it starts with is stored right then. Everything before is in the
 * pond already, hash for hash: whatever the policy decides, no byte must be read from the host again.
 */
import { Effect, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { OpenTransaction, Pruned, ReadError, StagedSeries } from "../../tinyfs/index.ts"
import { ChangedWhileRead, hashBeginnings } from "./bytes.ts"
import type { EventTimeField } from "./event-times.ts"
import { type Known, readNode } from "./known.ts"
import type { Shape } from "./plan.ts"
import { beginTiming, type Timing } from "./timing.ts"

/** What a file holds, while the transaction is open: an entry's bytes, and what was stored behind them. */
export interface Held {
  readonly shape: Shape
  readonly base: Known | undefined
  /** None when the file is just its base. */
  readonly staged: StagedSeries | undefined
  /** The times in what was stored. */
  readonly timing?: Timing
}

/** Where files are held. */
export interface HoldingPlace {
  readonly transaction: OpenTransaction
  /** The field of their lines whose times become the bounds of versions. */
  readonly eventTime?: EventTimeField | undefined
}

/** Bytes of a host file, its own or decompressed: those from a position on, to another or to the end, as often as they are asked for. */
export interface Source<E> {
  readonly path: string
  /** How many there are, where that is known before they were read. */
  readonly sizeBytes?: number
  readonly from: (start: number, end?: number) => Stream.Stream<Uint8Array, E>
}

/** What a file may begin with: the entry whose file it is by name, and those that may have lost theirs. */
export interface Claimants {
  readonly own: Known | undefined
  /** Whether it is likely that the file begins with its own entry: no other can claim it then. */
  readonly isOwnLikely: boolean
  readonly seekers: ReadonlySet<Known>
}

/** What a file was found to begin with. */
export interface Beginning {
  /** The entries that it starts with. */
  readonly starts: ReadonlyArray<Known>
  /** The one to go on from: its own, or the largest. */
  readonly base: Known | undefined
  /** The bytes that were hashed to find that out. */
  readonly hashed: Shape
}

const NOT_HASHED: Shape = { sizeBytes: 0, hash: "" }

/** With more that may claim a file than so many, it is compared with its own entry first: a hash for each of many sizes takes its time. */
const FEW_SEEKERS = 32

/** Compares a file with those that may claim it. Its own entry ends the search; `isWhole` reads on to the end all the same. */
export const compare = Effect.fnUntraced(function* <E>(
  source: Source<E>,
  claimants: Claimants,
  isWhole: boolean
): Effect.fn.Return<Beginning, E> {
  const { isOwnLikely, own, seekers } = claimants
  // Every file starts with an empty entry: there is nothing to compare.
  if (own?.entry.sizeBytes === 0 && !isWhole) return { starts: [], base: own, hashed: NOT_HASHED }
  if (isOwnLikely && own !== undefined && own.entry.sizeBytes > 0 && seekers.size > FEW_SEEKERS) {
    const found = yield* compareWith(source, { own, seekers: new Set() }, isWhole)
    if (found.base === own) return found
  }
  return yield* compareWith(source, claimants, isWhole)
})

/** Compares a file with all that may claim it in one pass. */
const compareWith = Effect.fnUntraced(function* <E>(
  source: Source<E>,
  { own, seekers }: Pick<Claimants, "own" | "seekers">,
  isWhole: boolean
): Effect.fn.Return<Beginning, E> {
  const compared = [...new Set([...(own === undefined ? [] : [own]), ...seekers])].filter(
    ({ entry }) => entry.sizeBytes > 0 && entry.sizeBytes <= (source.sizeBytes ?? Number.MAX_SAFE_INTEGER)
  )
  const starts: Array<Known> = []
  let base: Known | undefined
  let hashed = NOT_HASHED
  const sizes = [...new Set(compared.map(({ entry }) => entry.sizeBytes))].toSorted((left, right) => left - right)
  if (sizes.length === 0 && !isWhole) return { starts, base, hashed }
  const end = isWhole ? Number.MAX_SAFE_INTEGER : sizes.at(-1)!
  yield* hashBeginnings(source.from(0, isWhole ? undefined : end), sizes, end, (shape) => {
    hashed = shape
    for (const known of compared) {
      if (known.entry.sizeBytes !== shape.sizeBytes || known.entry.hash !== shape.hash) continue
      starts.push(known)
      if (base === undefined || base !== own) base = known
    }
    return !isWhole && base !== undefined && base === own
  })
  return { starts, base: own?.entry.sizeBytes === 0 ? own : base, hashed }
})

/** Stores what follows an entry's bytes. */
export const holdAfter = Effect.fnUntraced(function* <E>(
  { eventTime, transaction }: HoldingPlace,
  source: Source<E>,
  base: Known,
  sizeBytes: number
): Effect.fn.Return<Held, ReadError | Pruned | E> {
  const { entry, node } = base
  if (entry.sizeBytes === sizeBytes) {
    return { shape: { sizeBytes, hash: entry.hash }, base, staged: undefined }
  }
  const timing = yield* beginTiming(transaction, eventTime, base)
  const staged = yield* transaction.stage(timing.look(source.from(entry.sizeBytes)), node)
  return { shape: shapeOf(staged), base, staged, timing }
})

/**
 * Stores all bytes: for a new node, or in place of what somebody else wrote to an edited one. Those that were hashed before must be the
 * same again.
 */
export const holdWhole = Effect.fnUntraced(function* <E>(
  { eventTime, transaction }: HoldingPlace,
  source: Source<E>,
  hashed: Shape,
  edited: Known | undefined
): Effect.fn.Return<Held, ReadError | Pruned | E | ChangedWhileRead> {
  const hasher = new Hasher()
  const checked = Stream.mapEffect(source.from(0), (chunk) => {
    const missing = hashed.sizeBytes - hasher.sizeBytes
    if (missing <= 0) return Effect.succeed(chunk)
    hasher.update(chunk.subarray(0, missing))
    const isSound = hasher.sizeBytes < hashed.sizeBytes || toHex(hasher.root()) === hashed.hash
    return isSound ? Effect.succeed(chunk) : Effect.fail(new ChangedWhileRead({ path: source.path }))
  })
  const series = edited?.node.type === "series" ? edited.node : undefined
  const timing = yield* beginTiming(transaction, eventTime, undefined)
  const staged = yield* transaction.stage(timing.look(checked), series, { isAnew: series !== undefined })
  return { shape: shapeOf(staged), base: undefined, staged, timing }
})

const shapeOf = ({ staged: { content } }: StagedSeries): Shape => ({ sizeBytes: content.sizeBytes, hash: content.hash })

/** Streams what a file holds, from a position on. */
export const readHeld = (
  transaction: OpenTransaction,
  { base, shape: { sizeBytes }, staged }: Held,
  start: number
): Stream.Stream<Uint8Array, ReadError | Pruned> =>
  staged === undefined
    ? readNode(transaction, base!.node, start, sizeBytes)
    : staged.staged.read({ start, end: sizeBytes })
