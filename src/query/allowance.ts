/**
 * What questions may take: memory, threads and room on disk of the engine, sizes of what is parsed at once, and of what is kept.
 */
import type { QueryOptions } from "./tables.ts"

const MEMORY_MB = 1024
const THREADS = 2
const SPILL_MB = 16 * 1024

/** How contents are parsed: in segments of so many bytes, small ones together. */
export const PARSING = { segmentBytes: 256 * 1024 * 1024, smallBytes: 1024 * 1024 } as const

/** Parsed contents that are kept, at most. */
export const CACHE_BYTES = 8 * 1024 * 1024 * 1024

/** What the engine may take for a question; what does not fit into memory goes into the directory `work`. */
export const allowanceOf = (work: string, { memoryMb = MEMORY_MB, threads = THREADS }: QueryOptions) => ({
  memoryMb,
  threads,
  spill: work,
  spillMb: SPILL_MB
})
