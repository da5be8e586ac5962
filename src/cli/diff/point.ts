/**
 * What `pond diff` compares, as people type it: a transaction, a time, or a path with a version.
 */
import { Effect, Schema } from "effect"
import { parseTime } from "../../tinyfs/time.ts"
import type { PondInterface } from "../../tlogfs/index.ts"

export { parseTime }

/** A side of a comparison. */
export type Point =
  | { readonly kind: "txn"; readonly txn: number }
  | { readonly kind: "time"; readonly timeMicros: number }
  | { readonly kind: "path"; readonly path: string; readonly version: number | undefined }

/** Text names no state of a pond. */
export class NotAPoint extends Schema.TaggedError<NotAPoint>()("NotAPoint", { text: Schema.String }) {
  override get message(): string {
    return `${JSON.stringify(this.text)} is no transaction and no time: write 12, 2026-11-21 or 2026-11-21T08:00`
  }
}

/** The sides of a comparison cannot be compared. */
export class NotComparable extends Schema.TaggedError<NotComparable>()("NotComparable", {
  left: Schema.String,
  right: Schema.String
}) {
  override get message(): string {
    return (
      `${JSON.stringify(this.left)} and ${JSON.stringify(this.right)} cannot be compared: name two transactions or times ` +
      "(`pond diff 3 7`), or two files (`pond diff a.csv@1 a.csv@2`)"
    )
  }
}

/** Reads one side: `7`, `head`, `2026-11-21`, `logs/app.log`, `logs/app.log@3`. */
export const parsePoint = (text: string): Point => {
  if (/^\d{1,15}$/.test(text)) return { kind: "txn", txn: Number(text) }
  if (text === "head") return { kind: "txn", txn: Number.POSITIVE_INFINITY }
  const timeMicros = parseTime(text)
  if (timeMicros !== undefined) return { kind: "time", timeMicros }
  const [, path = text, version] = /^(.+)@(\d{1,15})$/.exec(text) ?? []
  return { kind: "path", path, version: version === undefined ? undefined : Number(version) }
}

/** Gives the state of the pond at a transaction or time. */
export const snapshotAt = (pond: PondInterface, point: Exclude<Point, { kind: "path" }>) =>
  Effect.gen(function* () {
    if (point.kind === "time") return yield* pond.atTime(point.timeMicros)
    return point.txn === Number.POSITIVE_INFINITY ? yield* pond.head : yield* pond.at(point.txn)
  })
