/**
 * Made-up logs.
 */
import { Stream } from "effect"

/** A MiB of log lines that compress as logs do; those of another round are others. */
export const logLines = (round: number): Uint8Array => {
  const lines: Array<string> = []
  for (let bytes = 0; bytes < 1024 ** 2; bytes += lines.at(-1)!.length) {
    const at = round * 20_000 + lines.length
    const value = Math.imul(at, 2_654_435_761) >>> 0
    const id = value.toString(16)
    lines.push(
      `{"time":${1_700_000_000_000 + at},"level":"info","user":${value % 5000},"id":"${id}","took":${value % 977}}\n`
    )
  }
  return new TextEncoder().encode(lines.join("")).subarray(0, 1024 ** 2)
}

/** A log of some size: sixteen different MiB over and over, so that making it costs nothing. */
export const logOf = (sizeBytes: number): Stream.Stream<Uint8Array> => {
  const parts = Array.from({ length: 16 }, (_, round) => logLines(round))
  return Stream.map(Stream.range(0, Math.ceil(sizeBytes / 1024 ** 2) - 1), (at) => parts[at % parts.length]!)
}
