/**
 * What a command that lists one directory does, as a process of its own: opens a pond, lists, prints how many there were and its memory.
 */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { stdout } from "node:process"
import { localStore } from "../../src/store/local/store.ts"
import { openPersistence } from "../../src/tlogfs/persistence.ts"
import { pondOf } from "../../src/tlogfs/pond.ts"

/** The peak of this process alone: what `getrusage` says includes the process that started it. */
const peakMegabytes = (): number => {
  const status = readFileSync("/proc/self/status", "utf8")
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

const [directory = "", path = "/"] = process.argv.slice(2)
const listed = await Effect.runPromise(
  Effect.gen(function* () {
    const pond = pondOf(yield* openPersistence(localStore(`${directory}/data`)), undefined)
    return yield* (yield* pond.head).list(path)
  })
)
stdout.write(`${JSON.stringify({ count: listed.length, rssMegabytes: peakMegabytes() })}\n`)
