/**
 * The words of the mirror's policy: what is known of the host's files before it decides, and what it decides.
 */
import type { Entry, EntryKind } from "./entry.ts"

/** Which pattern a host file matches. */
export type Role = "active" | "archived"

/** The outcomes of files; `skipped:` and `error:` are followed by the reason. */
export type Code =
  | "new"
  | "appended"
  | "unchanged"
  | "rotated"
  | "renamed"
  | "late-append"
  | "truncated"
  | "displaced"
  | "preserved"
  | "changed"
  | "vanished"
  | `skipped:${string}`
  | `error:${string}`

/** Size and hash of some bytes. */
export interface Shape {
  readonly sizeBytes: number
  readonly hash: string
}

/** Which bytes of a host file are meant: its own, or those that it decompresses to. */
export type Layer = "raw" | "decoded"

/** A listed file that was read, or counts as read. */
export interface FileRead {
  readonly status: "read"
  readonly name: string
  readonly role: Role
  readonly raw: Shape
  /** What it decompresses to; `incomplete` when its stream ends early or is damaged. */
  readonly decoded?: Shape | "incomplete"
  /** The entries with at least one byte that it starts with, by name, and in which layer. */
  readonly starts: ReadonlyMap<string, Layer>
}

/** A listed file that takes no part. */
export interface FileOut {
  readonly status: "out"
  readonly name: string
  readonly code: Code
  readonly detail?: string
}

/** A listed file. */
export type ListedFile = FileRead | FileOut

/** What is known when the policy decides. */
export interface Situation {
  readonly entries: ReadonlyArray<Entry>
  readonly files: ReadonlyArray<ListedFile>
  /** Names in the pond that are none of the mirror's. */
  readonly foreign: ReadonlySet<string>
}

/** What becomes of one file. */
export interface Outcome {
  readonly name: string
  readonly code: Code
  /** Its name in the pond, where it is there. */
  readonly entry?: string
  /** Bytes that were added, and the size of the file in the pond afterwards, with its hash. */
  readonly addedBytes: number
  readonly shape?: Shape
  readonly detail?: string
}

/** Bytes that go into the pond. */
export interface Write {
  /** `complete`: what follows the tracked bytes; `store`: all, as a new node; `rewrite`: all, as a new version of the node. */
  readonly how: "complete" | "store" | "rewrite"
  readonly file: string
  readonly layer: Layer
}

/** An entry as it will be: at most one of these per node. */
export interface Step {
  /** The entry as it was; none when it is new. */
  readonly before?: Entry
  /** As it will be; none when it is removed, because another file holds exactly its bytes. */
  readonly after?: Omit<Entry, "isEdited">
  readonly write?: Write
}

/** What is to be done, and what is to be told. */
export interface Plan {
  readonly steps: ReadonlyArray<Step>
  readonly outcomes: ReadonlyArray<Outcome>
}

/** The kind of entry that a file becomes. */
export const kindOfRole = (role: Role): EntryKind => (role === "active" ? "active" : "archive")

/** Whether an outcome needs a person. */
export const needsPerson = (code: Code): boolean =>
  code === "changed" || code === "vanished" || code.startsWith("error:")
