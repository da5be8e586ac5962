/**
 * A thread that takes lines of JSON apart, started and terminated by `crew.ts`: one order after the other.
 */
import { parentPort, workerData } from "node:worker_threads"
import { type EncodedGroup, GroupEncoder } from "./group.ts"
import type { Answer, Assignment, Order } from "./order.ts"
import { Shredder } from "./shredder.ts"
import { kernelOf } from "./wasm/kernel.ts"

const kernel = kernelOf((workerData as Assignment).module)
const shredder = new Shredder(kernel)
const encoder = new GroupEncoder(kernel)

/** Brings the bytes of chunks together, and gives their memory back. */
const gather = ({ chunks, length }: Order): void => {
  let at = 0
  for (const chunk of chunks) {
    shredder.text.set(chunk.subarray(0, length - at), at)
    at += chunk.length
    chunk.buffer.transfer(0)
  }
}

const work = (order: Order): void => {
  gather(order)
  const groups: Array<EncodedGroup> = []
  const isRead = shredder.shred(order.length, (group) => {
    const encoded = encoder.encode(group)
    if (encoded !== undefined) groups.push(encoded)
    return encoded !== undefined
  })
  const answer: Answer = { order: order.order, groups: isRead ? groups : undefined }
  parentPort!.postMessage(
    answer,
    groups.map(({ bytes }) => bytes.buffer)
  )
}

parentPort!.on("message", work)
