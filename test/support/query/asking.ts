/**
 * A pond in memory with files, and questions to it.
 */
import { Effect, Stream } from "effect"
import { queryOver } from "../../../src/query/query.ts"
import type { QueryOptions } from "../../../src/query/tables.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { Folder } from "../pond.ts"
import { emptyPond } from "../tlogfs/open.ts"

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

/** A folder that goes with the scope. */
export const scopedFolder = Effect.map(Effect.acquireDisposable(Effect.sync(() => new Folder())), ({ path }) => path)

/** A pond in which files can be written, and asked for. */
export const asking = Effect.gen(function* () {
  const pond = yield* emptyPond
  const directory = yield* scopedFolder
  const query = queryOver(pond, directory)
  const change = (program: (open: typeof Transaction.Service) => Effect.Effect<unknown, unknown>) =>
    Effect.orDie(pond.transaction(Effect.flatMap(Transaction, program)))
  return {
    pond,
    directory,
    query,
    /** Writes files, with the directories above them. */
    write: (files: Readonly<Record<string, string | Uint8Array>>) =>
      change((open) =>
        Effect.forEach(Object.entries(files), ([path, content]) =>
          Effect.andThen(
            open.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true }),
            open.write(path, bytesOf(content))
          )
        )
      ),
    /** Adds to a series. */
    append: (path: string, content: string) => change((open) => open.append(path, bytesOf(content))),
    /** The rows of a statement, each a list of values. */
    rows: (sql: string, options?: QueryOptions) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { rows } = yield* query.answer(sql, options)
          return (yield* Stream.runCollect(rows.pages)).flat()
        })
      ),
    /** Names and types of the columns of a statement. */
    columns: (sql: string) => Effect.scoped(Effect.map(query.answer(sql), ({ rows }) => rows.columns)),
    notes: (sql: string, options?: QueryOptions) =>
      Effect.scoped(Effect.map(query.answer(sql, options), ({ notes }) => notes))
  }
})
