/**
 * What has changed since the last export: which rows are new, and whose rows are no longer those of the pond.
 */
import { Effect } from "effect"
import type { Extract, Origin, Wanted } from "../../query/extract.ts"
import type { OriginRecord, TableRecord } from "./record.ts"

/** What has to be done to a table. */
export interface Change {
  readonly wanted: ReadonlyArray<Wanted>
  /** Origins whose rows have to go, by their ids. */
  readonly gone: ReadonlySet<string>
  /** Origins that have another id now. */
  readonly renamed: ReadonlyMap<string, string>
  /** Those that stay in the record although they are not in the pond. */
  readonly kept: ReadonlyArray<OriginRecord>
  readonly counts: {
    readonly new: number
    readonly grown: number
    readonly replaced: number
    readonly gone: number
    readonly unchanged: number
  }
}

type Columns = TableRecord["schemas"][number]

/** Whether what was read of an earlier version holds in a later one: columns were only added. */
const isSame = (before: Columns, now: Columns): boolean => {
  const types = new Map(now.map(([name, type]) => [name.toLowerCase(), type]))
  return before.every(([name, type]) => types.get(name.toLowerCase()) === type)
}

/** The line behind which rows of a known origin are new; `undefined`: all of it is. */
const lineBehind = Effect.fnUntraced(function* (origin: Origin, known: OriginRecord, columns: Columns) {
  if (known.hive !== origin.hive || !isSame(columns, origin.columns)) return undefined
  if (known.hash === origin.hash) return known.endLine <= origin.endLine ? known.endLine : undefined
  return (yield* origin.earlier).includes(known.hash) && known.endLine <= origin.endLine ? known.endLine : undefined
})

const likeness = ({ endLine, hash, hive }: Pick<OriginRecord, "endLine" | "hash" | "hive">): string =>
  JSON.stringify([hash, hive, endLine])

/** Compares what the pond holds with what a table does. */
export const changeSince = Effect.fnUntraced(function* (
  record: TableRecord | undefined,
  { origins }: Extract,
  isKeeping: boolean
) {
  const known = new Map((record?.origins ?? []).map((one) => [one.id, one]))
  const present = new Set(origins.map(({ id }) => id))
  const vanished = Map.groupBy(
    [...known.values()].filter(({ id }) => !present.has(id)),
    likeness
  )
  const counts = { new: 0, grown: 0, replaced: 0, gone: 0, unchanged: 0 }
  const wanted: Array<Wanted> = []
  const gone = new Set<string>()
  const renamed = new Map<string, string>()
  for (const origin of origins) {
    const before = known.get(origin.id)
    const alike = before === undefined ? vanished.get(likeness(origin)) : undefined
    const moved = alike?.at(-1)
    if (moved !== undefined && isSame(record!.schemas[moved.schema]!, origin.columns)) {
      alike!.pop()
      renamed.set(moved.id, origin.id)
      counts.unchanged += 1
    } else if (before === undefined) {
      counts.new += 1
      wanted.push({ origin, afterLine: 0 })
    } else {
      const line = yield* lineBehind(origin, before, record!.schemas[before.schema]!)
      if (line === undefined) {
        counts.replaced += 1
        gone.add(origin.id)
        wanted.push({ origin, afterLine: 0 })
      } else if (line === origin.endLine) counts.unchanged += 1
      else {
        counts.grown += 1
        wanted.push({ origin, afterLine: line })
      }
    }
  }
  const left = [...vanished.values()].flat()
  if (!isKeeping) for (const { id } of left) gone.add(id)
  counts.gone = isKeeping ? 0 : left.length
  return { wanted, gone, renamed, kept: isKeeping ? left : [], counts } satisfies Change
})

/** The origins of a table after a change, and the lists of columns that they have. */
export const originsAfter = (
  record: TableRecord | undefined,
  { origins }: Extract,
  kept: ReadonlyArray<OriginRecord>
): Pick<TableRecord, "origins" | "schemas"> => {
  const places = new Map<string, number>()
  const schemas: Array<Columns> = []
  const placeOf = (columns: Columns): number => {
    const key = JSON.stringify(columns)
    const place = places.get(key) ?? schemas.push(columns) - 1
    places.set(key, place)
    return place
  }
  const now = origins.map(({ columns, endLine, hash, hive, id }): OriginRecord => ({
    id,
    hash,
    hive,
    endLine,
    schema: placeOf(columns)
  }))
  const others = kept.map((one): OriginRecord => ({ ...one, schema: placeOf(record!.schemas[one.schema]!) }))
  return { origins: [...now, ...others], schemas }
}
