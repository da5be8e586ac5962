/**
 * What `pond add logfile --suggest DIR` answers: the rotation families of a directory of the host, as lines that are ready to be run.
 */
import { Effect } from "effect"
import { resolve } from "node:path"
import { type HostFailed, HostFiles } from "../host/files.ts"
import { families, suggestions } from "./families.ts"
import { textOfName } from "./names.ts"

/** Looks at the names in a directory, and suggests a mirror for each family of logs that it finds. */
export const suggest = Effect.fn("logfile.suggest")(function* (
  directory: string
): Effect.fn.Return<ReadonlyArray<string>, HostFailed, HostFiles> {
  const absolute = resolve(directory)
  const entries = yield* (yield* HostFiles).list(absolute)
  const names = entries.flatMap(({ kind, name }) => (kind === "file" ? (textOfName(name) ?? []) : []))
  return suggestions(absolute, families(names))
})
