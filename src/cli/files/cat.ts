/**
 * What `pond cat` does.
 */
import { Effect, Option, Stream } from "effect"
import { isDerived } from "../../query/deriving.ts"
import { type ByteRange, isImported } from "../../tinyfs/index.ts"
import { stateAt } from "../at.ts"
import { WrongUsage } from "../failure.ts"
import { Output } from "../output.ts"
import type { RowFormat } from "../query/write.ts"

const RANGE = /^(\d{0,15})-(\d{0,15})$/u

/** Reads a range of bytes as people write it, for a content of so many; `undefined` when it is none. */
export const parseRange = (text: string, sizeBytes: number): ByteRange | undefined => {
  const found = RANGE.exec(text)
  if (found === null || text === "-") return undefined
  const [, first, last] = found as unknown as [string, string, string]
  if (first === "") return { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes }
  if (last !== "" && Number(last) < Number(first)) return undefined
  const end = last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  const start = Math.min(Number(first), sizeBytes)
  return { start, end: Math.max(start, end) }
}

/** Writes the bytes of files. */
export const run = Effect.fn("pond.cat")(function* (options: {
  readonly paths: ReadonlyArray<string>
  readonly version: Option.Option<number>
  readonly at: Option.Option<string>
  readonly range: Option.Option<string>
  readonly sql: Option.Option<string>
  readonly format: Option.Option<"raw" | RowFormat>
}) {
  const { at, paths, range, sql } = options
  const version = Option.getOrUndefined(options.version)
  const wrong = (problem: string) => new WrongUsage({ problem, command: "pond cat" })
  if (paths.length === 0) return yield* wrong("PATH is missing")
  if (paths.length > 1 && version !== undefined) return yield* wrong("`--version` goes with one PATH")
  const { data } = yield* Output
  const state = yield* stateAt(at)
  const isQuery = (path: string) =>
    Effect.map(state.find(path), (found) => Option.exists(found, (node) => isDerived(node) && !isImported(node)))
  const isRows = paths.length === 1 && Option.isNone(options.format) && (yield* isQuery(paths[0]!))
  const format = Option.getOrUndefined(options.format)
  if (isRows || Option.isSome(sql) || (format !== undefined && format !== "raw")) {
    if (format === "raw") return yield* wrong("`--sql` gives rows, which are not raw")
    if (paths.length > 1 || version !== undefined || Option.isSome(range)) {
      return yield* wrong("rows are those of one PATH, which may be a glob, without `--version` and `--range`")
    }
    const { ask } = yield* Effect.promise(() => import("../query/ask.ts"))
    const statement = Option.getOrElse(sql, () => "FROM source")
    const question = { sql: statement, command: "pond cat", at, format, output: Option.none() }
    return yield* ask({ ...question, options: { source: paths[0]! } })
  }
  for (const path of paths) {
    if (yield* isQuery(path)) {
      if (version !== undefined || Option.isSome(range)) return yield* wrong("a query has rows, no versions and ranges")
      const { derivedContent } = yield* Effect.promise(() => import("../query/derived.ts"))
      const answer = Effect.flatMap(derivedContent(state, path), ({ bytes }) => Stream.runForEach(bytes, data))
      yield* Effect.scoped(answer)
      continue
    }
    const chosen = version === undefined ? {} : { version }
    if (Option.isNone(range)) {
      yield* Stream.runForEach(state.read(path, chosen), data)
      continue
    }
    const versions = version === undefined ? [] : yield* state.versions(path)
    const content = versions.find((one) => one.version === version) ?? (yield* state.stat(path)).content
    const span = parseRange(range.value, content?.sizeBytes ?? 0)
    if (span === undefined) {
      return yield* wrong(`${JSON.stringify(range.value)} is not a range of bytes: 0-99, 100- and -50 are`)
    }
    yield* Stream.runForEach(state.read(path, { ...chosen, range: span }), data)
  }
})
