/**
 * Standard input as a stream of bytes, whatever it is.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Stdio, Stream } from "effect"
import { createReadStream, fstatSync } from "node:fs"

const STDIN = 0

/** Bytes read at a time from what has a size. */
const READ_BYTES = 1024 * 1024

/**
 * Reads standard input to its end; a second reading goes on where the first ended. Fails with what the system said.
 *
 * Node's own stream serves pipes, sockets and terminals. It reads files in small pieces and takes a directory or a block
 * device for an empty input: those are read here, and a directory is the error that it is.
 */
export const standardInput: Stream.Stream<Uint8Array, unknown, Stdio.Stdio> = Stream.unwrap(
  Effect.map(Stdio.Stdio, (stdio): Stream.Stream<Uint8Array, unknown> => {
    const stats = fstatSync(STDIN)
    if (stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) {
      return Stream.mapError(stdio.stdin, (error) => error.reason.cause)
    }
    return NodeStream.fromReadable({
      evaluate: () => createReadStream("", { fd: STDIN, autoClose: false, highWaterMark: READ_BYTES }),
      onError: (error) => error,
      closeOnDone: false
    })
  })
)
