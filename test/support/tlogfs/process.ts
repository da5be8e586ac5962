/**
 * Real processes that write to a pond, for tests that let them race and for those that kill them.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { ENVIRONMENT } from "../pond.ts"
import { ROOT } from "../root.ts"

const SCRIPT = join(ROOT, "test/support/tlogfs/writer-process.ts")

/** How a process ended, and what it complained about. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

/** A process of `writer-process.ts`. */
export class WriterProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  #text = ""
  #hasEnded = false

  constructor(directory: string, writer: string, rounds: number, graceMs: number) {
    const args = [SCRIPT, directory, writer, String(rounds), String(graceMs)]
    const child = spawn(process.execPath, args, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] })
    this.#child = child
    let stderr = ""
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()))
    child.stdout.on("data", (bytes: Buffer) => {
      this.#text += bytes.toString()
      for (const wake of this.#waiting) wake()
    })
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#hasEnded = true
        resolve({ code, signal, stderr })
        for (const wake of this.#waiting) wake()
      })
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The lines it wrote, whole ones only. */
  get lines(): ReadonlyArray<string> {
    return this.#text.split("\n").slice(0, -1)
  }

  /** The counts that it was told are committed. */
  get acknowledged(): ReadonlyArray<number> {
    return this.lines.filter((line) => /^\d+$/.test(line)).map(Number)
  }

  /** Waits until it wrote so many lines, or ended. */
  async wrote(lines: number): Promise<void> {
    while (this.lines.length < lines && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  /** Kills it as `kill -9` does, and waits for its end. */
  async kill(): Promise<Ended> {
    this.#child.kill("SIGKILL")
    return await this.ended
  }
}
