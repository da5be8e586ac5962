/**
 * Runs `bin/pond` in fresh processes, as a person or a script would.
 */
import { spawn, spawnSync } from "node:child_process"
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { ROOT } from "./root.ts"

/** The program that is run: `bin/pond` of this package. */
export const POND = join(ROOT, "bin/pond")

/** What a process wrote, and how it ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** The environment of the tests: this Node first on PATH, and `pond`; nothing of the person who runs them. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: [dirname(process.execPath), dirname(POND), process.env["PATH"] ?? ""].join(delimiter),
  HOME: join(ROOT, ".cache/test-home"),
  LANG: "C.UTF-8"
}

/** Where and with what a process runs. */
export interface Place {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

const execute = (file: string, args: ReadonlyArray<string>, place: Place): Ran => {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: place.cwd,
    input: place.input ?? "",
    env: { ...ENVIRONMENT, ...place.env },
    timeout: 60_000,
    maxBuffer: 256 * 1024 * 1024
  })
  if (error !== undefined) throw error
  return { code: status, stdout, stderr: stderr.toString() }
}

/** Runs `pond` with arguments and waits for its end. */
export const pond = (args: ReadonlyArray<string>, place: Place = {}): Ran => execute(POND, args, place)

/** Runs a line of Bash, for what only a shell can say: pipes, redirections, bytes that are not text. */
export const shell = (script: string, place: Place = {}): Ran => execute("bash", ["-c", script], place)

/** Starts `pond` and leaves it running. */
export const startPond = (
  args: ReadonlyArray<string>,
  place: Omit<Place, "input"> = {}
): ChildProcessWithoutNullStreams => spawn(POND, args, { cwd: place.cwd, env: { ...ENVIRONMENT, ...place.env } })

/** A folder that is removed when its owner ends: `using folder = new Folder()`. */
export class Folder implements Disposable {
  readonly path: string
  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "pond-test-"))
  }
  /** Removes the folder with all that is in it. */
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
