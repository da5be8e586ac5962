/**
 * A program that writes numbered lines all the time, rotators that take them away from it, and a mirror that looks at random moments: in the
 * end every line is in the mirror, whole, and once.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import { setImmediate, setTimeout } from "node:timers/promises"
import { constants, gunzipSync } from "node:zlib"
import type { CommandMirror } from "./command.ts"

/** Writes lines to a file that it holds open, as programs do, until it is told to open it anew. */
export class LiveWriter {
  readonly #path: string
  readonly #onWritten: (writer: LiveWriter) => void
  #descriptor: number
  #isWriting = true
  #between: (() => void) | undefined
  #ended: Promise<void> | undefined
  /** Lines that were written. */
  count = 0

  constructor(path: string, onWritten: (writer: LiveWriter) => void = () => {}) {
    this.#path = path
    this.#onWritten = onWritten
    this.#descriptor = fs.openSync(path, "a")
  }

  /** Bytes in the file that it writes to. */
  get sizeBytes(): number {
    return fs.fstatSync(this.#descriptor).size
  }

  /** Closes its file and opens whatever has the name now. */
  reopen(): void {
    fs.closeSync(this.#descriptor)
    this.#descriptor = fs.openSync(this.#path, "a")
  }

  /** Does something between two lines, and opens the file anew. */
  reopenAfter(deed: () => void = () => {}): Promise<void> {
    return new Promise((resolve) => {
      this.#between = () => {
        deed()
        this.reopen()
        resolve()
      }
    })
  }

  /** Begins to write, beside everything else. */
  start(): void {
    const write = async () => {
      while (this.#isWriting) {
        // Half a line first, now and then: who looks then sees a torn one.
        const line = `${this.count} ${"x".repeat(this.count % 97)} end\n`
        const half = this.count % 5 === 0 ? 4 : line.length
        fs.writeSync(this.#descriptor, line.slice(0, half))
        if (half < line.length) {
          await setImmediate()
          fs.writeSync(this.#descriptor, line.slice(half))
        }
        this.count += 1
        this.#onWritten(this)
        this.#between?.()
        this.#between = undefined
        // Some hundred KB a second: programs that write more leave no time to those who look.
        await (this.count % 10 === 0 ? setTimeout(2) : setImmediate())
      }
      fs.closeSync(this.#descriptor)
    }
    this.#ended = write()
  }

  /** Ends after the line that it is at. */
  async stop(): Promise<void> {
    this.#isWriting = false
    await this.#ended
  }
}

/** How often each line is in a text, and what in it is no line. */
const countLines = (text: string, counts: Map<number, number>): ReadonlyArray<string> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const number = Number(/^(\d+) /.exec(line)?.[1])
      if (line !== `${number} ${"x".repeat(number % 97)} end`) return [`torn: ${line.slice(0, 60)}`]
      counts.set(number, (counts.get(number) ?? 0) + 1)
      return []
    })

/** The text of an entry; of an archive that was mirrored while it was being compressed, as far as it goes. */
const textOf = (name: string, bytes: Buffer): string => {
  if (name.endsWith(".gz")) return gunzipSync(bytes).toString()
  return name.includes(".gz.orphan-")
    ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
    : bytes.toString()
}

/**
 * Lines of the mirror that are missing, torn or there twice, of those that a writer wrote. What lost its name to another file while a log was rotated stays
 * as an orphan, and may be the beginning of what is mirrored under another name.
 */
export const lineProblems = async (
  mirror: CommandMirror,
  written: number,
  { mayRepeat = false }: { readonly mayRepeat?: boolean } = {}
): Promise<ReadonlyArray<string>> => {
  const counts = new Map<number, number>()
  const orphaned = new Map<number, number>()
  const problems: Array<string> = []
  for (const name of await mirror.list()) {
    const text = textOf(name, (await mirror.read(name))!)
    const isOrphan = name.includes(".orphan-")
    // What was cut off an active file ends anywhere; the rest of its last line is where it goes on.
    const whole = isOrphan ? text.slice(0, text.lastIndexOf("\n") + 1) : text
    problems.push(...countLines(whole, isOrphan ? orphaned : counts).map((problem) => `${name}: ${problem}`))
  }
  for (let number = 0; number < written; number++) {
    const count = counts.get(number) ?? 0
    if (count + (orphaned.get(number) ?? 0) === 0) problems.push(`line ${number} is lost`)
    if (count > 1 && !mayRepeat) problems.push(`line ${number} is there ${count} times`)
  }
  return problems.slice(0, 20)
}

/** Files of the host that are not in the mirror as they are. */
export const hostProblems = async (mirror: CommandMirror, directory: string): Promise<ReadonlyArray<string>> => {
  const problems: Array<string> = []
  for (const name of fs.readdirSync(directory)) {
    const bytes = fs.readFileSync(join(directory, name))
    const plain = name.replace(/\.gz$/, "")
    const held = (await mirror.read(name)) ?? (await mirror.read(plain))
    const isSame = held?.equals(bytes) === true || (name !== plain && held?.equals(gunzipSync(bytes)) === true)
    if (!isSame) problems.push(`${name} is not mirrored as it is`)
  }
  return problems
}
