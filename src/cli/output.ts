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

/** The last line of a terminal, for what is going on. */
export interface StatusLine {
  readonly columns: number
  /** Shows a line without control characters in place of the last one. */
  readonly show: (line: string) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
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
    /** How wide the terminal is that data goes to; where it goes to none, nothing is known. */
    readonly columns: number | undefined
    /** A line for what is going on, below everything that was said; where standard error is a terminal. */
    readonly status: StatusLine | undefined
  }
>()("pond/cli/Output") {
  /** The streams of this process. */
  static readonly layer = Layer.sync(Output, () => {
    // Errors arrive at the write that caused them; an emitted one without a listener would end the process.
    process.stdout.on("error", ignore)
    process.stderr.on("error", ignore)
    const say = (text: string) => Effect.ignore(write(process.stderr, text))
    let isStatusShown = false
    const clear = Effect.suspend(() => {
      if (!isStatusShown) return Effect.void
      isStatusShown = false
      return say(CLEAR_LINE)
    })
    const show = (line: string) =>
      Effect.suspend(() => {
        isStatusShown = true
        return say(`${CLEAR_LINE}${line}`)
      })
    const page = (text: string) => Effect.andThen(clear, say(text))
    const isTerminal = process.stderr.isTTY === true && process.env["TERM"] !== "dumb"
    return Output.of({
      data: (chunk) => Effect.andThen(clear, Effect.mapError(write(process.stdout, chunk), classify)),
      message: (line) => page(`${escapeControls(line)}\n`),
      page,
      colours: process.stdout.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb",
      columns: process.stdout.isTTY === true ? process.stdout.columns || 80 : undefined,
      status: isTerminal ? { columns: process.stderr.columns || 80, show, clear } : undefined
    })
  })
}

/** Goes to the beginning of the line and clears it. */
const CLEAR_LINE = "\r\u001b[K"

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
