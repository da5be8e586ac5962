/**
 * The state of a table at a version: what remains when all entries up to it are reconciled (D16).
 *
 * Immutable and cheap to derive: the maps share structure, so that one commit on a table of 10,000s of files costs what it changes.
 * Files are known by their decoded path, so that two spellings of one URI are one file.
 */
import { HashMap, Option } from "effect"
import type { Action, Add, DomainMetadata, Metadata, Protocol, Remove, Txn } from "./actions.ts"
import type { LogEntry } from "./entry.ts"
import { Malformed, Unsupported } from "./errors.ts"
import type { JsonObject } from "./json.ts"
import { decodePath } from "./path.ts"
import { tableProperties } from "./properties.ts"
import type { TableProperties } from "./properties.ts"
import { parseSchema } from "./schema.ts"
import type { StructType } from "./schema.ts"

/** A table at a version. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** `metadata.schemaString`, decoded. */
  readonly schema: StructType
  /** `metadata.configuration`, decoded. */
  readonly properties: TableProperties
  /** Live files by decoded path; `dataChange` is false in all of them. */
  readonly files: HashMap.HashMap<string, Add>
  /** Tombstones by decoded path. */
  readonly tombstones: HashMap.HashMap<string, Remove>
  /** By application id. */
  readonly txns: HashMap.HashMap<string, Txn>
  /** By domain, removed ones excluded. */
  readonly domains: HashMap.HashMap<string, DomainMetadata>
  /** Bytes of all live files. */
  readonly sizeBytes: bigint
  /** `commitInfo` of this very version; `undefined` when its entry is gone. */
  readonly commitInfo: JsonObject | undefined
  /** The in-commit timestamp of this version, milliseconds since 1970. */
  readonly timestampMs: number | undefined
  /** Digest of this version's entry, where entries are sealed. */
  readonly seal: string | undefined
}

/** The state while actions are being applied; the maps are in mutation. */
interface Replay {
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  files: HashMap.HashMap<string, Add>
  tombstones: HashMap.HashMap<string, Remove>
  txns: HashMap.HashMap<string, Txn>
  domains: HashMap.HashMap<string, DomainMetadata>
  sizeBytes: bigint
}

const begin = (base: Snapshot | undefined): Replay => ({
  protocol: base?.protocol,
  metadata: base?.metadata,
  files: HashMap.beginMutation(base?.files ?? HashMap.empty()),
  tombstones: HashMap.beginMutation(base?.tombstones ?? HashMap.empty()),
  txns: HashMap.beginMutation(base?.txns ?? HashMap.empty()),
  domains: HashMap.beginMutation(base?.domains ?? HashMap.empty()),
  sizeBytes: base?.sizeBytes ?? 0n
})

const drop = (replay: Replay, key: string): void => {
  const old = HashMap.get(replay.files, key)
  if (Option.isNone(old)) return
  replay.sizeBytes -= old.value.size
  replay.files = HashMap.remove(replay.files, key)
}

/** Whether an action changed data concerns its commit alone: a state from a checkpoint and one from entries are the same. */
const settled = <A extends Add | Remove>(action: A): A =>
  action.dataChange ? { ...action, dataChange: false } : action

const apply = (replay: Replay, action: Action): void => {
  if ("add" in action) {
    // Reading such a file without its vector would bring deleted rows back.
    if (action.add.deletionVector !== undefined) throw new Unsupported("deletion vectors")
    const key = decodePath(action.add.path)
    drop(replay, key)
    replay.tombstones = HashMap.remove(replay.tombstones, key)
    replay.files = HashMap.set(replay.files, key, settled(action.add))
    replay.sizeBytes += action.add.size
  } else if ("remove" in action) {
    const key = decodePath(action.remove.path)
    drop(replay, key)
    replay.tombstones = HashMap.set(replay.tombstones, key, settled(action.remove))
  } else if ("domainMetadata" in action) {
    const { domainMetadata } = action
    if (domainMetadata.removed) replay.domains = HashMap.remove(replay.domains, domainMetadata.domain)
    else replay.domains = HashMap.set(replay.domains, domainMetadata.domain, domainMetadata)
  } else if ("txn" in action) {
    replay.txns = HashMap.set(replay.txns, action.txn.appId, action.txn)
  } else if ("metaData" in action) {
    replay.metadata = action.metaData
  } else if ("protocol" in action) {
    replay.protocol = action.protocol
  }
}

const finish = (
  replay: Replay,
  base: Snapshot | undefined,
  last: Pick<Snapshot, "version" | "commitInfo" | "timestampMs" | "seal">
): Snapshot => {
  const { metadata, protocol, sizeBytes } = replay
  if (protocol === undefined) throw new Malformed("no entry up to this version has a protocol action")
  if (metadata === undefined) throw new Malformed("no entry up to this version has a metaData action")
  const isSame = base !== undefined && base.metadata === metadata
  return {
    version: last.version,
    protocol,
    metadata,
    schema: isSame ? base.schema : parseSchema(metadata.schemaString),
    properties: isSame ? base.properties : tableProperties(metadata.configuration),
    files: HashMap.endMutation(replay.files),
    tombstones: HashMap.endMutation(replay.tombstones),
    txns: HashMap.endMutation(replay.txns),
    domains: HashMap.endMutation(replay.domains),
    sizeBytes,
    commitInfo: last.commitInfo,
    timestampMs: last.timestampMs,
    seal: last.seal
  }
}

/**
 * The state after further entries, contiguous and in order; `base` is `undefined` before version 0.
 * Throws `Malformed` when protocol or metadata are missing or cannot be understood, or a version is not the next one.
 */
export const advance = (base: Snapshot | undefined, entries: Iterable<LogEntry>): Snapshot => {
  const replay = begin(base)
  let version = base?.version ?? -1
  let last: LogEntry | undefined
  for (const entry of entries) {
    if (entry.version !== version + 1) throw new Malformed(`entry ${entry.version} does not follow version ${version}`)
    for (const action of entry.actions) apply(replay, action)
    version = entry.version
    last = entry
  }
  if (last === undefined) {
    if (base === undefined) throw new Malformed("there is no entry")
    return base
  }
  return finish(replay, base, { ...last, seal: last.seal?.digest })
}

/**
 * The state that a checkpoint holds; `entry` is the log entry of its version, whose `commitInfo` the checkpoint lacks.
 * Throws `Malformed`.
 */
export const fromCheckpoint = (version: number, actions: Iterable<Action>, entry: LogEntry | undefined): Snapshot => {
  const replay = begin(undefined)
  for (const action of actions) apply(replay, action)
  return finish(replay, undefined, {
    version,
    commitInfo: entry?.commitInfo,
    timestampMs: entry?.timestampMs,
    seal: entry?.seal?.digest
  })
}

/** The same state without tombstones older than a time, in milliseconds since 1970; a checkpoint and a long-lived writer drop them. */
export const withoutTombstonesBefore = (snapshot: Snapshot, timeMs: number): Snapshot => {
  const tombstones = HashMap.filter(
    snapshot.tombstones,
    (remove) => remove.deletionTimestamp !== undefined && remove.deletionTimestamp >= BigInt(Math.floor(timeMs))
  )
  return { ...snapshot, tombstones }
}

/** Live files in the order of their decoded paths. */
export const sortedFiles = (snapshot: Snapshot): ReadonlyArray<Add> =>
  HashMap.toEntries(snapshot.files)
    .toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([, add]) => add)

/** The configuration of a domain, `undefined` when the table has none. */
export const domain = (snapshot: Snapshot, name: string): string | undefined =>
  Option.getOrUndefined(HashMap.get(snapshot.domains, name))?.configuration
