/**
 * Windows: the parts of contents and blobs that are fetched and hashed together.
 */
import { GROUP_BYTES } from "../../../bao/index.ts"
import { STRIDE_WINDOWS, WINDOW_BYTES } from "../window.ts"
import type { Span } from "../seekable.ts"

/** Windows that are fetched at once. */
export const WINDOWS = 6

/** Height of a whole window's subtree above groups. */
export const SUBTREE_LEVEL: number = Math.log2(WINDOW_BYTES / GROUP_BYTES)

/** The windows of some bytes, several at once as long as more than a window follows. */
export function* stridesOver(sizeBytes: number): Generator<Span> {
  for (let start = 0; start < sizeBytes;) {
    const whole = Math.ceil((sizeBytes - start) / WINDOW_BYTES) - 1
    const end = Math.min(sizeBytes, start + Math.max(1, Math.min(STRIDE_WINDOWS, whole)) * WINDOW_BYTES)
    yield { start, end }
    start = end
  }
}

/** The windows of a span, from its beginning. */
export function* windowsIn({ end, start }: Span): Generator<Span> {
  for (let at = start; at < end; at += WINDOW_BYTES) yield { start: at, end: Math.min(end, at + WINDOW_BYTES) }
}

/** The windows of some bytes. */
export const windowsOver = (sizeBytes: number): Generator<Span> => windowsIn({ start: 0, end: sizeBytes })
