/**
 * What fsck reports: every damage by itself, with the object it lies in.
 */
import { Schema } from "effect"
import { Repair } from "./repair.ts"

/** The kinds of things that are checked. */
export const FINDING_KINDS = [
  "log",
  "data",
  "chain",
  "root",
  "tree",
  "content",
  "blob",
  "index",
  "checkpoint",
  "foreign"
] as const

/** One thing that is wrong, or (`foreign`) that does not belong to the pond. */
export const Finding = Schema.Struct({
  kind: Schema.Literals(FINDING_KINDS),
  /** The object or node it was found in. */
  where: Schema.String,
  what: Schema.String
})
/** One thing that is wrong, or (`foreign`) that does not belong to the pond. */
export type Finding = typeof Finding.Type

/** What was read and what was found. A pond is sound when nothing but `foreign` was found. */
export const FsckReport = Schema.Struct({
  txn: Schema.Int,
  root: Schema.String,
  chain: Schema.String,
  entries: Schema.Int,
  dataFiles: Schema.Int,
  transactions: Schema.Int,
  nodes: Schema.Int,
  contents: Schema.Int,
  contentBytes: Schema.Int,
  leftOut: Schema.Int.annotate({
    description: "contents that a partial copy left out on purpose, which nothing is said of; quick: blobs"
  }),
  isQuick: Schema.Boolean,
  /** What was repaired before, where that was asked for; null: nothing had to be. */
  repaired: Schema.optionalKey(Schema.NullOr(Repair)),
  findings: Schema.Array(Finding)
})
/** What was read and what was found. */
export type FsckReport = typeof FsckReport.Type

/** Collects findings; the same finding once. */
export class Findings {
  readonly #seen = new Map<string, Finding>()

  /** Notes something that is wrong. */
  add(kind: Finding["kind"], where: string, what: string): void {
    this.#seen.set(`${kind} ${where} ${what}`, { kind, where, what })
  }

  /** Everything that was found, in order. */
  get all(): ReadonlyArray<Finding> {
    return [...this.#seen.values()]
  }
}

/** What was thrown, in words. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
