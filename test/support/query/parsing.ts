/**
 * Contents parsed outside of a statement, with the columns that statements see.
 */
import { Effect } from "effect"
import { parseContent, shown } from "../../../src/query/content.ts"

/** Parses a content. */
export const shownContent = (...content: Parameters<typeof parseContent>) => Effect.map(parseContent(...content), shown)
