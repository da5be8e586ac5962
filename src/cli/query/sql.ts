/**
 * What `pond sql` does.
 */
import { Effect, Option } from "effect"
import { MEMORY_MB_LEAST } from "../../query/allowance.ts"
import type { Attached } from "../../query/sources.ts"
import { WrongUsage } from "../failure.ts"
import { Session } from "../session.ts"
import type { RowFormat } from "./write.ts"
import { ask } from "./ask.ts"

/** What is wrong with the limits that somebody gives. */
const limitProblem = (memory: Option.Option<number>, timeout: Option.Option<number>): string | undefined => {
  if (Option.exists(memory, (megabytes) => megabytes < MEMORY_MB_LEAST))
    return `--memory takes at least ${MEMORY_MB_LEAST} MB`
  return Option.exists(timeout, (seconds) => seconds < 1) ? "--timeout takes at least one second" : undefined
}

/** Runs a statement and writes its rows. */
export const run = Effect.fn("pond.sql")(function* (options: {
  readonly query: string
  readonly at: Option.Option<string>
  readonly attach: ReadonlyArray<string>
  readonly format: Option.Option<RowFormat>
  readonly isPlotted: boolean
  readonly output: Option.Option<string>
  readonly badLines: "strict" | "skip" | "quarantine"
  readonly onError: "fail" | "skip"
  readonly memory: Option.Option<number>
  readonly timeout: Option.Option<number>
}) {
  const { at, attach, badLines, format, isPlotted, memory, onError, output, query, timeout } = options
  if (isPlotted && (Option.isSome(format) || Option.isSome(output) || (yield* Session).isJson)) {
    const problem = "a plot is for people: it goes without `--format`, `--output` and `--json`"
    return yield* new WrongUsage({ problem, command: "pond sql" })
  }
  const wrong = limitProblem(memory, timeout)
  if (wrong !== undefined) return yield* new WrongUsage({ problem: wrong, command: "pond sql" })
  // Loaded when somebody attaches: few statements name other ponds.
  const attached: Attached =
    attach.length === 0
      ? {}
      : yield* Effect.flatMap(
          Effect.promise(() => import("./attach.ts")),
          ({ attachedPonds }) => attachedPonds(attach, at)
        )
  yield* ask({
    sql: query,
    command: "pond sql",
    at,
    output,
    format: isPlotted ? "plot" : Option.getOrUndefined(format),
    options: {
      attached,
      badLines,
      onError,
      ...(Option.isSome(memory) ? { memoryMb: memory.value } : {}),
      ...(Option.isSome(timeout) ? { seconds: timeout.value } : {})
    }
  })
})
