/**
 * The only place that writes to standard output and standard error.
 *
 * Data goes to standard output, everything that is said to a person goes to standard error, so that a pipe never holds a
 * message. Every write waits until the system took it: what was written when the process ends is complete, and memory
 * does not grow when the reader is slow. A reader that went away ends the command, and is success: `pond … | head`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import type { Writable } from "node:stream"
import { escapeControls } from "./fileName.ts"

/** The reader of standard output closed it: there is nobody left to work for. */
export class OutputClosed extends Schema.TaggedError<OutputClosed>()("OutputClosed", {}) {
  override get message(): string {
    return "the reader of standard output went away"
  }
}

/** Standard output cannot be written. */
export class OutputFailed extends Schema.TaggedError<OutputFailed>()("OutputFailed", { cause: Schema.Defect() }) {
  override get message(): string {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `cannot write to standard output (${detail}); the output is incomplete: make room or choose another place, and run the command again`
  }
}

/** Writes data to standard output and messages to standard error. */
export class Output extends Context.Service<
  Output,
  {
    /** Writes data as it is, and waits until it is written. */
    readonly data: (chunk: string | Uint8Array) => Effect.Effect<void, OutputClosed | OutputFailed>
    /** Says one line to the person; control characters in it are shown as escapes. */
    readonly message: (line: string) => Effect.Effect<void>
    /** Says several lines, such as a help page, as they are. */
    readonly page: (text: string) => Effect.Effect<void>
    /** Whether colours may be used in data: a terminal that is not dumb, and no NO_COLOR. */
    readonly colours: boolean
  }
>()("pond/cli/Output") {
  /** The streams of this process. */
  static readonly layer = Layer.sync(Output, () => {
    // Errors arrive at the write that caused them; an emitted one without a listener would end the process.
    process.stdout.on("error", ignore)
    process.stderr.on("error", ignore)
    const page = (text: string) => Effect.ignore(write(process.stderr, text))
    return Output.of({
      data: (chunk) => Effect.mapError(write(process.stdout, chunk), classify),
      message: (line) => page(`${escapeControls(line)}\n`),
      page,
      colours: process.stdout.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb"
    })
  })
}

const ignore = (): void => {}

/** EPIPE is a reader that left; anything else is a failure to tell. */
const classify = (cause: Error): OutputClosed | OutputFailed =>
  "code" in cause && (cause.code === "EPIPE" || cause.code === "ERR_STREAM_DESTROYED")
    ? new OutputClosed()
    : new OutputFailed({ cause })

/** Writes one chunk and waits for the stream to say that it is written. */
const write = (stream: Writable, chunk: string | Uint8Array): Effect.Effect<void, Error> =>
  Effect.callback((resume) => {
    stream.write(chunk, (error) => resume(error ? Effect.fail(error) : Effect.void))
  })
