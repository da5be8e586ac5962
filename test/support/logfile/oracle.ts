/**
 * The mirror's policy once more, as plainly as it can be said: whole files in memory, no record of the host, no reading ahead, none of the
 * mirror's own code. What it says, a mirror must do.
 */
import { blake3 } from "@napi-rs/blake-hash"
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

/** A file of the mirror. */
export interface OracleEntry {
  readonly name: string
  readonly kind: "active" | "archive" | "orphan"
  readonly bytes: Buffer
  /** The file of the host that it was completed from last. */
  readonly host: string
}

/** A file of the host as a sync sees it. */
export interface OracleFile {
  readonly name: string
  readonly role: "active" | "archived"
  readonly raw: Buffer
  /** What it decompresses to; `broken` when its stream is not whole. */
  readonly decoded?: Buffer | "broken"
}

/** Which names are mirrored. */
export interface OraclePatterns {
  readonly isActive: (name: string) => boolean
  readonly isArchived: (name: string) => boolean
}

const SUFFIX = ".gz"

const stemOf = (name: string): string | undefined =>
  name.endsWith(SUFFIX) && name.length > SUFFIX.length ? name.slice(0, -SUFFIX.length) : undefined

const isPrefix = (bytes: Buffer, of: Buffer): boolean =>
  bytes.equals(of.subarray(0, bytes.length)) && of.length >= bytes.length

const decode = (raw: Buffer): Buffer | "broken" | undefined => {
  if (!raw.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]).subarray(0, raw.length))) return undefined
  try {
    return gunzipSync(raw)
  } catch {
    return "broken"
  }
}

const ascending = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right))

/** The mirror as the policy wants it. */
export class Oracle {
  entries: ReadonlyMap<string, OracleEntry> = new Map()
  /** What the last sync read. */
  files: ReadonlyMap<string, OracleFile> = new Map()
  readonly #patterns: OraclePatterns

  constructor(patterns: OraclePatterns) {
    this.#patterns = patterns
  }

  /** What a sync of a directory reports; the mirror is then as it should be. */
  sync(directory: string): Readonly<Record<string, string>> {
    const report: Record<string, string> = {}
    const listed = readdirSync(directory).filter(
      (name) => this.#patterns.isActive(name) || this.#patterns.isArchived(name)
    )
    if (listed.length === 0 && this.entries.size > 0) report[directory] = "error:empty"
    const files = new Map<string, OracleFile>()
    for (const name of listed.toSorted(ascending)) {
      const stats = lstatSync(join(directory, name))
      if (stats.isSymbolicLink()) report[name] = "skipped:symlink"
      else if (!stats.isFile()) report[name] = "skipped:not-a-file"
      else {
        const role = this.#patterns.isActive(name) ? "active" : "archived"
        const raw = readFileSync(join(directory, name))
        const decoded = role === "archived" && stemOf(name) !== undefined ? decode(raw) : undefined
        const own = this.entries.get(name)
        const isStored = own !== undefined && isPrefix(own.bytes, raw)
        const isNamed = listed.includes(stemOf(name)!) || this.entries.has(stemOf(name)!)
        if (decoded === "broken" && isNamed && !isStored) report[name] = "skipped:incomplete"
        else files.set(name, { name, role, raw, ...(decoded === undefined ? {} : { decoded }) })
      }
    }
    this.files = files
    const { entries, report: rest } = decide(this.entries, files, new Set(listed))
    this.entries = entries
    return { ...report, ...rest }
  }
}

/**
 * What an entry's bytes have to be the beginning of: of a compressed file what is in it, unless the entry is one that was stored compressed.
 * Nothing is in a file that cannot be decompressed.
 */
const bytesFor = (entry: OracleEntry, { decoded, name, raw }: OracleFile): Buffer | undefined => {
  const stored = entry.kind === "orphan" ? entry.host : entry.name
  if (stemOf(name) === undefined || stemOf(stored) !== undefined) return raw
  return Buffer.isBuffer(decoded) ? decoded : undefined
}

const startsWith = (file: OracleFile, entry: OracleEntry): boolean => {
  const bytes = bytesFor(entry, file)
  return bytes !== undefined && isPrefix(entry.bytes, bytes)
}

/** The file of the host that each entry mirrors. `out`: it is listed, but takes no part. */
const ownFiles = (
  entries: ReadonlyMap<string, OracleEntry>,
  files: ReadonlyMap<string, OracleFile>,
  listed: ReadonlySet<string>
): ReadonlyMap<string, OracleFile | "out"> => {
  const own = new Map<string, OracleFile | "out">()
  const taken = new Set<string>()
  const give = (entry: OracleEntry, name: string): void => {
    if (entry.kind === "orphan" || own.has(entry.name) || taken.has(name) || !listed.has(name)) return
    taken.add(name)
    own.set(entry.name, files.get(name) ?? "out")
  }
  for (const entry of entries.values()) give(entry, entry.name)
  for (const entry of entries.values()) give(entry, entry.host)
  for (const entry of entries.values()) {
    const packed = files.get(`${entry.name}${SUFFIX}`)
    const { decoded } = packed ?? {}
    if (!Buffer.isBuffer(decoded) || stemOf(entry.name) !== undefined) continue
    if (entry.bytes.length === 0 ? decoded.length === 0 : isPrefix(entry.bytes, decoded)) give(entry, packed!.name)
  }
  return own
}

interface Decision {
  readonly before: ReadonlyMap<string, OracleEntry>
  readonly files: ReadonlyMap<string, OracleFile>
  readonly own: ReadonlyMap<string, OracleFile | "out">
  readonly listed: ReadonlySet<string>
}

/** P7. */
const isUnmatched = ({ own }: Decision, entry: OracleEntry): boolean => {
  if (entry.bytes.length === 0) return false
  if (entry.kind === "orphan") return true
  const file = own.get(entry.name)
  if (file === undefined) return entry.kind === "active"
  return file !== "out" && !startsWith(file, entry)
}

interface Claim {
  readonly entry: OracleEntry
  readonly file: OracleFile
  readonly name: string
  readonly bytes: Buffer
}

/** P8 and P9. */
const assign = (decision: Decision): ReadonlyArray<Claim> => {
  const { before, files, listed, own } = decision
  const ownerOf = (file: OracleFile) => [...before.values()].find(({ name }) => own.get(name) === file)
  const free = [...files.values()]
    .filter((file) => file.role === "archived")
    .filter((file) => {
      const owner = ownerOf(file)
      return owner === undefined || isUnmatched(decision, owner)
    })
    .toSorted((left, right) => ascending(left.name, right.name))
  const seeking = [...before.values()]
    .filter((entry) => isUnmatched(decision, entry))
    .toSorted((left, right) => right.bytes.length - left.bytes.length || ascending(left.name, right.name))
  const claims: Array<Claim> = []
  for (const entry of seeking) {
    for (const file of free) {
      if (own.get(entry.name) === file || !startsWith(file, entry)) continue
      const bytes = bytesFor(entry, file)!
      const name = bytes === file.raw ? file.name : stemOf(file.name)!
      if (claims.some((claim) => claim.file === file || claim.name === name)) continue
      const holder = before.get(name)
      const isHeld = holder !== undefined && (holder.kind === "orphan" || !isUnmatched(decision, holder))
      if (name !== file.name && (isHeld || listed.has(name))) continue
      claims.push({ entry, file, name, bytes })
      break
    }
  }
  return claims
}

const orphanOf = (entry: OracleEntry, isTaken: (name: string) => boolean): OracleEntry => {
  const base = `${entry.name}.orphan-${blake3(entry.bytes).toString("hex").slice(0, 8)}`
  let name = base
  for (let count = 1; isTaken(name); count++) name = `${base}-${count}`
  return { ...entry, kind: "orphan", name, host: entry.name }
}

/** P10 to P12a. */
const decide = (
  before: ReadonlyMap<string, OracleEntry>,
  files: ReadonlyMap<string, OracleFile>,
  listed: ReadonlySet<string>
) => {
  const decision: Decision = { before, files, listed, own: ownFiles(before, files, listed) }
  const claims = assign(decision)
  const report: Record<string, string> = {}
  const after = new Map<string, OracleEntry>()
  const settled = new Set<string>()
  const anew = new Set<string>()
  /** What the host's files of this sync are mirrored with. */
  const mirrored: Array<Buffer> = []
  const lost: Array<OracleEntry> = []
  for (const { bytes, entry, file, name } of claims) {
    after.set(name, { name, kind: "archive", bytes, host: file.name })
    mirrored.push(bytes)
    report[file.name] = entry.kind === "archive" ? "renamed" : "rotated"
    settled.add(file.name)
  }
  for (const entry of before.values()) {
    if (claims.some((claim) => claim.entry === entry)) continue
    const file = decision.own.get(entry.name)
    const isTaken = entry.kind !== "orphan" && claims.some((claim) => claim.name === entry.name || claim.file === file)
    const isFollowed = file !== undefined && file !== "out" && startsWith(file, entry)
    if (isTaken) lost.push(entry)
    else if (entry.kind === "active" && file !== undefined && file !== "out" && !isFollowed) {
      lost.push(entry)
      anew.add(entry.name)
    } else if (isFollowed) {
      const bytes = entry.bytes.length === 0 && file.name === entry.name ? file.raw : bytesFor(entry, file)!
      const added = bytes.length - entry.bytes.length
      mirrored.push(bytes)
      after.set(entry.name, added === 0 ? entry : { ...entry, bytes, host: file.name })
      report[file.name] = added === 0 ? "unchanged" : entry.kind === "active" ? "appended" : "late-append"
      settled.add(file.name)
    } else {
      after.set(entry.name, entry)
      if (file === undefined && entry.kind !== "orphan") report[entry.name] = "preserved"
      if (file !== undefined && file !== "out") {
        report[file.name] = "changed"
        settled.add(file.name)
      }
    }
  }
  for (const file of files.values()) {
    if (settled.has(file.name)) continue
    const twin = after.get(stemOf(file.name) ?? "")
    if (Buffer.isBuffer(file.decoded) && twin?.bytes.equals(file.decoded) === true) {
      report[file.name] = "unchanged"
      continue
    }
    after.set(file.name, {
      name: file.name,
      kind: file.role === "active" ? "active" : "archive",
      bytes: file.raw,
      host: file.name
    })
    mirrored.push(file.raw)
    report[file.name] = anew.has(file.name) ? "truncated" : "new"
  }
  for (const entry of lost.toSorted((left, right) => ascending(left.name, right.name))) {
    const isMirrored = mirrored.some((bytes) => bytes.equals(entry.bytes))
    if (anew.has(entry.name) && isMirrored) continue
    const orphan = orphanOf(entry, (name) => after.has(name) || before.has(name) || listed.has(name))
    after.set(orphan.name, orphan)
    report[orphan.name] = "displaced"
  }
  return { entries: after, report }
}
