/**
 * The thread that searches, started and terminated by `thread.ts`. A pattern may take forever: this thread can be ended.
 */
import { setFlagsFromString } from "node:v8"
import { parentPort, workerData } from "node:worker_threads"
import { type FoundLine, type LineQuery, LineSearch } from "../../formats/search.ts"
import type { Answer, Order } from "./thread.ts"

// What goes back again and again is left to V8's engine of linear time, where it knows the pattern.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks")
setFlagsFromString("--regexp-backtracks-before-fallback=10000000")

const query = workerData as LineQuery
let search = new LineSearch(query)

/** Many small arrays are slow to hand over: one of all bytes is not. */
const packed = (found: ReadonlyArray<FoundLine>): Answer => {
  const bytes = new Uint8Array(found.reduce((sum, one) => sum + one.bytes.length, 0))
  let at = 0
  const lines = found.map(({ bytes: own, ...rest }) => {
    bytes.set(own, at)
    at += own.length
    return { ...rest, end: at }
  })
  return { bytes, lines, isDone: search.isDone }
}

const work = (order: Order): void => {
  if (order === "begin") search = new LineSearch(query)
  const found = order === "begin" ? [] : order === "end" ? search.finish() : search.push(order)
  const answer = packed(found)
  parentPort!.postMessage(answer, [answer.bytes.buffer as ArrayBuffer])
}

parentPort!.on("message", work)
