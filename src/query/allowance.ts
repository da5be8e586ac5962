/**
 * What questions may take: memory, threads and room on disk of the engine, sizes of what is parsed at once, and of what is kept.
 */
import { Context, Effect } from "effect"
import type { QueryOptions } from "./tables.ts"

/** Memory of the engine for a question where nothing else is said, in MB. */
export const QueryMemory = Context.Reference<number>("pond/query/QueryMemory", { defaultValue: () => 1024 })
/** With less the engine cannot read JSON: it holds two lines of the greatest length for each thread. */
export const MEMORY_MB_LEAST = 128

const THREADS = 2
const SPILL_MB = 16 * 1024

/** How contents are parsed: in segments of so many bytes, small ones together. */
export const PARSING = { segmentBytes: 256 * 1024 * 1024, smallBytes: 1024 * 1024 } as const

/** Parsed contents that are kept, at most. */
export const CACHE_BYTES = 8 * 1024 * 1024 * 1024

/** What the engine may take for a question; what does not fit into memory goes into the directory `work`. */
export const allowanceOf = (work: string, { memoryMb, threads = THREADS }: QueryOptions) =>
  Effect.map(QueryMemory, (usualMb) => ({ memoryMb: memoryMb ?? usualMb, threads, spill: work, spillMb: SPILL_MB }))
