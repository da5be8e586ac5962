/**
 * `pond show`: its grammar and help.
 */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { present } from "../present.ts"
import { Session } from "../session.ts"

const config = {
  txn: Argument.Int("TXN").pipe(Argument.withDescription("Number of the transaction, as `pond log` tells it"))
}

/** `pond show`: one transaction with all its events. */
export const show = Command.make("show", config, ({ txn }) =>
  Effect.gen(function* () {
    const pond = yield* (yield* Session).pond
    const { showLines, ShownTransaction, showTransaction } = yield* Effect.promise(() => import("../history/show.ts"))
    yield* present(ShownTransaction, yield* showTransaction(pond, txn), showLines)
  })
).pipe(
  Command.withDescription("Show one transaction: who made it, what was asked for, and every event of it."),
  Command.withExamples([
    { command: "pond show 12", description: "Everything that transaction 12 did" },
    { command: "pond diff 11 12", description: "The same as differences of files" }
  ])
)
