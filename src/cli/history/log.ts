/**
 * What `pond log` tells: the transactions, newest first, of the whole pond or of what lies at a path.
 *
 * The history of a file or link is that of its node, through all its renames. That of a directory is what happened to it and to what lay in it at
 * the time; for it the whole history is read.
 */
import { Effect, Schema, Stream } from "effect"
import { type Committed, type Event, EVENT_KINDS, isImported, type NodeId, ROOT_ID } from "../../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../../tlogfs/index.ts"
import { tableLines } from "../text/table.ts"
import { exactTime, toSecond } from "../text/units.ts"
import { requestText } from "./request.ts"

/** How many events of each kind a transaction has; kinds that it has none of are left out. */
export const EventCounts = Schema.Record(Schema.Literals(EVENT_KINDS), Schema.optionalKey(Schema.Int))

/** One transaction of `pond log --json`. */
export const LogEntry = Schema.Struct({
  txn: Schema.Int,
  time: Schema.String.annotate({ description: "UTC, ISO 8601 with microseconds" }),
  author: Schema.String,
  request: Schema.String.annotate({ description: "what was asked for: JSON of the command, or a program's own text" }),
  events: EventCounts.annotate({ description: "how many events of each kind; with a path, those that concern it" }),
  root: Schema.String.annotate({ description: "hash of the namespace after it" }),
  chain: Schema.String.annotate({ description: "hash of its header, which chains it to the one before" })
})
/** One transaction of `pond log --json`. */
export type LogEntry = typeof LogEntry.Type

/** Which transactions are wanted. */
export interface LogOptions {
  readonly path?: string
  /** At most so many; 0 is all. */
  readonly limit: number
}

/** Counts events by kind, in the order of `EVENT_KINDS`. */
const countEvents = (events: ReadonlyArray<Event>): typeof EventCounts.Type => {
  const counts: Partial<Record<Event["kind"], number>> = {}
  for (const kind of EVENT_KINDS) {
    const count = events.reduce((sum, event) => sum + (event.kind === kind ? 1 : 0), 0)
    if (count > 0) counts[kind] = count
  }
  return counts
}

/** Returns counts as words: `2 created, 1 moved`. */
const countsText = (counts: typeof EventCounts.Type): string =>
  Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ")

const entryOf = ({ hash, header }: Committed, events: ReadonlyArray<Event>): LogEntry => ({
  txn: header.txn,
  time: exactTime(header.timeMicros),
  author: header.author,
  request: header.request,
  events: countEvents(events),
  root: header.root,
  chain: hash
})

/** The events of a directory and of everything that lay in it when they happened, oldest transaction first. */
const eventsBelow = (pond: PondInterface, head: Snapshot, directory: NodeId) =>
  Stream.suspend(() => {
    const parents = new Map<NodeId, NodeId>()
    const concerns = (id: NodeId): boolean => {
      for (let at: NodeId | undefined = id; at !== undefined && at !== ROOT_ID; at = parents.get(at)) {
        if (at === directory) return true
      }
      return directory === ROOT_ID
    }
    return pond.changes(1).pipe(
      Stream.takeUntil(({ header }) => header.txn >= head.view.txn),
      Stream.map((committed) => {
        // What is moved out concerns the directory as well as what is moved in.
        const before = committed.events.map(({ node }) => concerns(node.id))
        for (const { node } of committed.events) parents.set(node.id, node.parentId)
        return { committed, events: committed.events.filter(({ node }, index) => before[index] || concerns(node.id)) }
      }),
      Stream.filter(({ events }) => events.length > 0)
    )
  })

const ofDirectory = Effect.fnUntraced(function* (
  pond: PondInterface,
  head: Snapshot,
  directory: NodeId,
  limit: number
) {
  const newest: Array<LogEntry> = []
  if (head.view.txn === 0) return newest
  yield* Stream.runForEach(eventsBelow(pond, head, directory), ({ committed, events }) =>
    Effect.sync(() => {
      newest.push(entryOf(committed, events))
      if (limit > 0 && newest.length > limit) newest.shift()
    })
  )
  return newest.toReversed()
})

/** The transactions with the given numbers, newest first. */
export const transactionsOf = (pond: PondInterface, txns: ReadonlySet<number>) =>
  txns.size === 0
    ? Stream.empty
    : pond.log(Math.max(...txns)).pipe(
        Stream.takeUntil(({ header }) => header.txn <= Math.min(...txns)),
        Stream.filter(({ header }) => txns.has(header.txn))
      )

const ofNode = (pond: PondInterface, events: ReadonlyArray<Event>, limit: number) => {
  const txns = [...new Set(events.map(({ node }) => node.txn))]
  const wanted = new Set(limit === 0 ? txns : txns.slice(-limit))
  return Stream.map(transactionsOf(pond, wanted), (committed) =>
    entryOf(
      committed,
      events.filter(({ node }) => node.txn === committed.header.txn)
    )
  )
}

/** What lies in an import was changed by transactions of another pond, whose log is not here. */
export class LogElsewhere extends Schema.TaggedError<LogElsewhere>()("LogElsewhere", { path: Schema.String }) {
  override get message(): string {
    return (
      `${JSON.stringify(this.path)} lies in an import: the transactions that changed it are in the log of the other pond. ` +
      "`pond remote list` tells where it is, `pond --pond URL log` shows them, and `pond versions` what they made"
    )
  }
}

/** Streams the transactions that are wanted, newest first. */
export const logEntries = (pond: PondInterface, { limit, path }: LogOptions) =>
  Stream.unwrap(
    Effect.gen(function* () {
      if (path === undefined) {
        const all = Stream.map(pond.log(), (committed) => entryOf(committed, committed.events))
        return limit === 0 ? all : Stream.take(all, limit)
      }
      const head = yield* pond.head
      const node = yield* head.stat(path, { isFollowing: false })
      if (isImported(node)) return yield* new LogElsewhere({ path })
      if (node.type === "dir") return Stream.fromIterable(yield* ofDirectory(pond, head, node.id, limit))
      return ofNode(pond, yield* head.history(path), limit)
    })
  )

/** Returns the lines that people read. */
export const logLines = (entries: ReadonlyArray<LogEntry>): ReadonlyArray<string> =>
  tableLines(
    ["right", "left", "left", "left", "left"],
    entries.map(({ author, events, request, time, txn }) => [
      String(txn),
      toSecond(time),
      author === "" ? "-" : author,
      countsText(events),
      requestText(request)
    ])
  )
