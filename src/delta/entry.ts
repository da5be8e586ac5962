/**
 * One entry of the log: lines of JSON, one action each, applied whole or not at all (D1).
 *
 * `commitInfo` comes first (D11). An entry holds no two actions that reconcile with each other (D4); this is checked when an
 * entry is made and when one is read.
 */
import { decodeAction, encodeAction } from "./actions.ts"
import type { Action } from "./actions.ts"
import { Malformed } from "./errors.ts"
import { Fields, parseJson } from "./json.ts"
import type { JsonObject } from "./json.ts"
import { decodePath } from "./path.ts"
import { readSeal } from "./seal.ts"
import type { SealValue } from "./seal.ts"

/** A decoded entry. */
export interface LogEntry {
  readonly version: number
  /** Who committed and how: free JSON, empty when the entry has none. */
  readonly commitInfo: JsonObject
  /** All known actions but `commitInfo`, in order. */
  readonly actions: ReadonlyArray<Action>
  /** `commitInfo.inCommitTimestamp`, milliseconds since 1970. */
  readonly timestampMs: number | undefined
  /** Unchecked; `undefined` when the entry has none. */
  readonly seal: SealValue | undefined
  readonly sizeBytes: number
}

/** The key under which an action must be unique within one entry, `undefined` when any number may occur. */
const uniqueKey = (action: Action): string | undefined => {
  if ("add" in action) return `add of ${decodePath(action.add.path)}${dv(action.add.deletionVector)}`
  if ("remove" in action) return `remove of ${decodePath(action.remove.path)}`
  if ("metaData" in action) return "metaData"
  if ("protocol" in action) return "protocol"
  if ("commitInfo" in action) return "commitInfo"
  if ("txn" in action) return `txn of ${action.txn.appId}`
  if ("domainMetadata" in action) return `domainMetadata of ${action.domainMetadata.domain}`
  return undefined
}

const dv = (vector: unknown): string => (vector === undefined ? "" : " with a deletion vector")

/** Which rule a list of actions breaks by holding two that reconcile with each other (D4), in words, or `undefined`. */
export const repeated = (actions: ReadonlyArray<Action>): string | undefined => {
  if (actions.length < 2) return undefined
  const seen = new Set<string>()
  for (const action of actions) {
    const key = uniqueKey(action)
    if (key === undefined) continue
    if (seen.has(key)) return `it holds two actions of the kind ${JSON.stringify(key)}`
    seen.add(key)
  }
  return undefined
}

/** Encodes an entry: `commitInfo` first, a line feed after every line. */
export const encodeEntry = (commitInfo: JsonObject, actions: ReadonlyArray<Action>): Uint8Array => {
  let text = `${encodeAction({ commitInfo })}\n`
  for (const action of actions) text += `${encodeAction(action)}\n`
  return new TextEncoder().encode(text)
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Decodes the lines of an entry or of a JSON checkpoint; empty lines are skipped. Throws `Malformed`, naming the line. */
export const decodeLines = (bytes: Uint8Array): ReadonlyArray<Action> => {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Malformed("it is not UTF-8")
  }
  const actions: Array<Action> = []
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    try {
      const action = decodeAction(parseJson(line))
      if (action !== undefined) actions.push(action)
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause
      throw new Malformed(`line ${at + 1}: ${cause.message}`)
    }
  }
  return actions
}

/** Decodes an entry. Throws `Malformed` for anything torn, empty or contradictory. */
export const decodeEntry = (version: number, bytes: Uint8Array): LogEntry => {
  if (bytes.length === 0) throw new Malformed("it is empty")
  const lines = decodeLines(bytes)
  if (lines.length === 0) throw new Malformed("it holds no action")
  const problem = repeated(lines)
  if (problem !== undefined) throw new Malformed(problem)
  const info = lines.find((action) => "commitInfo" in action)
  const commitInfo = info !== undefined && "commitInfo" in info ? info.commitInfo : {}
  const timestamp = new Fields(commitInfo, "commitInfo").optionalInt64("inCommitTimestamp")
  return {
    version,
    commitInfo,
    actions: info === undefined ? lines : lines.filter((action) => action !== info),
    timestampMs: timestamp === undefined ? undefined : Number(timestamp),
    seal: readSeal(bytes),
    sizeBytes: bytes.length
  }
}
