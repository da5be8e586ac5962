/**
 * A thread that unpacks lines of JSON and takes them apart, started and terminated by `crew.ts`: one order after the other. What it unpacked stays with it
 * until it was checked, and then is taken apart where it is.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads"
import { kernel as hashKernel, useKernelModule } from "../../bao/kernels.ts"
import { isCommon, type Packed, unpackAtOnce } from "../../tlogfs/content/threads/unpack.ts"
import type { Answer, Assignment, Kept, Order, Task } from "./order.ts"
import { Taker } from "./taker.ts"

const LINE_FEED = 10
const NOTHING = new Uint8Array(0)

const { hashing, module } = workerData as Assignment
useKernelModule(hashing)
hashKernel()

const taker = new Taker(module)

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes that were unpacked, by the numbers of their orders. */
const kept = new Map<number, ReadonlyArray<Bytes>>()

const take = (piece: Bytes | number): ReadonlyArray<Bytes> => {
  if (typeof piece !== "number") return [piece]
  const parts = kept.get(piece) ?? []
  kept.delete(piece)
  return parts
}

/** Gives memory back; parts may lie in one buffer. */
const release = (parts: ReadonlyArray<Bytes>): void => {
  for (const { buffer } of parts) if (!buffer.detached && !isCommon(buffer)) buffer.transfer(0)
}

/** Cuts parts into whole lines, which stay where they are, and a copy of what lies behind. */
const cut = (parts: ReadonlyArray<Bytes>): Pick<Kept, "linesBytes" | "tail"> => {
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0)
  let end = sizeBytes
  for (const part of parts.toReversed()) {
    const place = part.lastIndexOf(LINE_FEED)
    end -= part.length
    if (place < 0) continue
    end += place + 1
    break
  }
  const tail = new Uint8Array(sizeBytes - end)
  let at = sizeBytes
  for (const part of parts.toReversed()) {
    if (at <= end) break
    const behind = part.subarray(Math.max(0, part.length - (at - end)))
    at -= behind.length
    tail.set(behind, at - end)
  }
  return { linesBytes: end, tail }
}

const unpack = (order: number, packed: Packed): Answer => {
  try {
    const unpacked = unpackAtOnce({ ...packed, wantsBytes: true })
    const parts = unpacked.map(({ bytes }) => bytes as Bytes)
    kept.set(order, parts)
    return { order, kept: { unpacked: unpacked.map((part) => ({ ...part, bytes: NOTHING })), ...cut(parts) } }
  } catch (error) {
    return { order, failure: error instanceof Error ? error.message : String(error) }
  }
}

const shred = (order: number, { length, pieces }: Extract<Task, { readonly kind: "shred" }>): Answer => {
  const parts = pieces.flatMap(take)
  // What is not kept any more leaves other lines where it should be: there are fewer bytes.
  const groups = taker.take(parts, length)
  release(parts)
  return groups === undefined ? { order } : { order, groups }
}

const tell = (answer: Answer): void => {
  const buffers = [answer.kept?.tail, ...(answer.groups ?? []).map(({ bytes }) => bytes)]
  parentPort!.postMessage(
    answer,
    buffers.flatMap((bytes) => (bytes === undefined ? [] : [bytes.buffer]))
  )
}

const work = (given: Order): void => {
  if (given.kind === "forget") release(take(given.kept))
  else tell(given.kind === "unpack" ? unpack(given.order, given.packed) : shred(given.order, given))
}

const waiting: Array<Order> = []

// Lines can wait, and what is to be unpacked becomes lines.
parentPort!.on("message", (order: Order) => {
  waiting.push(order)
  while (waiting.length > 0) {
    for (let next = receiveMessageOnPort(parentPort!); next !== undefined; next = receiveMessageOnPort(parentPort!)) {
      waiting.push(next.message as Order)
    }
    const first = waiting.findIndex(({ kind }) => kind !== "shred")
    work(waiting.splice(Math.max(0, first), 1)[0]!)
  }
})
