/**
 * Reading contents verified: every group is checked against the hash before a byte of it leaves (R4).
 *
 * A span is read in windows of some MiB; several are fetched and decompressed at once while one is verified, and each
 * is verified from the root down by itself. Memory is that of some windows, whatever the size. Damage fails the stream with the bytes it
 * concerns, after everything before it was given; other spans stay readable.
 */
import { Stream } from "effect"
import { RangeOutside } from "../../bao/index.ts"
import type { Pruned } from "../../tinyfs/index.ts"
import type { BlobReader } from "./blob-reader.ts"
import type { Span } from "./seekable.ts"
import type { ReadFailure, StoredContent } from "./stored.ts"
import { STRIDE_WINDOWS, WindowReader, windowsOf } from "./window.ts"

/** Windows that are fetched at once, from a store at hand, of several MiB, and from one whose requests take time, of one. */
const WINDOWS_LOCAL = 3
const WINDOWS_REMOTE = 12

/** Reads bytes of a content, by default all; the span must lie in it. Chunks have at most 1 MiB, and must not be changed. */
export const readContent = (
  reader: BlobReader,
  content: StoredContent,
  span: Span = { start: 0, end: content.sizeBytes }
): Stream.Stream<Uint8Array, ReadFailure | Pruned> => {
  const { sizeBytes } = content
  const { end, start } = span
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > sizeBytes) {
    return Stream.die(new RangeOutside(start, end, sizeBytes))
  }
  if (start === end && sizeBytes > 0) return Stream.empty
  return Stream.suspend(() => {
    const windows = new WindowReader(reader, content, span)
    const { remote } = reader.store.capabilities
    const concurrency = remote ? WINDOWS_REMOTE : WINDOWS_LOCAL
    return Stream.fromIterable(windowsOf(sizeBytes, span, remote ? 1 : STRIDE_WINDOWS), { chunkSize: 1 }).pipe(
      // A window that fails waits for those before it.
      Stream.mapEffect((window) => windows.read(window), { concurrency }),
      Stream.flatMap(({ failure, sound }) => {
        const bytes = Stream.fromArray(sound.filter(({ length }) => length > 0))
        return failure === undefined ? bytes : Stream.concat(bytes, Stream.fail(failure))
      })
    )
  })
}
