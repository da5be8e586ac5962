/**
 * What an answer depends on, as a hash: the statement, the files that its paths name now, and the programs that read them.
 */
import { Effect, Option } from "effect"
import { resolve } from "node:path"
import { hash, toHex } from "../bao/index.ts"
import { parseReference } from "../formats/reference.ts"
import type { PondInterface } from "../tlogfs/pond.ts"
import { QueryCache } from "./cache.ts"
import { openDatabase } from "./database.ts"
import { isDerived } from "./deriving.ts"
import { changingPart } from "./repeatable.ts"
import { Sources } from "./sources.ts"
import { parseStatement } from "./statement.ts"
import type { QueryOptions } from "./tables.ts"

/** Raised when answers change without their inputs. */
const GENERATION = 2

/** A statement with the name of its answer. */
export interface Fingerprinted {
  /** Equal when nothing that the statement asks has changed. */
  readonly key: string
  /** The statement as the parser writes it, and its tree. */
  readonly statement: string
  readonly tree: unknown
  /** What in it answers differently each time; undefined when nothing does. */
  readonly changing: string | undefined
}

/** Names what a statement answers. */
export const fingerprint = Effect.fn("query.fingerprint")(function* (
  pond: PondInterface,
  directory: string,
  sql: string,
  options: QueryOptions = {}
) {
  const work = yield* new QueryCache(resolve(directory)).work
  const database = yield* openDatabase({ memoryMb: 256, threads: 1, spill: work, spillMb: 256 })
  const snapshot = options.snapshot ?? (yield* pond.head)
  const [engine] = yield* database.rows<{ readonly version: string }>("SELECT version() AS version")
  const { statement, tables, tree } = yield* parseStatement(database, sql)
  const sources = new Sources(snapshot, options.attached)
  const inputs: Array<unknown> = []
  for (const { name, schema } of tables) {
    const reference = schema === "" ? parseReference(name, new Set(["host", ...sources.places])) : undefined
    // The history of the pond, or nothing that can be asked.
    if (reference === undefined || reference.place === "host") inputs.push([schema, name, snapshot.view.txn])
    else {
      const found = yield* Effect.forEach(yield* sources.lookups(reference), (lookup) => lookup)
      for (const { contents, path, source, txn } of found.flat()) {
        const node = Option.getOrUndefined(yield* snapshot.find(path))
        const isQuery = node !== undefined && isDerived(node)
        const derived = isQuery ? (yield* contents).map(({ key }) => key) : null
        inputs.push([name, source, path, txn, node?.content, derived])
      }
    }
  }
  const changing = yield* changingPart(database, tree)
  const key = toHex(hash(new TextEncoder().encode(JSON.stringify([GENERATION, engine?.version, statement, inputs]))))
  const named: Fingerprinted = { key, statement, tree, changing }
  return named
}, Effect.scoped)
