/**
 * One sync of a mirror, inside a transaction: list, read, decide, apply.
 */
import { Clock, Effect } from "effect"
import type { Decode } from "../../formats/decoders.ts"
import { compareKeys } from "../../store/key.ts"
import { formatPath, type Glob, type Node, type OpenTransaction, parsePath } from "../../tinyfs/index.ts"
import { Progress } from "../progress.ts"
import { applyPlan } from "./apply.ts"
import { entryOf, strangeEntry } from "./entry.ts"
import { MirrorFailed } from "./errors.ts"
import type { EventTimeField } from "./event-times.ts"
import { type Fact, type Facts, isDispute, isSettled, isUntouched } from "./facts.ts"
import { type Listed, type Listing, listFiles } from "./listing.ts"
import { uncompressedName } from "./names.ts"
import { kindOfRole, type ListedFile, needsPerson, type Outcome, type Plan } from "./plan.ts"
import { planOf } from "./policy.ts"
import type { Known } from "./known.ts"
import { leftOut, type ReadFile, readFile, type ReadingPlace } from "./reading.ts"

/** What is mirrored, and where. */
export interface Mirror {
  readonly active: Glob
  readonly archived: Glob
  /** The mirror's directory in the pond. */
  readonly directory: string
  readonly isFollowing: boolean
  readonly isFull: boolean
  /** How a file of a name is decompressed; `undefined` when it is not. */
  readonly decoderOf: (name: string) => Decode | undefined
  /** Where the lines hold their times, if versions are to have bounds of them. */
  readonly eventTime?: EventTimeField
}

/** What a sync came to. */
export interface Synced {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly facts: Facts
}

/** A name in whose order numbers count by their values. A collator knows more, and takes longer to load than a sync of nothing new. */
const orderKey = (name: string): string => name.replaceAll(/\d+/g, (digits) => digits.padStart(20, "0"))

/**
 * The order in which files are read: archives before active files, and the newest numbers last. A rotation moves bytes from what is read
 * later to what was read before: so nothing is met twice in one sync. New names come first, and last those of archives that were not as
 * they should be the last time: then it is known whether their entry is found elsewhere.
 */
const readingOrder = (
  isNew: (file: Listed) => boolean,
  isKnown: (file: Listed) => boolean,
  isDisputed: (file: Listed) => boolean
) => {
  const group = (file: Listed): number =>
    file.role === "active" ? 4 : isNew(file) ? 0 : isDisputed(file) ? 3 : isKnown(file) ? 1 : 2
  const keys = new Map<string, string>()
  const keyOf = ({ name }: Listed): string => {
    const key = keys.get(name) ?? orderKey(name)
    keys.set(name, key)
    return key
  }
  return (left: Listed, right: Listed): number => group(left) - group(right) || compareKeys(keyOf(right), keyOf(left))
}

/** Finds the entries of a mirror, and what else lies in its directory. */
export const entriesIn = Effect.fnUntraced(function* (transaction: OpenTransaction, directory: string) {
  const known = new Map<string, Known>()
  const foreign = new Map<string, Node>()
  const found = yield* transaction.find(directory)
  if (found._tag === "None") return { known, foreign }
  for (const { node } of yield* transaction.list(directory)) {
    const entry = entryOf(node)
    if (entry === undefined) foreign.set(node.name, node)
    else known.set(node.name, { entry, node })
  }
  return { known, foreign }
})

const NOBODY: ReadonlySet<Known> = new Set()

/** Types of nodes that can be given other bytes. */
const REPLACEABLE: ReadonlySet<string> = new Set(["file", "series"])

/** Tells names of host files that the mirror cannot have, because something else in the pond has them. */
const takenNames = (
  { files }: Listing,
  known: Map<string, Known>,
  foreign: Map<string, Node>
): ReadonlyMap<string, string> => {
  const taken = new Map<string, string>()
  for (const { name, role } of files) {
    const node = foreign.get(name)
    if (known.get(name)?.entry.kind === "orphan") taken.set(name, "an orphan")
    if (node === undefined) continue
    if (!REPLACEABLE.has(node.type)) taken.set(name, `a ${node.type}`)
    else known.set(name, { entry: strangeEntry(name, kindOfRole(role)), node })
    foreign.delete(name)
  }
  return taken
}

/** Finds the entry whose file a listed file is by name: of its name, completed from it, or of its name decompressed. */
export const ownFinder = (known: ReadonlyMap<string, Known>, listed: ReadonlySet<string>) => {
  // Of an orphan it is the name that was lost: others may have it now.
  const byHost = new Map(
    [...known.values()].filter(({ entry }) => entry.kind !== "orphan").map((one) => [one.entry.host, one] as const)
  )
  return (name: string): Known | undefined => {
    const hosted = byHost.get(name)
    const plain = known.get(uncompressedName(name) ?? "")
    const found =
      known.get(name) ??
      (hosted !== undefined && !listed.has(hosted.entry.name) ? hosted : undefined) ??
      (plain !== undefined && !listed.has(plain.entry.name) && !listed.has(plain.entry.host) ? plain : undefined)
    return found?.entry.kind === "orphan" ? undefined : found
  }
}

/**
 * Reads all files, one after the other. Archives that differ come last, and are taken to be those that the record tells of, as long as they
 * are: then nothing of them need be stored. Where one of them was not, that is refuted, and all must be read without believing the record.
 */
const readAll = Effect.fnUntraced(function* (
  place: ReadingPlace,
  listing: Listing,
  known: ReadonlyMap<string, Known>,
  taken: ReadonlyMap<string, string>,
  facts: Facts,
  isPresumptuous: boolean
) {
  const listed = new Set(listing.files.map(({ name }) => name))
  const ownOf = ownFinder(known, listed)
  const owned = new Set(listing.files.map(({ name }) => ownOf(name)))
  const mayBeLost = (one: Known): boolean => one.entry.sizeBytes > 0 && (one.entry.kind !== "archive" || owned.has(one))
  const seekers = new Set([...known.values()].filter(mayBeLost))
  const files = new Map<string, ReadFile>()
  /** Entries that were found at the beginning of files that may take them. */
  const found = new Set<string>()
  const progress = yield* Progress
  progress.expect({ files: listing.files.length })
  const isDisputed = ({ name }: Listed): boolean => isDispute(facts.get(name), ownOf(name)?.entry)
  const order = readingOrder(
    ({ name }) => ownOf(name) === undefined,
    ({ name }) => facts.has(name),
    isDisputed
  )
  const archives = listing.files.filter(({ role }) => role === "archived")
  let archivesLeft = archives.length
  let undisputedLeft = archives.filter((one) => !isDisputed(one)).length
  /** Whether entries were taken not to be found in files that were still to be read. */
  let isPresuming = false
  for (const one of listing.files.toSorted(order)) {
    progress.done({ files: 1 })
    if (one.role === "archived") archivesLeft -= 1
    if (one.role === "archived" && !isDisputed(one)) undisputedLeft -= 1
    const what = taken.get(one.name)
    if (what !== undefined) {
      files.set(one.name, leftOut(one, "error:EEXIST", `${what} has its name in the pond: move it, or rename it`))
      continue
    }
    const named = ownOf(one.name)
    const isByName = named?.entry.name === one.name || named?.entry.host === one.name
    // The file of another entry decompressed, but only if it is decompressed.
    const own = isByName || place.decoderOf(one.name) !== undefined ? named : undefined
    const plain = uncompressedName(one.name)
    const isStaying = isByName && own?.entry.kind === "archive" && !found.has(own.entry.name)
    const read = yield* readFile(place, {
      listed: one,
      own,
      isOwnLikely: isByName && !isDisputed(one),
      seekers: one.role === "active" ? NOBODY : seekers,
      fact: facts.get(one.name),
      isKept: isStaying && archivesLeft === 0,
      isKeptAsRecorded: isPresumptuous && isStaying && undisputedLeft === 0 && isDisputed(one),
      isNamed: plain !== undefined && (listed.has(plain) || known.has(plain))
    }).pipe(Effect.mapError((cause) => new MirrorFailed({ fileName: one.name, cause })))
    files.set(one.name, read)
    if (read.file.status !== "read") continue
    // It may begin with the bytes of an entry that was taken to find none.
    if (isPresuming && isDisputed(one) && !isUntouched(facts.get(one.name)!, read.stat!)) {
      return { files, isRefuted: true }
    }
    for (const name of read.file.starts.keys()) found.add(name)
    if (own === undefined) continue
    const isOwn = read.file.starts.has(own.entry.name)
    // Whoever has found its own file looks for no other; nor does who was taken to find none.
    if (isOwn || read.isKeptAsRecorded === true) seekers.delete(own)
    if (isStaying && !isOwn) files.set(one.name, { ...read, differsFrom: own.entry.hash })
    isPresuming ||= read.isKeptAsRecorded === true
  }
  return { files, isRefuted: false }
})

/** What directories that cannot be read, or hold nothing of what they held, come to (P3.4). */
const directoryOutcomes = ({ directories, failures, files }: Listing, isMirroring: boolean): ReadonlyArray<Outcome> => {
  const failed = failures.map(({ code, directory }) => ({
    name: directory,
    code: `error:${code}` as const,
    addedBytes: 0,
    detail: "the directory could not be read; everything that the mirror holds of it is kept"
  }))
  if (files.length > 0 || failed.length > 0 || !isMirroring) return failed
  return directories.map((directory) => ({
    name: directory,
    code: "error:empty" as const,
    addedBytes: 0,
    detail: "no file matches, where the mirror holds some: perhaps something is not mounted. Everything is kept"
  }))
}

/** What is remembered of the files for the next sync: those that are in the mirror as they are, and archives that differ. */
const factsOf = (files: ReadonlyMap<string, ReadFile>, { outcomes }: Plan, startNs: bigint): Facts => {
  const facts = new Map<string, Fact>()
  for (const { code, name } of outcomes) {
    const read = files.get(name)
    if (read?.file.status !== "read" || read.stat === undefined) continue
    const { differsFrom } = read
    // Of what needs somebody only archives are remembered that differ: so that they need not be stored each time before it is known.
    if (needsPerson(code) && (code !== "changed" || differsFrom === undefined)) continue
    const { decoded, raw } = read.file
    const fresh: Fact = {
      stat: read.stat,
      isSettled: read.isPartlyRead !== true && isSettled(read.stat, startNs),
      raw,
      ...(typeof decoded === "object" ? { decoded } : {}),
      ...(differsFrom === undefined ? {} : { differsFrom })
    }
    facts.set(name, read.fact ?? fresh)
  }
  return facts
}

/** Runs one sync. Nothing is changed when no entry's name, kind or bytes change (P2). */
export const sync = Effect.fn("logfile.sync")(function* (mirror: Mirror, transaction: OpenTransaction, facts: Facts) {
  // The system's own clock, as file systems use it: that of a long process does not follow when it is set.
  const startNs = BigInt(yield* Clock.currentTimeMillis) * 1_000_000n
  const directory = formatPath((yield* Effect.fromResult(parsePath(mirror.directory))).names)
  const listing = yield* listFiles(mirror)
  const { foreign, known } = yield* entriesIn(transaction, directory)
  const taken = takenNames(listing, known, foreign)
  const readWith = (isPresumptuous: boolean) =>
    readAll({ ...mirror, transaction }, listing, known, taken, facts, isPresumptuous)
  const first = yield* readWith(!mirror.isFull)
  const { files } = first.isRefuted ? yield* readWith(false) : first
  const plan = planOf({
    entries: [...known.values()].map(({ entry }) => entry),
    files: [...files.values()].map(({ file }): ListedFile => file),
    foreign: new Set(foreign.keys())
  })
  yield* applyPlan({ transaction, directory, known, files, eventTime: mirror.eventTime }, plan)
  const outcomes = [...directoryOutcomes(listing, known.size > 0), ...plan.outcomes]
  return { outcomes, facts: factsOf(files, plan, startNs) } satisfies Synced
})
