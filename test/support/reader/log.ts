/**
 * The log of a pond as format.md section 2 has it: its entries, their seals, and the files they leave.
 */
import { fileOf, type Files } from "./files.ts"
import { derive, sealDigest, ZEROS } from "./hashes.ts"

/** A live file of the table. */
export interface DataFile {
  readonly path: string
  readonly size: number
  readonly tags: Readonly<Record<string, string>>
}

/** What the log says. */
export interface TableLog {
  readonly version: number
  readonly pondId: string
  readonly files: ReadonlyArray<DataFile>
  readonly domains: ReadonlyMap<string, string>
  readonly columns: ReadonlyArray<string>
}

interface Action {
  readonly commitInfo?: { readonly seal: { readonly previous: string; readonly digest: string } }
  readonly protocol?: { readonly minReaderVersion: number; readonly writerFeatures: ReadonlyArray<string> }
  readonly metaData?: { readonly schemaString: string }
  readonly add?: DataFile
  readonly remove?: { readonly path: string }
  readonly domainMetadata?: { readonly domain: string; readonly configuration: string }
}

const nameOf = (version: number): string => `_delta_log/${String(version).padStart(20, "0")}.json`

const actionsOf = (bytes: Uint8Array): ReadonlyArray<Action> =>
  Buffer.from(bytes)
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Action)

/** Checks the seal of the checkpoint of a version, if there is one. */
const checkCheckpoint = (files: Files, version: number, entryDigest: string): void => {
  const bytes = files.get(nameOf(version).replace(".json", ".checkpoint.parquet"))
  if (bytes === undefined) return
  const text = Buffer.from(bytes).toString("latin1")
  const seal = `seal:${version}:${entryDigest}:`
  const at = text.lastIndexOf(seal) + seal.length
  const blank = Buffer.from(text.slice(0, at) + ZEROS + text.slice(at + 64), "latin1")
  if (at < seal.length || text.slice(at, at + 64) !== derive("log entry", blank)) {
    throw new Error(`the checkpoint of version ${version} does not have the digest of its bytes`)
  }
}

/** Reads the log from version 0 on. Throws where it is not as the page says. */
export const readLog = (files: Files): TableLog => {
  const live = new Map<string, DataFile>()
  const domains = new Map<string, string>()
  let columns: ReadonlyArray<string> = []
  let previous = ZEROS
  let version = 0
  for (; files.has(nameOf(version)); version++) {
    const bytes = fileOf(files, nameOf(version))
    const actions = actionsOf(bytes)
    const seal = actions[0]?.commitInfo?.seal
    if (seal?.digest !== sealDigest(bytes)) throw new Error(`version ${version} does not have the digest of its bytes`)
    if (seal.previous !== previous) throw new Error(`version ${version} does not follow the one before it`)
    previous = seal.digest
    checkCheckpoint(files, version, previous)
    for (const { add, domainMetadata, metaData, protocol, remove } of actions) {
      if (remove !== undefined) live.delete(remove.path)
      if (add !== undefined) live.set(add.path, add)
      if (domainMetadata !== undefined) domains.set(domainMetadata.domain, domainMetadata.configuration)
      if (metaData !== undefined) columns = namesIn(metaData.schemaString)
      if (protocol !== undefined && !protocol.writerFeatures.includes("pondfs")) throw new Error("no feature pondfs")
    }
  }
  const { format, id } = JSON.parse(domains.get("pond") ?? "{}") as { readonly format?: number; readonly id?: string }
  if (format !== 1 || id === undefined) throw new Error(`not a pond of format 1, but ${format}`)
  return { version: version - 1, pondId: id, files: [...live.values()], domains, columns }
}

const namesIn = (schema: string): ReadonlyArray<string> =>
  (JSON.parse(schema) as { readonly fields: ReadonlyArray<{ readonly name: string }> }).fields.map(({ name }) => name)
