/**
 * A thread that unpacks and searches, started and terminated by `threads.ts`. What is unpacked is searched while the processor has it at hand, and only what
 * was found leaves the thread. A pattern may take forever: this thread can be ended.
 */
import { setFlagsFromString } from "node:v8"
import { parentPort, workerData } from "node:worker_threads"
import { BlockSearch } from "../../formats/search/block.ts"
import { searchKernel } from "../../formats/search/kernel.ts"
import { type Piece, PieceSearch, searchLine } from "../../formats/search/piece.ts"
import type { LineQuery } from "../../formats/search/query.ts"
import { kernel } from "../../bao/kernels.ts"
import { unpackAtOnce } from "../../tlogfs/content/threads/unpack.ts"
import type { Answer, Order } from "./threads.ts"

// What goes back again and again is left to V8's engine of linear time, where it knows the pattern.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks")
setFlagsFromString("--regexp-backtracks-before-fallback=10000000")

const search = new BlockSearch(workerData as LineQuery, searchKernel())

const buffersOf = ({ found, head, tail }: Piece): Array<ArrayBuffer> =>
  [...new Set([found.lines.buffer, found.text.buffer, head.buffer, tail.buffer])] as Array<ArrayBuffer>

const tell = (answer: Answer, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parentPort!.postMessage(answer, transfer)

const work = (given: Order): void => {
  const { order } = given
  if (given.kind === "line") {
    const found = searchLine(search, given.bytes)
    tell({ order, found }, [found.lines.buffer, found.text.buffer] as Array<ArrayBuffer>)
    return
  }
  const piece = new PieceSearch(search)
  if (given.kind === "bytes") {
    piece.push(given.bytes)
    const searched = piece.finish()
    tell({ order, piece: searched, unpacked: [] }, buffersOf(searched))
    return
  }
  try {
    const unpacked = unpackAtOnce(given.packed, (part) => piece.push(part))
    const searched = piece.finish()
    tell({ order, piece: searched, unpacked }, buffersOf(searched))
  } catch (error) {
    tell({ order, failure: error instanceof Error ? error.message : String(error) })
  }
}

kernel()
parentPort!.on("message", work)
