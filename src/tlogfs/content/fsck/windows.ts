/**
 * Windows: the parts of contents and blobs that are fetched and hashed together.
 */
import { GROUP_BYTES } from "../../../bao/index.ts"
import { WINDOW_BYTES } from "../window.ts"
import type { Span } from "../seekable.ts"

/** Windows that are fetched at once. */
export const WINDOWS = 6

/** Height of a whole window's subtree above groups. */
export const SUBTREE_LEVEL: number = Math.log2(WINDOW_BYTES / GROUP_BYTES)

/** The windows of some bytes. */
export function* windowsOver(sizeBytes: number): Generator<Span> {
  for (let start = 0; start < sizeBytes; start += WINDOW_BYTES) {
    yield { start, end: Math.min(sizeBytes, start + WINDOW_BYTES) }
  }
}
