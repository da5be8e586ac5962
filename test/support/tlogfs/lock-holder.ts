/**
 * A process that takes the writer lock of a control directory, says how that went on one line, and holds it until it is ended.
 */
import { Effect } from "effect"
import { writerLock } from "../../../src/tlogfs/lock.ts"

const [control = "", waitMs = "0"] = process.argv.slice(2)

const said = await Effect.runPromise(
  Effect.scoped(
    writerLock(control, Number(waitMs)).pipe(
      Effect.andThen(Effect.sync(() => process.stdout.write("held\n"))),
      Effect.andThen(Effect.promise(() => new Promise((resolve) => process.stdin.once("end", resolve).resume()))),
      Effect.as("gave it back"),
      Effect.catch((error) => Effect.succeed(`${error._tag} ${"code" in error ? error.code : ""}: ${error.message}`))
    )
  )
)
process.stdout.write(`${said}\n`)
