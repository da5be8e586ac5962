/**
 * The Delta table of a pond: its log with seals, its definition, and what a commit needs to know of it (format.md section 2).
 */
import { HashMap } from "effect"
import { deriveKey, hash, type Mode, toHex } from "../bao/index.ts"
import type { Action, Add, DomainMetadata, Metadata, Protocol } from "../delta/actions.ts"
import type { LogEntry } from "../delta/entry.ts"
import type { Log } from "../delta/log.ts"
import { tableProperties } from "../delta/properties.ts"
import { parseSchema } from "../delta/schema.ts"
import type { Snapshot } from "../delta/snapshot.ts"
import type { Store } from "../store/ObjectStore.ts"
import { SCHEMA_STRING } from "./datafile.ts"
import { addAction } from "./names.ts"
import { encodePublication, INDEX_DOMAIN, type Publication } from "./publication.ts"

/** The newest format that this version reads and writes. */
export const FORMAT = 1

/** The writer feature that keeps foreign writers away. */
export const OWN_FEATURE = "pondfs"

/** The metadata domain that says which pond this is. */
export const POND_DOMAIN = "pond"

let sealMode: Mode | undefined

/** The log of the pond in a store; each of its entries is sealed. */
export const pondLog = (store: Store): Log => ({
  store,
  seal: {
    digest: (bytes) => {
      sealMode ??= deriveKey("pondfs 2026-11-21 log entry v1")
      return toHex(hash(bytes, sealMode))
    }
  }
})

const PROTOCOL: Protocol = {
  minReaderVersion: 1,
  minWriterVersion: 7,
  writerFeatures: ["domainMetadata", "inCommitTimestamp", OWN_FEATURE]
}

const CONFIGURATION: ReadonlyMap<string, string> = new Map([
  ["delta.enableInCommitTimestamps", "true"],
  ["delta.deletedFileRetentionDuration", "interval 1 hours"],
  // The log is truth. Others clean it up without asking for the features of writers: for a hundred years they find nothing too old.
  ["delta.logRetentionDuration", "interval 36500 days"],
  ["delta.parquet.compression.codec", "zstd"]
])

const metadataOf = (pondId: string): Metadata => ({
  id: pondId,
  name: "pond",
  format: { provider: "parquet", options: new Map() },
  schemaString: SCHEMA_STRING,
  partitionColumns: [],
  configuration: CONFIGURATION
})

const pondDomain = (pondId: string) => ({
  domain: POND_DOMAIN,
  configuration: JSON.stringify({ format: FORMAT, id: pondId }),
  removed: false
})

/** The actions of version 0. */
export const creation = (pondId: string): ReadonlyArray<Action> => [
  { protocol: PROTOCOL },
  { metaData: metadataOf(pondId) },
  { domainMetadata: pondDomain(pondId) }
]

/** What `domainMetadata` `pond` says: format and id; `undefined` when it is not that. */
export const identityOf = (
  configuration: string | undefined
): { readonly format: number; readonly id: string } | undefined => {
  try {
    const json = JSON.parse(configuration ?? "null") as { format?: unknown; id?: unknown } | null
    return typeof json?.format === "number" && typeof json.id === "string"
      ? { format: json.format, id: json.id }
      : undefined
  } catch {
    return undefined
  }
}

/** The metadata domains of a table besides the pond's identity and its index, as a publication tells them. */
export const otherDomains = ({ domains }: Snapshot): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...HashMap.values(domains)]
      .filter(({ domain, removed }) => !removed && domain !== POND_DOMAIN && domain !== INDEX_DOMAIN)
      .map(({ configuration, domain }) => [domain, configuration])
  )

/** The table as a publication describes it, at the version of the entry that holds it: enough to commit on top of. */
export const tableOf = (publication: Publication, entry: LogEntry): Snapshot => {
  const metadata = metadataOf(publication.pond)
  const adds = publication.files.flatMap((info): Array<[string, Add]> => {
    const action = addAction(info, [], 0, true)
    return "add" in action ? [[info.file, action.add]] : []
  })
  const index = { domain: INDEX_DOMAIN, configuration: encodePublication(publication), removed: false }
  const others = Object.entries(publication.domains).map(([domain, configuration]): [string, DomainMetadata] => [
    domain,
    { domain, configuration, removed: false }
  ])
  return {
    version: entry.version,
    protocol: PROTOCOL,
    metadata,
    schema: parseSchema(metadata.schemaString),
    properties: tableProperties(metadata.configuration),
    files: HashMap.fromIterable(adds),
    tombstones: HashMap.empty(),
    txns: HashMap.empty(),
    domains: HashMap.fromIterable([[POND_DOMAIN, pondDomain(publication.pond)], [INDEX_DOMAIN, index], ...others]),
    sizeBytes: BigInt(publication.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
    commitInfo: entry.commitInfo,
    timestampMs: entry.timestampMs,
    seal: entry.seal?.digest
  }
}
