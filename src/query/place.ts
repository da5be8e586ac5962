/**
 * Where queries keep what they parsed: beside the pond, or, where nothing can be written there, in a directory that goes with the scope. What is kept may be
 * missing at any time (R6).
 */
import { Effect } from "effect"
import { constants } from "node:fs"
import { access, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CacheFailed } from "./errors.ts"

/** Whether files can be made in a directory, which need not exist yet. */
const isWritable = (directory: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    mkdir(directory, { recursive: true, mode: 0o700 })
      .then(() => access(directory, constants.W_OK | constants.X_OK))
      .then(
        () => true,
        () => false
      )
  )

/** A directory that goes with the scope. */
export const passingDirectory = Effect.acquireRelease(
  Effect.tryPromise({
    try: () => mkdtemp(join(tmpdir(), "pond-query-")),
    catch: (cause) => new CacheFailed({ path: tmpdir(), cause })
  }),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }).catch(() => undefined))
)

/** The directory for what is parsed; `control` is that of the pond's caches, where it has one. */
export const cachePlace = Effect.fnUntraced(function* (control: string | undefined) {
  const kept = control === undefined ? undefined : join(control, "query")
  return kept !== undefined && (yield* isWritable(kept)) ? kept : yield* passingDirectory
})
