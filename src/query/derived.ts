/**
 * Derived nodes: a query over other paths, seen as a table. Its content is named by everything that it depends on (`fingerprint.ts`) and made when it is
 * asked for: what is kept of it is never that of other inputs, and may be deleted at any time (R6).
 *
 * Equal inputs give equal bytes: rows are in the order that the statement says, else in that of their values, and a statement cannot ask for the time,
 * chance, or a file of the machine.
 */
import { Effect, Result, type Scope, Stream } from "effect"
import { Yaml } from "effect/encoding"
import { createReadStream } from "node:fs"
import type { Node } from "../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../tlogfs/pond.ts"
import type { Content } from "./content.ts"
import { type Deriver, Deriving } from "./deriving.ts"
import { Unreadable } from "./errors.ts"
import { fingerprint } from "./fingerprint.ts"
import { isOrdered } from "./repeatable.ts"
import type { QueryOptions } from "./tables.ts"

/** What a derived node says. */
export interface DerivedQuery {
  readonly query: string
  readonly badLines: "strict" | "skip"
}

/** The longest configuration that is read, in bytes. */
const CONFIG_BYTES_MAX = 64 * 1024
/** Queries that may lie upon each other. */
const DEPTH_MAX = 16

/** Reads the configuration of a derived node, or tells why it is none. */
export const derivedQuery = ({ config }: Node): Result.Result<DerivedQuery, string> => {
  if (config === undefined || config.length > CONFIG_BYTES_MAX)
    return Result.fail("its configuration is missing or too long")
  const read = Result.try(() => Yaml.parse(new TextDecoder().decode(config)) as Partial<Record<string, unknown>> | null)
  if (Result.isFailure(read)) return Result.fail("its configuration is not YAML")
  const query = read.success?.["query"]
  if (typeof query !== "string") return Result.fail("its configuration has no query")
  return Result.succeed({ query, badLines: read.success?.["bad_lines"] === "skip" ? "skip" : "strict" })
}

/** Runs a statement, and gives its rows as a file of Parquet. */
type Run = (
  sql: string,
  options: QueryOptions
) => Effect.Effect<{ readonly file: string }, { readonly message: string }, Scope.Scope>

/** Makes contents of derived nodes; `chain` are those that ask for one, outermost first. */
const deriverOf = (pond: PondInterface, directory: string, run: Run, chain: ReadonlyArray<Node>): Deriver => ({
  content: Effect.fnUntraced(function* (snapshot: Snapshot, path: string, node: Node) {
    const failed = (reason: string) => new Unreadable({ path, format: null, reason })
    const round = chain.findIndex(({ id }) => id === node.id)
    if (round >= 0) {
      const names = [...chain.slice(round), node].map(({ name }) => JSON.stringify(name)).join(" asks ")
      return yield* failed(`it is a query that asks itself: ${names}`)
    }
    if (chain.length >= DEPTH_MAX) return yield* failed(`more than ${DEPTH_MAX} queries lie upon each other`)
    const { badLines, query } = yield* Effect.mapError(Effect.fromResult(derivedQuery(node)), failed)
    // One thread: several give rows in other orders, and aggregates of them other values.
    const options: QueryOptions = { snapshot, badLines, threads: 1 }
    const inner = deriverOf(pond, directory, run, [...chain, node])
    const within = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.mapError(Effect.provideService(effect, Deriving, inner), ({ message }) => failed(message))
    const { changing, key, statement, tree } = yield* within(fingerprint(pond, directory, query, options))
    if (changing !== undefined) {
      return yield* failed(`${changing} gives another value each time; a derived node answers the same to equal inputs`)
    }
    const sql = isOrdered(tree) ? query : `SELECT * FROM (${statement}) ORDER BY ALL`
    const bytes = Stream.unwrap(
      Effect.map(within(run(sql, options)), ({ file }) =>
        Stream.fromAsyncIterable<Uint8Array, Unreadable>(createReadStream(file), (cause) => failed(String(cause)))
      )
    )
    const content: Content = {
      path,
      format: "parquet",
      key: `${key}-${badLines}-derived`,
      sizeBytes: 0,
      isGrowing: false,
      earlier: Effect.succeed([]),
      bytes: () => bytes
    }
    return content
  })
})

/** Makes contents of derived nodes with the statements that a pond runs. */
export const deriverOver = (pond: PondInterface, directory: string, run: Run): Deriver =>
  deriverOf(pond, directory, run, [])
