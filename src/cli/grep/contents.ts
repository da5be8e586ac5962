/**
 * Searching one content: which of its bytes are read, who searches them, and what of that is wanted. Only checked bytes are searched (R4).
 */
import { Effect, Exit, Scope, Stream } from "effect"
import { EventTimes } from "../../factories/logfile/event-times.ts"
import { Progress } from "../../factories/progress.ts"
import { decoders } from "../../formats/decoders.ts"
import { SplitLines } from "../../formats/search/piece.ts"
import type { LineQuery } from "../../formats/search/query.ts"
import { Joiner, type Placed, type SplitLine } from "../../formats/search/joiner.ts"
import { type FoundLine, Weaver } from "../../formats/search/weaver.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { Unpacking } from "../../tlogfs/content/threads/crew.ts"
import type { Chosen, Window } from "./select.ts"
import type { SearchThreads } from "./threads.ts"

/** A line with where it lies in its content, and its own time. */
export interface Hit extends FoundLine {
  readonly timeMicros: number | undefined
}

/** What was found next in a content. */
export interface Page {
  /** How many lines matched, context left aside. */
  readonly hits: number
  /** The lines, where they are wanted. */
  readonly lines: ReadonlyArray<Hit>
  /** In their stead, all of them as they are. */
  readonly packed?: Placed
  /** The numbers of lines that matched and are longer than what was searched of them. */
  readonly cut: ReadonlyArray<number>
}

/** What is searched for: lines, of some time. */
export interface Wanted {
  readonly query: LineQuery
  readonly window: Window
  /** Whether the times of lines are wanted. */
  readonly isTimed: boolean
  /** Whether all lines that match are wanted as they are, and nothing else: they stay packed. */
  readonly isPacked: boolean
  /** Lines of each content after which its search ends. */
  readonly max: number
}

/** Whether only lines of some time are wanted. */
export const isFiltered = ({ sinceMicros, untilMicros }: Window): boolean =>
  Number.isFinite(sinceMicros) || Number.isFinite(untilMicros)

/** Pieces that are searched at once, and lines that lie in several of them. */
const AT_ONCE = 4

/** Pages that wait for who shows them. */
const AHEAD = 2

/** Bytes before a version that are looked through for the beginning of the line that it goes on with. */
const LOOK_BACK_BYTES = 1024 * 1024

const LINE_FEED = 10

/** Where the line begins that has the byte at `start`. */
const lineStart = Effect.fnUntraced(function* (head: Snapshot, path: string, start: number) {
  const from = Math.max(0, start - LOOK_BACK_BYTES)
  if (from === start) return start
  return from + (yield* head.readBytes(path, { range: { start: from, end: start } })).lastIndexOf(LINE_FEED) + 1
})

/** The time of a line, if it has one. */
const timeOf = ({ field }: Chosen, bytes: Uint8Array): number | undefined => {
  if (field === undefined) return undefined
  const times = new EventTimes(field)
  times.push(bytes)
  return times.finish().bounds?.minMicros
}

const decoderOf = decoders()

/** Puts together what threads find in chunks: what lines it gives, and whether more are wanted. */
const woven = <E, R>(
  chunks: Stream.Stream<Uint8Array, E, R>,
  { isPacked, query }: Wanted,
  { onPiece, threads }: { threads: SearchThreads; onPiece: (sizeBytes: number) => void }
) =>
  Stream.suspend(() => {
    const joiner = new Joiner()
    const weaver = new Weaver(query)
    const split = new SplitLines(query)
    const searched = ({ bytes, ...beginning }: SplitLine) => {
      const known = split.search(bytes)
      const found = known === undefined ? threads.line(bytes) : Effect.succeed(known)
      return Effect.map(found, (lines) => ({ ...beginning, found: lines }))
    }
    const joins = chunks.pipe(
      Stream.mapEffect((chunk) => threads.piece(chunk), { concurrency: AT_ONCE }),
      Stream.map((piece) => {
        onPiece(piece.sizeBytes)
        return joiner.take(piece)
      }),
      Stream.concat(Stream.sync(() => joiner.finish())),
      Stream.flatMap(Stream.fromIterable)
    )
    return joins.pipe(
      Stream.mapEffect((join) => ("found" in join ? Effect.succeed({ ...join, isCut: false }) : searched(join)), {
        concurrency: AT_ONCE
      }),
      Stream.map((placed) => {
        if (isPacked && !placed.isCut) {
          return { lines: [], packed: placed, hits: placed.found.hits, cut: [], isDone: false }
        }
        const before = weaver.hits
        const lines = weaver.take(placed, placed.isCut)
        const hits = weaver.hits - before
        return { lines, hits, cut: placed.isCut && hits > 0 ? [placed.line] : [], isDone: weaver.isDone }
      }),
      Stream.takeUntil(({ isDone }) => isDone)
    )
  })

/** Begins to search a content, some pages ahead of who takes them; `end` ends that. */
export const begin = Effect.fnUntraced(function* (
  head: Snapshot,
  threads: SearchThreads,
  chosen: Chosen,
  wanted: Wanted
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const queue = yield* Scope.provide(Stream.toQueue(pagesOf(head, threads, chosen, wanted), { capacity: AHEAD }), scope)
  return { pages: Stream.fromQueue(queue), end: Scope.close(scope, Exit.void) }
})

/** The lines of one content that are wanted. */
const pagesOf = (head: Snapshot, threads: SearchThreads, chosen: Chosen, wanted: Wanted) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { path } = chosen
      const { query, window } = wanted
      const progress = yield* Progress
      const done = (bytes: number): void => progress.done({ bytes })
      const decode = decoderOf(chosen.name)
      const isWhole = chosen.isWhole || decode !== undefined || query.isCounting
      const start = isWhole ? 0 : yield* lineStart(head, path, chosen.start)
      const end = decode === undefined ? chosen.end : chosen.sizeBytes
      const bytes = head.read(path, { range: { start, end } })
      // What stands for the bytes of an import would not be counted right where its reading has to be begun anew.
      const isDirect = decode === undefined && !chosen.isImported
      const chunks = isDirect
        ? Stream.provideService(bytes, Unpacking, threads)
        : (decode?.(Stream.tap(bytes, ({ length }) => Effect.sync(() => done(length)))) ?? bytes)
      const isOfTime = (offset: number, length: number, timeMicros: number | undefined): boolean =>
        (decode !== undefined || offset + length >= chosen.start) &&
        (timeMicros === undefined || (timeMicros >= window.sinceMicros && timeMicros <= window.untilMicros))
      let hits = 0
      return woven(chunks, wanted, { threads, onPiece: decode === undefined ? done : () => undefined }).pipe(
        Stream.map((page): Page & { readonly isDone: boolean } => {
          const { lines, packed } = page
          if (!query.wantsLines || packed !== undefined) return { ...page, lines: [] }
          const wantedLines: Array<Hit> = []
          let found = 0
          for (const line of lines) {
            if (hits + found >= wanted.max && isFiltered(window)) break
            const timeMicros = wanted.isTimed ? timeOf(chosen, line.bytes) : undefined
            const offset = line.offset + start
            if (isFiltered(window) && !isOfTime(offset, line.bytes.length, timeMicros)) continue
            wantedLines.push({ ...line, offset, timeMicros })
            if (!line.isContext) found += 1
          }
          hits += found
          const cut = wantedLines.filter(({ isCut }) => isCut).map(({ line }) => line)
          return { hits: found, lines: wantedLines, cut, isDone: isFiltered(window) && hits >= wanted.max }
        }),
        Stream.takeUntil(({ isDone }) => isDone)
      )
    })
  )
