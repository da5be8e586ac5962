/**
 * A directory of the host that is gone when the test's scope closes.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** Makes a new empty directory. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "pond-delta-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)
