/**
 * Walking the objects below a root in the order of their keys' UTF-8 bytes, one directory in memory at a time.
 *
 * Foreign things (links, sockets, devices) are no objects and are passed over; what vanishes during the walk may or may not
 * be listed.
 */
import { STAGING, compareKeys } from "../key.ts"
import type { ListedObject } from "../ObjectStore.ts"
import { isSelected, mayHold } from "../selection.ts"
import type { Selection } from "../selection.ts"
import type { FileCalls } from "./calls.ts"
import type { Directories } from "./directories.ts"
import { isAbsent } from "./failure.ts"

/** Gives the names in a directory, folders with a slash at the end, in the order in which their keys are listed. */
const namesIn = (calls: FileCalls, path: string): Array<string> => {
  const names: Array<string> = []
  try {
    for (const { name, kind } of calls.readdir(path)) {
      if (kind === "file") names.push(name)
      else if (kind === "directory") names.push(`${name}/`)
    }
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  return names.toSorted(compareKeys)
}

/** A folder on the way from the root to where the walk is. */
interface Level {
  readonly folder: string
  readonly names: ReadonlyArray<string>
  next: number
}

/** Walks the selected objects. Each step makes the file system calls it needs, and throws what they throw. */
export function* walk(
  calls: FileCalls,
  directories: Directories,
  selection: Selection
): Generator<ListedObject, void, void> {
  const enter = (folder: string): Level => {
    const path = folder.startsWith(`${STAGING}/`) ? undefined : directories.find(folder)
    return { folder, names: path === undefined ? [] : namesIn(calls, path), next: 0 }
  }
  const levels = [enter(selection.prefix.slice(0, selection.prefix.lastIndexOf("/") + 1))]
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.names[level.next++]
    const key = level.folder + (name ?? "")
    if (name === undefined) {
      levels.pop()
    } else if (name.endsWith("/")) {
      if (mayHold(key, selection)) levels.push(enter(key))
    } else if (isSelected(key, selection)) {
      const status = calls.lstat(`${directories.root}/${key}`)
      if (status?.kind === "file") yield { key, sizeBytes: status.sizeBytes, modifiedMs: status.modifiedMs }
    }
  }
}
