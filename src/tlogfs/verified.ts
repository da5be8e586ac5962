/**
 * Reading objects that are known by their BLAKE3: Parquet files of the log and the index. No byte of theirs is used unchecked (R4).
 *
 * An object of at most 1 MiB is read whole. A larger one has an outboard, an object of its own, and is read by verified ranges.
 */
import { Cause, type Context, Effect, Exit, Schema } from "effect"
import type { AsyncBuffer } from "hyparquet"
import { concatenate } from "../bao/outboard.ts"
import { fromHex, hash, type HashTree, runAsync, sameHash, toHex, verifyRange } from "../bao/index.ts"
import type { ObjectMissing, StoreError } from "../store/errors.ts"
import type { Store } from "../store/ObjectStore.ts"

/** Objects larger than this have an outboard. */
export const WHOLE_BYTES_MAX = 1024 * 1024

/** An object, what it must hash to, and where its outboard is. */
export interface ObjectReference {
  readonly key: string
  readonly sizeBytes: number
  /** BLAKE3, hex. */
  readonly hash: string
  readonly outboardKey?: string
}

/** An object of the pond does not hold what the log says. */
export class ObjectDamaged extends Schema.TaggedError<ObjectDamaged>()("ObjectDamaged", {
  key: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${this.key} is damaged: ${this.why}. Restore it from a copy of the pond; what does not lie in it stays readable`
  }
}

/**
 * Runs an operation inside code that awaits promises, rejecting with its typed error. `context` is that of whoever asks: their logger hears
 * its warnings, their clock times its retries, their tracer sees it.
 */
export const promiseOf = async <A, E>(context: Context.Context<never>, effect: Effect.Effect<A, E>): Promise<A> => {
  const exit = await Effect.runPromiseExitWith(context)(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

/** Reads a whole object and checks it. */
export const getVerified = Effect.fnUntraced(function* (
  store: Store,
  reference: ObjectReference
): Effect.fn.Return<Uint8Array, ObjectDamaged | ObjectMissing | StoreError> {
  const bytes = yield* store.get(reference.key)
  if (bytes.length !== reference.sizeBytes || !sameHash(hash(bytes), fromHex(reference.hash))) {
    return yield* new ObjectDamaged({
      key: reference.key,
      why: `its ${bytes.length} bytes hash to ${toHex(hash(bytes))}, not to ${reference.hash} (${reference.sizeBytes} bytes)`
    })
  }
  return bytes
})

/** Opens an object as a file for the Parquet reader. Its `slice` rejects with `ObjectDamaged` or what the store says. */
export const verifiedFile = Effect.fnUntraced(function* (
  store: Store,
  reference: ObjectReference
): Effect.fn.Return<AsyncBuffer, ObjectDamaged | ObjectMissing | StoreError> {
  if (reference.outboardKey === undefined) return bufferOf(yield* getVerified(store, reference))
  const outboard = yield* store.get(reference.outboardKey)
  const tree: HashTree = { root: fromHex(reference.hash), sizeBytes: reference.sizeBytes, outboard }
  const context = yield* Effect.context()
  const read = (start: number, end: number) => promiseOf(context, store.getRange(reference.key, { start, end }))
  return {
    byteLength: reference.sizeBytes,
    slice: async (start, end = reference.sizeBytes) => {
      const parts: Array<Uint8Array> = []
      try {
        for await (const part of runAsync(verifyRange(tree, start, end), read)) parts.push(part)
      } catch (cause) {
        throw cause instanceof Error && "_tag" in cause && TREE_ERRORS.has(String(cause._tag))
          ? new ObjectDamaged({ key: reference.key, why: cause.message })
          : cause
      }
      return concatenate(parts).buffer as ArrayBuffer
    }
  }
})

const TREE_ERRORS: ReadonlySet<string> = new Set(["VerificationFailed", "WrongLength", "RangeOutside"])

/** Bytes in memory as a file for the Parquet reader. */
export const bufferOf = (bytes: Uint8Array): AsyncBuffer => {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  return { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) }
}
