/**
 * Standard input as a stream of bytes, whatever it is.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Stdio, Stream } from "effect"
import { createReadStream, fstatSync } from "node:fs"

const STDIN = 0

/**
 * Reads standard input to its end; a second reading goes on where the first ended. Fails with what the system said.
 *
 * Node's own stream takes a directory or a block device for an empty input; here the first is the error that it is, and
 * the second is read.
 */
export const standardInput: Stream.Stream<Uint8Array, unknown, Stdio.Stdio> = Stream.unwrap(
  Effect.map(Stdio.Stdio, (stdio): Stream.Stream<Uint8Array, unknown> => {
    const stats = fstatSync(STDIN)
    if (!stats.isDirectory() && !stats.isBlockDevice())
      return Stream.mapError(stdio.stdin, (error) => error.reason.cause)
    return NodeStream.fromReadable({
      evaluate: () => createReadStream("", { fd: STDIN, autoClose: false }),
      onError: (error) => error,
      closeOnDone: false
    })
  })
)
