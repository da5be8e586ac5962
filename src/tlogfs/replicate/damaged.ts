/**
 * Which files cannot be read in a copy because their bytes were damaged where it was made from (F30): told by rows, which are always whole.
 */
import { Effect, Stream } from "effect"
import { formatPath, type NodeId } from "../../tinyfs/index.ts"
import { Namespace } from "../namespace.ts"
import { damageOf, rowGroupsOfFile, type StateError } from "../state.ts"
import type { Copy } from "./relation.ts"
import { pathOf } from "./selection.ts"

/** A file of which bytes did not come. */
export interface DamagedFile {
  /** Where it lies now; `null` when only older versions of the pond have it. */
  readonly path: string | null
  readonly blob: string
  readonly why: string
}

/** The files of a copy that are stored in damaged blobs; reads all rows, when there is damage. */
export const damagedFilesOf = Effect.fnUntraced(function* (
  { state, store }: Copy,
  damaged: ReadonlyMap<string, string>
): Effect.fn.Return<ReadonlyArray<DamagedFile>, StateError> {
  if (damaged.size === 0) return []
  const found = new Map<string, { readonly id: NodeId; readonly blob: string }>()
  yield* Stream.fromIterable(state.files).pipe(
    Stream.flatMap((info) => rowGroupsOfFile(store, info)),
    Stream.runForEach((rows) =>
      Effect.sync(() => {
        for (const { blob, node_id: id, outboard_blob: tree } of rows) {
          for (const one of [blob, tree]) {
            if (one !== null && id !== null && damaged.has(one))
              found.set(`${id} ${one}`, { id: id as NodeId, blob: one })
          }
        }
      })
    )
  )
  const names = new Namespace(state, state.head.txn)
  return yield* Effect.tryPromise({
    try: async () => {
      const files: Array<DamagedFile> = []
      for (const { blob, id } of found.values()) {
        const path = await pathOf(names, id)
        files.push({ path: path === undefined ? null : formatPath(path), blob, why: damaged.get(blob)! })
      }
      return files
    },
    catch: (cause) => damageOf("_index", cause)
  })
})
