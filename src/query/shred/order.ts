/**
 * What threads that take JSON lines apart are told, and what they answer.
 */
import type { WasmModule } from "../../bao/wasm/host.ts"
import type { EncodedGroup } from "./group.ts"

/** What a new thread is given: the module of the kernel, compiled once. */
export interface Assignment {
  readonly module: WasmModule
}

/** Something to take apart: the first bytes of chunks, which end with a line. No chunk lies behind them. */
export interface Order {
  readonly order: number
  readonly chunks: ReadonlyArray<Uint8Array<ArrayBuffer>>
  readonly length: number
}

/** What became of it: groups of rows, or nothing where not all lines could be read. */
export interface Answer {
  readonly order: number
  readonly groups: ReadonlyArray<EncodedGroup> | undefined
}
