/**
 * A thread of the hashing pool, started and terminated by `pool.ts`. It takes regions of all jobs that it was told of,
 * one of each in turn, so that a small file does not wait for a large one.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads"
import type { Work } from "./job.ts"
import { takeRegion } from "./job.ts"
import { kernel, useKernelModule } from "./kernels.ts"
import type { Assignment, Message } from "./pool.ts"

const { module, thread } = workerData as Assignment

const tell = (message: Message, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parentPort!.postMessage(message, transfer)

/** Works on `first`, and on what comes in meanwhile, until nothing is left to take. */
const workOn = (first: Work): void => {
  const works = [first]
  for (let work = works.shift(); work !== undefined; work = works.shift()) {
    const taken = takeRegion(work, thread)
    if (typeof taken === "object") tell(taken, taken.joint?.pairs === undefined ? [] : [taken.joint.pairs.buffer])
    if (taken === "none") tell({ left: work.job })
    else works.push(work)
    const next = receiveMessageOnPort(parentPort!)
    if (next !== undefined) works.push(next.message as Work)
  }
}

useKernelModule(module)
kernel()
parentPort!.on("message", workOn)
tell("ready")
