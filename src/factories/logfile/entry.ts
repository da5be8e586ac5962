/**
 * Entries: the files of a mirror in the pond, and what the mirror notes about each in the node's attributes.
 *
 * The notes travel with the pond and its history, so that a mirror goes on from any copy of it: kind, name on the host, and size and hash
 * of what the mirror wrote. A node without notes is none of the mirror's.
 */
import type { Attributes, Node } from "../../tinyfs/index.ts"

/** What an entry is: a file that grows, one that was rotated away, or bytes that lost their name. */
export type EntryKind = "active" | "archive" | "orphan"

const KINDS: ReadonlySet<unknown> = new Set<EntryKind>(["active", "archive", "orphan"])

/** A file of the mirror. Its tracked bytes are those that the mirror wrote last. */
export interface Entry {
  /** Its name in the pond. */
  readonly name: string
  readonly kind: EntryKind
  /** The file that it mirrors: its own name, unless that one is compressed. Of an orphan: the name that was lost. */
  readonly host: string
  /** Size and BLAKE3 of the tracked bytes. */
  readonly sizeBytes: number
  readonly hash: string
  /** Somebody changed the file in the pond since: it does not hold the tracked bytes any more. */
  readonly isEdited: boolean
  /** The hash of a differing host file that somebody accepted: as long as the host has it, nobody is told again. */
  readonly keptHash?: string
}

/** The names of the attributes. */
export const NOTES = {
  kind: "mirror.kind",
  host: "mirror.host",
  size: "mirror.size",
  hash: "mirror.hash",
  kept: "mirror.kept"
} as const

/** Of an empty file: what an entry has that was never written to. */
const EMPTY_HASH = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

const text = (attributes: Attributes, key: string): string | undefined => {
  const value = attributes[key]
  return typeof value === "string" ? value : undefined
}

/** Reads the notes of a node; `undefined` when it is none of the mirror's. */
export const entryOf = ({ attributes, content, name, type }: Node): Entry | undefined => {
  const kind = attributes[NOTES.kind]
  const hash = text(attributes, NOTES.hash)
  const sizeBytes = attributes[NOTES.size]
  if (type !== "series" || !KINDS.has(kind) || hash === undefined || typeof sizeBytes !== "number") return undefined
  const keptHash = text(attributes, NOTES.kept)
  return {
    name,
    kind: kind as EntryKind,
    host: text(attributes, NOTES.host) ?? name,
    sizeBytes,
    hash,
    isEdited: (content?.hash ?? EMPTY_HASH) !== hash,
    ...(keptHash === undefined ? {} : { keptHash })
  }
}

/**
 * The entry that a file is which somebody else put where a host file belongs: nothing of it was mirrored, and the host's bytes become its
 * newest version (P15).
 */
export const strangeEntry = (name: string, kind: EntryKind): Entry => ({
  name,
  kind,
  host: name,
  sizeBytes: 0,
  hash: EMPTY_HASH,
  isEdited: true
})

/** The attributes that note an entry, as changes of those that a node has. */
export const notesOf = (entry: Omit<Entry, "isEdited">): Readonly<Record<string, string | number | null>> => ({
  [NOTES.kind]: entry.kind,
  [NOTES.host]: entry.host === entry.name ? null : entry.host,
  [NOTES.size]: entry.sizeBytes,
  [NOTES.hash]: entry.hash,
  [NOTES.kept]: entry.keptHash ?? null
})
