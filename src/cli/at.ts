/**
 * The flag `--at`: which state of the pond is meant.
 */
import { Effect, Option, Runtime, Schema } from "effect"
import { Flag } from "effect/cli"
import { ExitCode } from "./failure.ts"
import { Session } from "./session.ts"

/** What was given to `--at` is neither a transaction nor a time. */
export class NotAPoint extends Schema.TaggedError<NotAPoint>()("NotAPoint", { text: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.wrongUsage
  override get message(): string {
    return `${JSON.stringify(this.text)} is neither a transaction nor a time: --at takes 12, head, 2026-11-21 or 2026-11-21T08:00`
  }
}

/** `--at TXN|TIME`. */
export const atFlag = Flag.String("at").pipe(
  Flag.withDescription("As it was after a transaction, or at a time: 12, 2026-11-21, 2026-11-21T08:00"),
  Flag.withMetavar("TXN|TIME"),
  Flag.optional
)

/** The state of the pond that `--at` means; without it the newest. */
export const stateAt = Effect.fnUntraced(function* (at: Option.Option<string>) {
  const pond = yield* (yield* Session).pond
  if (Option.isNone(at)) return yield* pond.head
  const { parsePoint, snapshotAt } = yield* Effect.promise(() => import("./diff/point.ts"))
  const point = parsePoint(at.value)
  return point.kind === "path" ? yield* new NotAPoint({ text: at.value }) : yield* snapshotAt(pond, point)
})
