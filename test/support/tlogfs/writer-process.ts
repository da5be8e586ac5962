/**
 * A process that writes to a pond until it is done or killed: `node writer-process.ts <directory> <writer> <rounds> <grace of vacuum, ms>`.
 *
 * Writes `open`, then every acknowledged count as a line to its standard output, at once and in full: what a reader of it has seen was
 * acknowledged. Every fifth transaction carries a blob, after every ninth the pond is maintained.
 */
import { Effect, Logger } from "effect"
import { writeSync } from "node:fs"
import { join } from "node:path"
import { localStore } from "../../../src/store/local/store.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { count } from "./writers.ts"

const [directory = "", writer = "", rounds = "0", graceMs = "0"] = process.argv.slice(2)

const say = (text: string) => Effect.sync(() => writeSync(1, `${text}\n`))

const program = Effect.gen(function* () {
  const store = localStore(join(directory, "data"))
  yield* say("started")
  const pond = yield* openAt(store, true, join(directory, "control"))
  yield* say("open")
  for (let round = 1; round <= Number(rounds); round++) {
    yield* say(String(yield* count(pond, writer, round % 5 === 0 ? 100_000 : 0)))
    // Others may maintain at the same moment.
    if (round % 9 === 0) yield* Effect.catchTag(maintain(store, Number(graceMs)), "CommitConflict", () => Effect.void)
  }
})

await Effect.runPromise(Effect.provide(program, Logger.layer([])))
