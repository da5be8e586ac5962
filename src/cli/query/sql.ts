/**
 * What `pond sql` does.
 */
import { Effect, Option } from "effect"
import type { RowFormat } from "./write.ts"
import { ask } from "./ask.ts"

/** Runs a statement and writes its rows. */
export const run = Effect.fn("pond.sql")(function* (options: {
  readonly query: string
  readonly at: Option.Option<string>
  readonly format: Option.Option<RowFormat>
  readonly output: Option.Option<string>
  readonly badLines: "strict" | "skip" | "quarantine"
  readonly onError: "fail" | "skip"
  readonly memory: number
  readonly timeout: Option.Option<number>
}) {
  const { at, badLines, format, memory, onError, output, query, timeout } = options
  yield* ask({
    sql: query,
    command: "pond sql",
    at,
    output,
    format: Option.getOrUndefined(format),
    options: { badLines, onError, memoryMb: memory, ...(Option.isSome(timeout) ? { seconds: timeout.value } : {}) }
  })
})
