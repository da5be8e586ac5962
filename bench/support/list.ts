/**
 * What a command that lists one directory does, as a process of its own: opens a pond, lists, prints how many there were and its memory.
 */
import { Effect } from "effect"
import { stdout } from "node:process"
import { localStore } from "../../src/store/local/store.ts"
import { openPersistence } from "../../src/tlogfs/persistence.ts"
import { pondOf } from "../../src/tlogfs/pond.ts"
import { peakMegabytes } from "./memory.ts"

const [directory = "", path = "/"] = process.argv.slice(2)
const listed = await Effect.runPromise(
  Effect.gen(function* () {
    const pond = pondOf(yield* openPersistence(localStore(`${directory}/data`)), undefined)
    return yield* (yield* pond.head).list(path)
  })
)
stdout.write(`${JSON.stringify({ count: listed.length, rssMegabytes: peakMegabytes() })}\n`)
