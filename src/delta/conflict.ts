/**
 * Whether a commit that lost a race may be repeated on top of the winner (section "conflicts" of the protocol). Pure.
 *
 * What two commits may do to each other is decided by what they read and write: protocol, metadata, files, applications, domains. A
 * winner that condemned files (see vacuum.ts) conflicts with everybody who was about to add one of them.
 */
import type { Action } from "./actions.ts"
import type { LogEntry } from "./entry.ts"
import type { ConflictReason } from "./errors.ts"
import { decodePath } from "./path.ts"

/** What of the table a commit rests on. */
export interface Reads {
  /** Paths of the files that were read; `all`: every file, so that a new one matters too. None by default. */
  readonly files?: "all" | ReadonlySet<string>
}

/** Why a commit cannot be repeated, and in words. */
export interface Conflict {
  readonly reason: ConflictReason
  readonly detail: string
}

/** The name in `commitInfo` under which a vacuum lists the paths it is about to delete. */
export const CONDEMNED = "condemned"

const pathsOf = (actions: ReadonlyArray<Action>, kind: "add" | "remove"): ReadonlySet<string> => {
  const paths = new Set<string>()
  for (const action of actions) {
    if (kind === "add" && "add" in action) paths.add(decodePath(action.add.path))
    if (kind === "remove" && "remove" in action) paths.add(decodePath(action.remove.path))
  }
  return paths
}

const condemnedPaths = ({ commitInfo }: LogEntry): ReadonlyArray<string> => {
  const list = Object.hasOwn(commitInfo, CONDEMNED) ? commitInfo[CONDEMNED] : undefined
  return Array.isArray(list) ? list.filter((path) => typeof path === "string") : []
}

/** The part of a winner's actions that contradicts what was read. */
const readConflict = (winner: LogEntry, reads: Reads, own: ReadonlyArray<Action>): Conflict | undefined => {
  const touched = new Set([...pathsOf(own, "remove"), ...(reads.files instanceof Set ? reads.files : [])])
  for (const action of winner.actions) {
    if ("remove" in action) {
      const path = decodePath(action.remove.path)
      if (touched.has(path) || (reads.files === "all" && action.remove.dataChange)) {
        return {
          reason: "fileRemoved",
          detail: `it removed ${JSON.stringify(path)}, which this commit read or removes`
        }
      }
    }
    if ("add" in action && reads.files === "all" && action.add.dataChange) {
      return {
        reason: "fileAdded",
        detail: `it added ${JSON.stringify(action.add.path)} to the files this commit read`
      }
    }
  }
  return undefined
}

/** What the winner's and the own actions both write. */
const writeConflict = (winner: LogEntry, own: ReadonlyArray<Action>): Conflict | undefined => {
  const apps = new Set(own.flatMap((action) => ("txn" in action ? [action.txn.appId] : [])))
  const domains = new Set(own.flatMap((action) => ("domainMetadata" in action ? [action.domainMetadata.domain] : [])))
  const added = pathsOf(own, "add")
  for (const action of winner.actions) {
    if ("protocol" in action) return { reason: "protocolChanged", detail: "it changed the protocol" }
    if ("metaData" in action) return { reason: "metadataChanged", detail: "it changed the metadata" }
    if ("txn" in action && apps.has(action.txn.appId)) {
      return { reason: "appConcurrent", detail: `it is a transaction of ${JSON.stringify(action.txn.appId)}, too` }
    }
    if ("domainMetadata" in action && domains.has(action.domainMetadata.domain)) {
      return { reason: "domainConcurrent", detail: `it wrote the domain ${action.domainMetadata.domain}, too` }
    }
    if ("add" in action && added.has(decodePath(action.add.path))) {
      return { reason: "fileAdded", detail: `it added ${JSON.stringify(action.add.path)}, too` }
    }
  }
  const condemned = condemnedPaths(winner).find((path) => added.has(decodePath(path)))
  if (condemned === undefined) return undefined
  return { reason: "condemned", detail: `it is about to delete ${JSON.stringify(condemned)}, which this commit adds` }
}

/** Why actions cannot be committed after a winner, or `undefined` when they can. */
export const conflictWith = (winner: LogEntry, own: ReadonlyArray<Action>, reads: Reads): Conflict | undefined =>
  writeConflict(winner, own) ?? readConflict(winner, reads, own)
