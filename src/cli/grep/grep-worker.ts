/**
 * A thread that unpacks and searches, started and terminated by `threads.ts`. What is unpacked is searched while the processor has it at hand, and only what
 * was found leaves the thread. A pattern may take forever: this thread can be ended.
 */
import { setFlagsFromString } from "node:v8"
import { parentPort, workerData } from "node:worker_threads"
import { BlockSearch } from "../../formats/search/block.ts"
import { searchKernel } from "../../formats/search/kernel.ts"
import { type Piece, PieceSearch, searchLine } from "../../formats/search/piece.ts"
import type { Found } from "../../formats/search/found.ts"
import type { LineQuery } from "../../formats/search/query.ts"
import { type Unpacked, unpackAtOnce } from "../../tlogfs/content/threads/unpack.ts"
import type { Answer, Order } from "./threads.ts"

// What goes back again and again, or too far, is left to V8's engine of linear time, where it knows the pattern.
setFlagsFromString("--enable-experimental-regexp-engine")
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks")
setFlagsFromString("--regexp-backtracks-before-fallback=10000000")

const search = new BlockSearch(workerData as LineQuery, searchKernel())

const buffersOf = ({ found, head, tail }: Piece): Array<ArrayBuffer> =>
  [...new Set([found.lines.buffer, found.text.buffer, head.buffer, tail.buffer])] as Array<ArrayBuffer>

const tell = (answer: Answer, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parentPort!.postMessage(answer, transfer)

/** Does something that may go wrong with some bytes; others can be searched all the same. */
const attempt = (make: () => void): string | undefined => {
  try {
    make()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const line = (order: number, bytes: Uint8Array): void => {
  let found: Found | undefined
  const trouble = attempt(() => (found = searchLine(search, bytes)))
  if (found === undefined) tell({ order, trouble })
  else tell({ order, found }, [found.lines.buffer, found.text.buffer] as Array<ArrayBuffer>)
}

const work = (given: Order): void => {
  const { order } = given
  if (given.kind === "line") return line(order, given.bytes)
  const pieces = new PieceSearch(search)
  let trouble: string | undefined
  const look = (part: Uint8Array): void => {
    trouble ??= attempt(() => pieces.push(part))
  }
  let unpacked: ReadonlyArray<Unpacked> = []
  const failure = attempt(() => {
    if (given.kind === "bytes") look(given.bytes)
    else unpacked = unpackAtOnce(given.packed, look)
  })
  if (failure !== undefined) return tell({ order, failure })
  const piece = pieces.finish()
  tell({ order, piece, unpacked, trouble }, buffersOf(piece))
}

parentPort!.on("message", work)
