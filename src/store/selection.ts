/**
 * Which keys a list asks for.
 */
import { compareKeys } from "./key.ts"

/** The keys that begin with `prefix` and sort after `startAfter`. */
export interface Selection {
  readonly prefix: string
  readonly startAfter: string | undefined
}

/** Tells whether a key is selected. */
export const isSelected = (key: string, { prefix, startAfter }: Selection): boolean =>
  key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0)

/** Tells whether a folder (`a/b/`, or "" for the root) can hold a selected key. */
export const mayHold = (folder: string, { prefix, startAfter }: Selection): boolean =>
  (folder.startsWith(prefix) || prefix.startsWith(folder)) &&
  (startAfter === undefined || startAfter.startsWith(folder) || compareKeys(folder, startAfter) > 0)
