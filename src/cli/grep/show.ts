/**
 * What `pond grep` prints of a content: lines for people with their path and number, or as JSON for programs; how many there are; or the name alone.
 */
import { Effect, Schema, Stream } from "effect"
import { LINE_NUMBERS } from "../../formats/search/found.ts"
import { LINE_BYTES_MAX, type Placed } from "../../formats/search/joiner.ts"
import { escapeControls } from "../fileName.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"
import { exactTime, formatSize } from "../text/units.ts"
import type { Hit, Page } from "./contents.ts"
import type { Chosen } from "./select.ts"

/** One line of `pond grep --json`. */
export const GrepLine = Schema.Struct({
  path: Schema.String,
  line: Schema.Int.annotate({ description: "counted from 1" }),
  offset: Schema.Int.annotate({
    description: "where it begins, in bytes; of what is compressed: in what it decompresses to"
  }),
  text: Schema.String.annotate({ description: "without its line feed; bytes that are not UTF-8 are replaced" }),
  time: Schema.optionalKey(Schema.String).annotate({ description: "its own time, where a mirror knows its field" }),
  context: Schema.Boolean.annotate({ description: "whether it only lies beside one that was found" })
})
/** One line of `pond grep --json`. */
export type GrepLine = typeof GrepLine.Type

/** How lines are shown. */
export interface Showing {
  readonly shows: "lines" | "count" | "names"
  /** Whether lines come with the path of their content, and with their number. */
  readonly isNamed: boolean
  readonly isNumbered: boolean
  /** Whether lines lie beside those that match, so that there are gaps. */
  readonly hasContext: boolean
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

const LINE_FEED = 10

/** The digits of the largest number of a line. */
const NUMBER_BYTES_MAX = 16

/** Lines of one content as they are written. */
class Lines {
  readonly #path: string
  readonly #showing: Showing
  readonly #isTerminal: boolean
  readonly #name: string
  /** Where the line begins that would follow the last one. */
  #next = 0

  constructor(path: string, showing: Showing, isTerminal: boolean) {
    this.#path = path
    this.#showing = showing
    this.#isTerminal = isTerminal
    this.#name = showing.isNamed ? escapeControls(path) : ""
  }

  /** Lines for programs. */
  json(hits: ReadonlyArray<Hit>): string {
    const lines = hits.map(({ bytes, isContext, line, offset, timeMicros }) => {
      const time = timeMicros === undefined ? {} : { time: exactTime(timeMicros) }
      const value: GrepLine = {
        path: this.#path,
        line,
        offset,
        text: decoder.decode(bytes),
        ...time,
        context: isContext
      }
      return `${JSON.stringify(value)}\n`
    })
    return lines.join("")
  }

  /** Lines for people, and for what reads lines. */
  text(hits: ReadonlyArray<Hit>): Uint8Array {
    const heads = hits.map((hit) => Buffer.from(this.#head(hit)))
    const bodies = this.#isTerminal
      ? // On a terminal a line must not do anything but be read.
        hits.map(({ bytes }) => encoder.encode(escapeControls(decoder.decode(bytes))))
      : hits.map(({ bytes }) => bytes)
    const sizeBytes = hits.reduce((sum, _, at) => sum + heads[at]!.length + bodies[at]!.length + 1, 0)
    const text = Buffer.allocUnsafe(sizeBytes)
    let end = 0
    for (const [at, body] of bodies.entries()) {
      text.set(heads[at]!, end)
      end += heads[at]!.length
      text.set(body, end)
      end += body.length
      text[end++] = LINE_FEED
    }
    return text
  }

  /** All lines of some bytes as they are. */
  packed({ found, line }: Placed): Uint8Array {
    const { isNamed, isNumbered } = this.#showing
    const { lines, text } = found
    if (!isNamed && !isNumbered) return text
    const name = Buffer.from(isNamed ? `${this.#name}:` : "")
    const numberBytes = isNumbered ? NUMBER_BYTES_MAX + 1 : 0
    const shown = Buffer.allocUnsafe(text.length + (lines.length / LINE_NUMBERS) * (name.length + numberBytes))
    const source = Buffer.from(text.buffer, text.byteOffset, text.length)
    let start = 0
    let end = 0
    for (let at = 0; at < lines.length; at += LINE_NUMBERS) {
      shown.set(name, end)
      end += name.length
      if (isNumbered) end += shown.write(`${line + lines[at + 2]!}:`, end, "latin1")
      const next = start + lines[at + 1]! + 1
      source.copy(shown, end, start, next)
      end += next - start
      start = next
    }
    return shown.subarray(0, end)
  }

  #head({ bytes, isContext, line, offset }: Hit): string {
    const { hasContext, isNamed, isNumbered } = this.#showing
    const mark = isContext ? "-" : ":"
    const isGap = hasContext && this.#next > 0 && offset > this.#next
    this.#next = offset + bytes.length + 1
    return `${isGap ? "--\n" : ""}${isNamed ? this.#name + mark : ""}${isNumbered ? `${line}${mark}` : ""}`
  }
}

/** Shows what was found in one content; gives how many lines match. */
export const show = Effect.fnUntraced(function* <E, R>(
  pages: Stream.Stream<Page, E, R>,
  { path }: Chosen,
  showing: Showing
) {
  const { columns, data, message } = yield* Output
  const { isJson } = yield* Session
  const lines = new Lines(path, showing, columns !== undefined)
  const name = escapeControls(path)
  const { isNamed, shows } = showing
  let count = 0
  yield* Stream.runForEach(pages, (page) =>
    Effect.gen(function* () {
      count += page.hits
      for (const line of page.cut) {
        const where = `${name}${line > 0 ? `:${line}` : ""}`
        yield* message(
          `pond: a line of ${where} is longer than ${formatSize(LINE_BYTES_MAX)}: its beginning was searched`
        )
      }
      if (shows !== "lines" || page.hits + page.lines.length === 0) return
      if (page.packed !== undefined) yield* data(lines.packed(page.packed))
      else yield* data(isJson ? lines.json(page.lines) : lines.text(page.lines))
    })
  )
  if (shows === "lines") return count
  // With --json, too: there is one object for each file, {"path","count"}.
  if (isJson && count > 0) yield* data(`${JSON.stringify({ path, count })}\n`)
  else if (shows === "count" && !isJson) yield* data(`${isNamed ? `${name}:` : ""}${count}\n`)
  else if (count > 0) yield* data(`${name}\n`)
  return count
})
