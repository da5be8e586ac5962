/**
 * Which contents are searched, which bytes of each, and in which order: that of time.
 *
 * The time of a line is what its field says, where a mirror was told which (`timestamp_field`); otherwise it is when the line came into the
 * pond. Versions of another time are passed over unread.
 */
import { Effect, Option } from "effect"
import { checkConfig } from "../../factories/config.ts"
import { allInstances } from "../../factories/instance.ts"
import type { LogfileConfig } from "../../factories/logfile/config.ts"
import type { EventTimeField } from "../../factories/logfile/event-times.ts"
import { logfile } from "../../factories/logfile/factory.ts"
import { families, oldestFirst } from "../../factories/logfile/families.ts"
import { type Event, formatPath, type GlobMatch, isImported, parsePath } from "../../tinyfs/index.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { nothingMatches } from "../matches.ts"

/** A span of time in microseconds, both ends in it. */
export interface Window {
  readonly sinceMicros: number
  readonly untilMicros: number
}

/** A content, or as much of one as may hold lines of the time that is asked for. */
export interface Chosen {
  readonly path: string
  readonly name: string
  readonly sizeBytes: number
  /** Bytes that are searched: the whole content, or from the beginning of a version on. */
  readonly start: number
  readonly end: number
  readonly firstMicros: number
  /** Where the time of a line is, if it has one of its own. */
  readonly field: EventTimeField | undefined
  /** The newest content is searched from its beginning. */
  readonly isWhole: boolean
  /** Whether it belongs to another pond. */
  readonly isImported: boolean
}

const SEARCHED: ReadonlySet<string> = new Set(["file", "series"])

/** Everything that patterns match; of directories what lies in them. */
const matchesOf = Effect.fnUntraced(function* (head: Snapshot, globs: ReadonlyArray<string>) {
  const found = new Map<string, GlobMatch>()
  for (const glob of globs) {
    const isPlain = !/[*?[{\\]/.test(glob)
    const matches = isPlain
      ? [{ path: yield* plainPath(glob), node: yield* head.stat(glob), captures: [] }]
      : yield* head.glob(glob)
    if (matches.length === 0) return yield* nothingMatches(glob)
    for (const match of matches) {
      const inside =
        match.node.type === "dir" ? yield* head.glob(`${match.path === "/" ? "" : escaped(match.path)}/**`) : [match]
      for (const one of inside)
        if (SEARCHED.has(one.node.type) && one.node.content !== undefined) found.set(one.path, one)
    }
  }
  return [...found.values()]
})

const plainPath = (text: string) => Effect.map(Effect.fromResult(parsePath(text)), ({ names }) => formatPath(names))

const escaped = (path: string): string => path.replace(/[\\*?[\]{}]/g, "\\$&")

/** The directories that are mirrors with times in their lines. */
const timedMirrors = Effect.fnUntraced(function* (head: Snapshot) {
  const mirrors: Array<{ readonly directory: string; readonly field: EventTimeField }> = []
  for (const { node, path } of yield* allInstances(head)) {
    if (node.factory !== logfile.type) continue
    const checked = yield* Effect.option(checkConfig(logfile, path, node.config))
    if (Option.isNone(checked)) continue
    const { pond_path, timestamp_field: field, timestamp_unit: unit = "iso" } = checked.value as LogfileConfig
    if (field !== undefined)
      mirrors.push({ directory: `/${pond_path.replace(/^\/+|\/+$/g, "")}/`, field: { field, unit } })
  }
  return mirrors
})

/** What each version added to the newest content of a node: where, and of which time. */
const partsOf = (history: ReadonlyArray<Event>) => {
  let parts: Array<{ start: number; end: number; minMicros: number; maxMicros: number }> = []
  let sizeBytes = 0
  for (const { kind, node, times } of history) {
    if (node.content === undefined || !(kind === "created" || kind === "written" || kind === "appended")) continue
    if (kind !== "appended") {
      parts = []
      sizeBytes = 0
    }
    const { minMicros, maxMicros } = times ?? { minMicros: node.timeMicros, maxMicros: node.timeMicros }
    parts.push({ start: sizeBytes, end: node.content.sizeBytes, minMicros, maxMicros })
    sizeBytes = node.content.sizeBytes
  }
  return parts
}

/** Older archives come first, the file that grows last, where nothing else tells the order. */
const rotationRanks = (names: ReadonlyArray<string>): ReadonlyMap<string, number> =>
  new Map(families(names).flatMap((family) => oldestFirst(family).map((name, rank) => [name, rank] as const)))

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1)

/** Chooses what is searched, in the order of time. */
export const choose = Effect.fn("pond.grep.choose")(function* (
  head: Snapshot,
  globs: ReadonlyArray<string>,
  window: Window
) {
  const mirrors = yield* timedMirrors(head)
  const chosen: Array<Chosen> = []
  for (const { node, path } of yield* matchesOf(head, globs)) {
    const parts = partsOf(yield* head.source.history(node.id))
    const wanted = parts.filter(
      ({ maxMicros, minMicros }) => maxMicros >= window.sinceMicros && minMicros <= window.untilMicros
    )
    const sizeBytes = node.content?.sizeBytes ?? 0
    if (wanted.length === 0) continue
    chosen.push({
      path,
      name: node.name,
      sizeBytes,
      start: wanted[0]!.start,
      end: wanted.at(-1)!.end,
      firstMicros: Math.min(...wanted.map(({ minMicros }) => minMicros)),
      field: mirrors.find(({ directory }) => path.startsWith(directory))?.field,
      isWhole: wanted.length === parts.length,
      isImported: isImported(node)
    })
  }
  const byDirectory = Map.groupBy(chosen, ({ path }) => directoryOf(path))
  const ranks = new Map(
    [...byDirectory].map(([directory, all]) => [directory, rotationRanks(all.map(({ name }) => name))])
  )
  const rankOf = ({ name, path }: Chosen): number => ranks.get(directoryOf(path))?.get(name) ?? 0
  return chosen.toSorted(
    (left, right) =>
      left.firstMicros - right.firstMicros || rankOf(left) - rankOf(right) || (left.path < right.path ? -1 : 1)
  )
})
