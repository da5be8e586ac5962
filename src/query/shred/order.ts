/**
 * What threads that take JSON lines apart are told, and what they answer.
 */
import type { WasmModule } from "../../bao/wasm/host.ts"
import type { Packed, Unpacked } from "../../tlogfs/content/threads/unpack.ts"
import type { EncodedGroup } from "./group.ts"

/** What a new thread is given: the modules of the kernels that take lines apart and that hash, compiled once. */
export interface Assignment {
  readonly module: WasmModule
  readonly hashing: WasmModule | undefined
}

/** What a thread is to do. */
export type Task =
  /** Unpacks, and keeps the bytes under the number of the order. */
  | { readonly kind: "unpack"; readonly packed: Packed }
  /** Takes the lines apart that are the first bytes of pieces: of bytes that are given, or that the thread keeps. */
  | {
      readonly kind: "shred"
      readonly pieces: ReadonlyArray<Uint8Array<ArrayBuffer> | number>
      readonly length: number
    }
  /** Keeps bytes no longer. */
  | { readonly kind: "forget"; readonly kept: number }

/** A task with its number. */
export type Order = Task & { readonly order: number }

/** What was unpacked, without its bytes. */
export interface Kept {
  readonly unpacked: ReadonlyArray<Unpacked>
  /** Bytes up to the end of the last whole line. */
  readonly linesBytes: number
  /** What lies behind: the beginning of a line. */
  readonly tail: Uint8Array<ArrayBuffer>
}

/** What became of an order. */
export interface Answer {
  readonly order: number
  readonly kept?: Kept
  /** Why nothing could be unpacked. */
  readonly failure?: string
  /** Groups of rows; none where not all lines could be read. */
  readonly groups?: ReadonlyArray<EncodedGroup>
}
