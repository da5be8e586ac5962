/**
 * A thread of a crew, started and terminated by `crew.ts`: unpacks what it is given, one after the other.
 */
import { parentPort, workerData } from "node:worker_threads"
import { kernel, useKernelModule } from "../../../bao/kernels.ts"
import type { Answer, Assignment, Order } from "./crew.ts"
import { alone, unpackAtOnce } from "./unpack.ts"

const tell = (answer: Answer, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parentPort!.postMessage(answer, transfer)

const work = ({ order, packed }: Order): void => {
  try {
    const unpacked = unpackAtOnce(packed)
    const bytes = alone(unpacked.bytes)
    tell({ order, unpacked: { ...unpacked, bytes } }, [bytes.buffer])
  } catch (error) {
    tell({ order, failure: error instanceof Error ? error.message : String(error) })
  }
}

useKernelModule((workerData as Assignment).module)
kernel()
parentPort!.on("message", work)
tell("ready")
