/**
 * What Pond says of the table that is its history: the sums that other programs are asked for, and the digest of every value.
 */
import { Effect, Stream } from "effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { localStore } from "../../../src/store/local/store.ts"
import { Pond } from "../../../src/tlogfs/index.ts"
import { Pieces } from "../../../src/tlogfs/index/pieces.ts"
import { openState } from "../../../src/tlogfs/open.ts"
import { COLUMNS } from "../../../src/tlogfs/row.ts"
import { rowsOfFile } from "../../../src/tlogfs/state.ts"

/** What is asked of a table. Numbers are as the table holds them, times in microseconds. */
export interface Said {
  /** Rows, and SHA-256 over all of them in order, each a line of JSON: binary as hex. */
  readonly rows: number
  readonly digest: string
  /** Events by kind, and one `txn` per transaction. */
  readonly kinds: Readonly<Record<string, number>>
  readonly lastTxn: number
  readonly nodes: number
  readonly sizes: number
  readonly greatestSize: number
  readonly greatestVersion: number
  readonly firstName: string
  readonly lastName: string
  readonly leastTime: number
  readonly greatestTime: number
  /** Events of transactions 1000 to 1063, for which other files need not be opened. */
  readonly some: number
}

const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

/** The sums, from the history as Pond's own interface gives it. */
const sums = Effect.fnUntraced(function* (toTxn: number | undefined) {
  const transactions = yield* Stream.runCollect((yield* Pond).log(toTxn))
  const events = transactions.flatMap((one) => one.events)
  const kinds: Record<string, number> = { txn: transactions.length }
  for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1
  const sizes = events.map(({ node }) => node.content?.sizeBytes ?? 0)
  const names = [...new Set(events.map(({ node }) => node.name))].toSorted(byBytes)
  const some = transactions.filter(({ header }) => header.txn >= 1000 && header.txn <= 1063)
  return {
    kinds,
    lastTxn: Math.max(...transactions.map(({ header }) => header.txn)),
    nodes: new Set(events.map(({ node }) => node.id)).size,
    sizes: sizes.reduce((sum, size) => sum + size, 0),
    greatestSize: Math.max(...sizes),
    greatestVersion: Math.max(...events.map(({ node }) => node.content?.version ?? 0)),
    firstName: names[0]!,
    lastName: names[names.length - 1]!,
    leastTime: Math.min(...events.flatMap(({ times }) => times?.minMicros ?? [])),
    greatestTime: Math.max(...events.flatMap(({ times }) => times?.maxMicros ?? [])),
    some: some.reduce((sum, one) => sum + 1 + one.events.length, 0)
  }
})

/** The rows of the table as Pond reads them from its data files. */
const digestOf = Effect.fnUntraced(function* (table: string, lastTxn: number | undefined) {
  const store = localStore(table)
  const { files } = yield* openState(store, new Pieces(store))
  const digest = createHash("sha256")
  let rows = 0
  for (const file of files) {
    const query = { withContent: true, ...(lastTxn === undefined ? {} : { lastTxn }) }
    for (const row of yield* rowsOfFile(store, file, query)) {
      const values = COLUMNS.map(({ name }) => row[name])
      digest.update(`${JSON.stringify(values.map((value) => (value instanceof Uint8Array ? hexOf(value) : value)))}\n`)
      rows += 1
    }
  }
  return { rows, digest: digest.digest("hex") }
})

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** What Pond says of the pond in a directory, as it was after a transaction. */
export const saidByPond = (url: string, txn?: number): Promise<Said> =>
  Effect.gen(function* () {
    return { ...(yield* digestOf(join(url, "data"), txn)), ...(yield* sums(txn)) }
  }).pipe(Effect.provide(Pond.layer({ url })), Effect.runPromise)
