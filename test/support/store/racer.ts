/**
 * A thread that creates the same keys as its rivals, at the same moments, and reports which it won.
 */
import { parentPort, workerData } from "node:worker_threads"
import { Effect } from "effect"
import { nodeFileCalls } from "../../../src/store/local/calls.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { utf8 } from "./bytes.ts"
import { callsWithoutLinks } from "./subjects.ts"

interface Race {
  readonly root: string
  readonly racer: number
  readonly racers: number
  readonly gate: SharedArrayBuffer
  readonly links: boolean
  readonly keys: number
}

const { root, racer, racers, gate, links, keys } = workerData as Race
const store = localStore(root, links ? nodeFileCalls : callsWithoutLinks)
const arrived = new Int32Array(gate)
const won: Array<number> = []

/** Waits until every racer stands before the same key. */
const barrier = (number: number): void => {
  const all = (number + 1) * racers
  if (Atomics.add(arrived, 0, 1) + 1 === all) Atomics.notify(arrived, 0)
  for (let now = Atomics.load(arrived, 0); now < all; now = Atomics.load(arrived, 0)) Atomics.wait(arrived, 0, now)
}

for (let number = 0; number < keys; number++) {
  barrier(number)
  const bytes = utf8(`racer ${racer} wrote ${number}`)
  // An empty claim of a rival at work is a passing failure: whoever meets it has lost.
  const isLost = Effect.succeed(false)
  const created = Effect.catchTag(store.putIfAbsent(`race/${number}`, bytes), "StoreFailed", (error) =>
    error.transient ? isLost : Effect.fail(error)
  )
  if (await Effect.runPromise(created)) won.push(number)
}
parentPort?.postMessage(won)
