/**
 * How commands answer: one value, as text for people or as JSON for programs. Both come from the same Schema.
 */
import { Effect, Schema, Stream } from "effect"
import { Output } from "./output.ts"
import { Session } from "./session.ts"

/** Entries of a list that are laid out together. */
const PAGE_ENTRIES = 512

const textOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

/** Writes one value: with `--json` as one JSON document, otherwise as the lines that `toLines` makes of it. */
export const present = Effect.fnUntraced(function* <A, I>(
  schema: Schema.Codec<A, I>,
  value: A,
  toLines: (value: A) => ReadonlyArray<string>
) {
  const { isJson } = yield* Session
  const { data } = yield* Output
  if (!isJson) return yield* data(textOf(toLines(value)))
  yield* data(`${JSON.stringify(yield* Effect.orDie(Schema.encodeEffect(schema)(value)))}\n`)
})

/** Writes a list as it comes: with `--json` one JSON document per line, otherwise as lines, made of many entries at a time. */
export const presentAll = Effect.fnUntraced(function* <A, I, E, R>(
  schema: Schema.Codec<A, I>,
  values: Stream.Stream<A, E, R>,
  toLines: (values: ReadonlyArray<A>) => ReadonlyArray<string>
) {
  const { isJson } = yield* Session
  const { data } = yield* Output
  const encode = Schema.encodeEffect(schema)
  const linesOf = (page: ReadonlyArray<A>) =>
    isJson
      ? Effect.orDie(Effect.forEach(page, (value) => Effect.map(encode(value), (json) => JSON.stringify(json))))
      : Effect.succeed(toLines(page))
  yield* Stream.runForEach(Stream.grouped(values, PAGE_ENTRIES), (page) =>
    Effect.flatMap(linesOf(page), (lines) => data(textOf(lines)))
  )
})
