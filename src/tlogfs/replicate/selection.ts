/**
 * Which contents a partial copy takes. Rows are always whole, so that chain and root verify (R7); hash trees too, so that what is there can
 * be checked. Left out are only the bytes of contents.
 */
import { Effect, Result } from "effect"
import { type Glob, matchGlob, type NodeId, parseGlob, ROOT_ID } from "../../tinyfs/index.ts"
import { parseTime } from "../../tinyfs/time.ts"
import { headerOf } from "../event-row.ts"
import { Namespace } from "../namespace.ts"
import type { Row } from "../row.ts"
import { damageOf, type State, type StateError } from "../state.ts"

/** What is taken: what was written after a transaction or a time, and lies at paths. */
export interface Selection {
  /** A node is meant by the path that it has now; what is removed lies nowhere. */
  readonly paths: ReadonlyArray<Glob>
  readonly sinceTxn: number
  readonly sinceMicros: number
}

/** Reads a selection as people write it: globs, and a transaction or a time. `undefined`: everything; or why it is none. */
export const readSelection = (given: {
  readonly paths?: ReadonlyArray<string> | undefined
  readonly since?: string | undefined
}): Result.Result<Selection | undefined, string> => {
  const { paths = [], since } = given
  if (paths.length === 0 && since === undefined) return Result.succeed(undefined)
  const globs = Result.all(paths.map(parseGlob))
  if (Result.isFailure(globs)) return Result.fail(globs.failure.message)
  const isTxn = since !== undefined && /^\d{1,15}$/u.test(since)
  const sinceMicros = since === undefined || isTxn ? Number.NEGATIVE_INFINITY : parseTime(since)
  if (sinceMicros === undefined)
    return Result.fail(
      `${JSON.stringify(since)} is neither a transaction nor a time: write 12, 2026-11-21 or 2026-11-21T08:00`
    )
  return Result.succeed({ paths: globs.success, sinceTxn: isTxn ? Number(since) : 0, sinceMicros })
}

/** The names from the root to a node; `undefined` when it is removed. */
export const pathOf = async (names: Namespace, id: NodeId): Promise<ReadonlyArray<string> | undefined> => {
  const path: Array<string> = []
  for (let at = id; at !== ROOT_ID;) {
    const node = await names.node(at)
    if (node === undefined) return undefined
    path.unshift(node.name)
    at = node.parentId
  }
  return path
}

/** Tells which blobs of whole transactions a selection over the names of `from` leaves out. */
export const leavingOut = (from: State, { paths, sinceMicros, sinceTxn }: Selection) => {
  const names = new Namespace(from, from.head.txn)
  const known = new Map<NodeId, boolean>()
  const isMeant = async (id: NodeId): Promise<boolean> => {
    const before = known.get(id)
    if (before !== undefined) return before
    const path = await pathOf(names, id)
    const isIt = path !== undefined && paths.some((glob) => matchGlob(glob, path) !== undefined)
    known.set(id, isIt)
    return isIt
  }
  return (rows: ReadonlyArray<Row>): Effect.Effect<ReadonlySet<string>, StateError> =>
    Effect.tryPromise({
      try: async () => {
        const wanted = new Set<string>()
        const all = new Set<string>()
        let isLate = false
        for (const row of rows) {
          if (row.kind === "txn") isLate = row.txn > sinceTxn && headerOf(row).timeMicros >= sinceMicros
          if (row.blob === null) continue
          all.add(row.blob)
          const isWanted = isLate && (paths.length === 0 || (await isMeant(row.node_id as NodeId)))
          if (isWanted) wanted.add(row.blob)
        }
        return new Set([...all].filter((blob) => !wanted.has(blob)))
      },
      catch: (cause) => damageOf("_index", cause)
    })
}
