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
    const results = unpackAtOnce(packed)
    // Parts of bytes that were no frames lie in the one buffer that came.
    if (packed.wantsBytes && packed.frameEnds === undefined) {
      tell({ order, unpacked: results }, [packed.bytes.buffer as ArrayBuffer])
      return
    }
    const unpacked = results.map((part) => ({ ...part, bytes: alone(part.bytes) }))
    tell(
      { order, unpacked },
      unpacked.map(({ bytes }) => bytes.buffer)
    )
  } catch (error) {
    tell({ order, failure: error instanceof Error ? error.message : String(error) })
  }
}

useKernelModule((workerData as Assignment).module)
kernel()
parentPort!.on("message", work)
tell("ready")
