/**
 * A thread that takes lines of JSON apart, started and terminated by `crew.ts`: one slab after the other.
 */
import { parentPort } from "node:worker_threads"
import type { Answer, Order } from "./crew.ts"
import { type EncodedGroup, GroupEncoder } from "./group.ts"
import { Shredder } from "./shredder.ts"

const shredder = new Shredder()
const encoder = new GroupEncoder()

const work = ({ length, order, slab }: Order): void => {
  const groups: Array<EncodedGroup> = []
  const isRead = shredder.shred(new Uint8Array(slab), length, (group) => {
    const encoded = encoder.encode(group)
    if (encoded !== undefined) groups.push(encoded)
    return encoded !== undefined
  })
  const answer: Answer = { order, groups: isRead ? groups : undefined }
  parentPort!.postMessage(
    answer,
    groups.map(({ bytes }) => bytes.buffer)
  )
}

parentPort!.on("message", work)
