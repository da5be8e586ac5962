/**
 * What ends a sync: everything that goes wrong with one file of the host is an outcome of that file, and ends nothing.
 */
import { Schema } from "effect"

/** The pond could not take in a file: nothing was committed. */
export class MirrorFailed extends Schema.TaggedError<MirrorFailed>()("MirrorFailed", {
  fileName: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `storing ${JSON.stringify(this.fileName)} failed, and nothing was committed: ${why}`
  }
}
