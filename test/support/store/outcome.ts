/**
 * Printing what an operation of a store answered: for programs that tests run in processes of their own.
 */
import { Console, Effect } from "effect"

const shown = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error
    ? `${String(error._tag)}${"code" in error ? ` ${String(error.code)}` : ""}`
    : String(error)

/** Prints `label: answer`, or the tag and code of the failure. */
export const outcomeOf = <A, E>(label: string, operation: Effect.Effect<A, E>): Effect.Effect<void> =>
  Effect.matchEffect(operation, {
    onFailure: (error) => Console.log(`${label}: ${shown(error)}`),
    onSuccess: (answer) => Console.log(`${label}: ${String(answer)}`)
  })
