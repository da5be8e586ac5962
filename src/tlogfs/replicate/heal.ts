/**
 * Healing: blobs that one copy of a pond lost, or that are damaged there, are written again from another copy (F30).
 *
 * A blob is named by its bytes: what comes is checked against that name before anything of the old object goes, and nobody can be given other
 * bytes than before. Names, history and layout stay as they are.
 */
import { Effect, Result } from "effect"
import type { Store } from "../../store/ObjectStore.ts"
import { fsck } from "../fsck/check.ts"
import { type CarriedBlobs, rewriteBlob } from "./blobs.ts"

/** What healing did. */
export interface Healed extends CarriedBlobs {
  /** What is damaged still, as fsck tells it: the other copy has no sound blob of that name, or it is no blob. */
  readonly remaining: ReadonlyArray<string>
}

const damageOf = (store: Store) =>
  Effect.map(fsck(store), ({ findings }) => findings.filter(({ kind }) => kind !== "foreign"))

/** Reads everything in `target`, and writes its damaged blobs again from `source`. */
export const heal = Effect.fn("tlogfs.heal")(function* (source: Store, target: Store) {
  const found = yield* damageOf(target)
  const blobs = new Set(found.filter(({ kind }) => kind === "blob").map(({ where }) => where))
  let healed: CarriedBlobs = { blobs: 0, bytes: 0 }
  for (const blob of blobs) {
    const bytes = yield* Effect.result(rewriteBlob(source, target, blob))
    if (Result.isSuccess(bytes)) healed = { blobs: healed.blobs + 1, bytes: healed.bytes + bytes.success }
  }
  const left = healed.blobs === 0 ? found : yield* damageOf(target)
  return { ...healed, remaining: left.map(({ what, where }) => `${where}: ${what}`) } satisfies Healed
})
