/**
 * The store in a directory of a local file system.
 *
 * Creating an object (R2, R3; each step is a test): exclusive creation in the staging folder, write, length check, fsync, close;
 * `link` to the final name, which never overwrites; fsync of the directory that holds the name, and of the parent of every
 * directory that was made; removal of the temporary name. Directories are 0700, files 0600 at most, whatever the umask.
 * Objects in order go the same way, one after the other: only the fsync of later ones runs while those ahead of them get their names.
 * Nothing is made before the first write: opening and reading leave no trace.
 */
import * as Path from "node:path"
import { Layer } from "effect"
import { ObjectStore } from "../ObjectStore.ts"
import type { Store } from "../ObjectStore.ts"
import { nodeFileCalls } from "./calls.ts"
import type { FileCalls } from "./calls.ts"
import { Files } from "./files.ts"
import { readingOf } from "./reading.ts"
import { writingOf } from "./writing.ts"

/** Makes the store in the directory `root`, which the first write creates. `calls` is the file system, a test's or the machine's. */
export const localStore = (root: string, calls: FileCalls = nodeFileCalls): Store => {
  const files = new Files(Path.resolve(root), calls)
  return {
    url: files.root,
    capabilities: {
      conditionalPut: true,
      durable: true,
      readOnly: false,
      remote: false,
      get atomicCreate() {
        return files.placement.hardLinks
      }
    },
    ...readingOf(files),
    ...writingOf(files)
  }
}

/** Provides the store in the directory `root`. */
export const layerLocal = (root: string): Layer.Layer<ObjectStore> =>
  Layer.sync(ObjectStore, () => ObjectStore.of(localStore(root)))
