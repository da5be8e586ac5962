/**
 * Formats that were found out from the beginnings of contents: who remembers them saves reading these again.
 */
import { Context, type Effect } from "effect"
import type { Format } from "../formats/reference.ts"

/** Remembers which format the beginning of a content has. */
export interface FormatMemory {
  /** The format of what a key stands for, found out where it is not known. */
  readonly of: <E>(key: string, find: Effect.Effect<Format, E>) => Effect.Effect<Format, E>
}

/** Where formats are remembered; by default nowhere. */
export const KnownFormats = Context.Reference<FormatMemory>("pond/query/KnownFormats", {
  defaultValue: () => ({ of: (_, find) => find })
})
