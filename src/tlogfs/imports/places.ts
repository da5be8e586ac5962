/**
 * Where copies of imported ponds lie: whole ones beside a pond's own data, those of names alone in its caches.
 */
import { Effect, Stream } from "effect"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import type { StoreOptions } from "../../store/options.ts"
import { storeWithin } from "../../store/within.ts"
import type { LeaveOut } from "../../tinyfs/index.ts"

/** Where copies of imports are kept, and how ponds elsewhere are reached. */
export interface ImportPlaces {
  readonly data: Store
  readonly control: Store
  readonly reach: StoreOptions
  /** Is told which imports a walk leaves out because they cannot be read; without it such a walk fails. */
  readonly leaveOut?: LeaveOut | undefined
}

/** Where whole copies lie in the place of a pond. */
export const IMPORTS_FOLDER = "_imports/"

/** Where copies of names lie in the caches. */
export const NAMES_FOLDER = "caches/imports/"

/** The whole copy of an imported pond. */
export const wholeCopy = ({ data }: Pick<ImportPlaces, "data">, pond: string): Store =>
  storeWithin(data, `${IMPORTS_FOLDER}${pond}/`)

/** The copy of its names and history. */
export const namesCopy = ({ control }: Pick<ImportPlaces, "control">, pond: string): Store =>
  storeWithin(control, `${NAMES_FOLDER}${pond}/`)

/** The ponds of which there are copies in a folder of a store. */
export const copiesIn = Effect.fnUntraced(function* (
  store: Store,
  folder: string
): Effect.fn.Return<ReadonlyArray<string>, StoreError> {
  const ponds = new Set<string>()
  yield* Stream.runForEach(store.list(folder), ({ key }) =>
    Effect.sync(() => {
      const rest = key.slice(folder.length)
      if (POND.test(rest)) ponds.add(rest.slice(0, rest.indexOf("/")))
    })
  )
  return [...ponds]
})

const POND = /^[0-9a-f-]{36}\//u

/** Removes a copy: its log first, so that what is left when this is interrupted is no pond. */
export const forgetCopy = Effect.fnUntraced(function* (copy: Store) {
  for (const prefix of ["_delta_log/", ""]) yield* Stream.runForEach(copy.list(prefix), ({ key }) => copy.delete(key))
})
