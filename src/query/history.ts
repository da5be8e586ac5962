/**
 * The pond itself as tables: `pond.transactions`, `pond.events`, `pond.versions`, `pond.nodes`, as of the state that is asked; of a pond that was
 * attached the same in its own schema.
 */
import { Effect, Option, Stream } from "effect"
import type { Committed, Node, NodeId, ReadError } from "../tinyfs/index.ts"
import { ROOT_ID } from "../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../tlogfs/pond.ts"
import { type Database, identifier, loadEngine } from "./database.ts"

/** What a cell of such a table may be: text, a whole number, microseconds since 1970, or nothing. */
export type Cell = string | number | { readonly micros: number } | null

/** A table that is filled with rows. */
export interface OwnTable {
  readonly columns: string
  readonly rows: (pond: PondInterface, snapshot: Snapshot) => Stream.Stream<ReadonlyArray<Cell>, ReadError>
}

/** Makes a table in a schema and puts rows into it, as they come. */
export const fillTable = Effect.fnUntraced(function* <E>(
  database: Database,
  schema: string,
  name: string,
  columns: string,
  rows: Stream.Stream<ReadonlyArray<Cell>, E>
) {
  const { DuckDBTimestampValue } = yield* loadEngine
  yield* database.run(`CREATE TABLE ${identifier(schema)}.${identifier(name)} (${columns})`)
  const appender = yield* database.use((connection) => connection.createAppender(name, schema))
  const append = (cell: Cell): void => {
    if (cell === null) appender.appendNull()
    else if (typeof cell === "string") appender.appendVarchar(cell)
    else if (typeof cell === "number") appender.appendBigInt(BigInt(cell))
    else appender.appendTimestamp(new DuckDBTimestampValue(BigInt(cell.micros)))
  }
  yield* Stream.runForEach(rows, (row) =>
    Effect.sync(() => {
      for (const cell of row) append(cell)
      appender.endRow()
    })
  )
  // Writing the last rows may fail where memory is short.
  yield* database.use(async () => appender.closeSync())
})

/** The transactions up to a state, oldest first. */
const transactions = (pond: PondInterface, { view }: Snapshot): Stream.Stream<Committed, ReadError> =>
  view.txn === 0 ? Stream.empty : pond.changes(1).pipe(Stream.takeUntil(({ header }) => header.txn >= view.txn))

const attributesOf = ({ attributes }: Node): string | null =>
  Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes)

/** Follows where nodes lie, as transactions pass. */
class Paths {
  readonly #places = new Map<NodeId, readonly [parent: NodeId, name: string]>()

  /** Takes the new state of a node; returns its path. */
  take({ id, name, parentId }: Node): string {
    this.#places.set(id, [parentId, name])
    const names = [name]
    for (let at = parentId; at !== ROOT_ID;) {
      const place = this.#places.get(at)
      if (place === undefined) break
      names.unshift(place[1])
      at = place[0]
    }
    return `/${names.join("/")}`
  }
}

const PLACED = "path VARCHAR, node VARCHAR, type VARCHAR"

const transactionRow = ({ hash, header }: Committed): ReadonlyArray<Cell> => [
  header.txn,
  { micros: header.timeMicros },
  header.author,
  header.request,
  header.count,
  header.root,
  hash,
  header.parent
]

const eventRows = (paths: Paths, { events }: Committed): ReadonlyArray<ReadonlyArray<Cell>> =>
  events.map(({ kind, node, times }) => [
    node.txn,
    node.op,
    { micros: node.timeMicros },
    kind,
    paths.take(node),
    node.id,
    node.type,
    node.content?.version ?? null,
    node.content?.sizeBytes ?? null,
    node.content?.hash ?? null,
    node.factory ?? null,
    node.target ?? null,
    attributesOf(node),
    times === undefined ? null : { micros: times.minMicros },
    times === undefined ? null : { micros: times.maxMicros }
  ])

/** The versions that events make: those with a number that their node did not have yet. */
const versionRows = (
  paths: Paths,
  newest: Map<NodeId, number>,
  { events }: Committed
): ReadonlyArray<ReadonlyArray<Cell>> =>
  events.flatMap(({ node }) => {
    const path = paths.take(node)
    const { content, id } = node
    if (content === undefined || content.version <= (newest.get(id) ?? 0)) return []
    newest.set(id, content.version)
    const time = { micros: node.timeMicros }
    return [[path, id, node.type, content.version, content.sizeBytes, content.hash, node.txn, time]]
  })

const nodeRow = (path: string, node: Node): ReadonlyArray<Cell> => [
  path,
  node.id,
  node.type,
  node.content?.sizeBytes ?? null,
  node.content?.hash ?? null,
  node.content?.version ?? null,
  node.txn,
  { micros: node.timeMicros },
  node.target ?? null,
  node.factory ?? null,
  attributesOf(node)
]

/** All nodes below a directory, directory after directory. */
const nodesBelow = (snapshot: Snapshot) =>
  Stream.paginate([{ id: ROOT_ID, prefix: "" }], (pending) =>
    Effect.gen(function* () {
      const { id, prefix } = pending.at(-1)!
      const children = yield* snapshot.source.children(id)
      const below = children
        .filter(({ type }) => type === "dir")
        .map((child) => ({ id: child.id, prefix: `${prefix}/${child.name}` }))
      const left = [...pending.slice(0, -1), ...below.toReversed()]
      const rows = children.map((child) => nodeRow(`${prefix}/${child.name}`, child))
      return [rows, left.length === 0 ? Option.none() : Option.some(left)] as const
    })
  )

/** The tables that come from the history of a pond. */
export const OWN_TABLES: Readonly<Record<string, OwnTable>> = {
  transactions: {
    columns:
      "txn BIGINT, time TIMESTAMP, author VARCHAR, request JSON, events BIGINT, root VARCHAR, chain VARCHAR, parent VARCHAR",
    rows: (pond, snapshot) => Stream.map(transactions(pond, snapshot), transactionRow)
  },
  events: {
    columns:
      `txn BIGINT, op BIGINT, time TIMESTAMP, kind VARCHAR, ${PLACED}, version BIGINT, size BIGINT, hash VARCHAR, ` +
      "factory VARCHAR, target VARCHAR, attributes JSON, min_time TIMESTAMP, max_time TIMESTAMP",
    rows: (pond, snapshot) =>
      Stream.suspend(() => {
        const paths = new Paths()
        return Stream.flatMap(transactions(pond, snapshot), (one) => Stream.fromIterable(eventRows(paths, one)))
      })
  },
  versions: {
    columns: `${PLACED}, version BIGINT, size BIGINT, hash VARCHAR, txn BIGINT, time TIMESTAMP`,
    rows: (pond, snapshot) =>
      Stream.suspend(() => {
        const paths = new Paths()
        const newest = new Map<NodeId, number>()
        return Stream.flatMap(transactions(pond, snapshot), (one) =>
          Stream.fromIterable(versionRows(paths, newest, one))
        )
      })
  },
  nodes: {
    columns:
      `${PLACED}, size BIGINT, hash VARCHAR, version BIGINT, txn BIGINT, time TIMESTAMP, target VARCHAR, factory VARCHAR, ` +
      "attributes JSON",
    rows: (_, snapshot) => nodesBelow(snapshot)
  }
}
