/**
 * Mirrors run by the real command, each sync in a fresh process, foretold by a dry run in another that touches nothing (LP08).
 */
import { Effect, Stream } from "effect"
import { spawn } from "node:child_process"
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPlaces, placesAt } from "../../../src/tlogfs/places.ts"
import { picture } from "../cli.ts"
import { ENVIRONMENT, POND } from "../pond.ts"
import type { CaseMirror, MakeMirror } from "./cases.ts"
import { escaped } from "./mirroring.ts"

/** Whom a process runs as that must not be root. */
const NOBODY = { uid: 65_534, gid: 65_534 }

/** What a command came to. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The report of a sync, as the command prints it. */
export interface CommandReport {
  readonly committed: boolean
  readonly dryRun: boolean
  readonly txn: number | null
  readonly files: ReadonlyArray<{ readonly name: string; readonly outcome: string }>
  readonly summary: { readonly attention: number }
}

/** A pond in a directory of its own, with a mirror `logs` of a directory of the host at `/logs`. */
export class CommandMirror implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "pond-command-"))
  readonly url = join(this.folder, "pond")
  readonly #user: Partial<typeof NOBODY>

  /** An unprivileged one is run by somebody who is not root, whoever runs the tests. */
  constructor({ isUnprivileged = false }: { readonly isUnprivileged?: boolean } = {}) {
    this.#user = isUnprivileged && process.getuid?.() === 0 ? NOBODY : {}
    if (this.#user.uid !== undefined) chownSync(this.folder, NOBODY.uid, NOBODY.gid)
  }

  /** Makes the pond and the mirror. `patterns` are over names in the directory. */
  async begin(
    directory: string,
    patterns: { readonly active: string; readonly archived: string },
    ...flags: ReadonlyArray<string>
  ): Promise<void> {
    await this.done("init")
    const own = escaped(directory)
    const words = ["--active", join(own, patterns.active), "--archived", join(own, patterns.archived)]
    await this.done("add", "logfile", "logs", ...words, "--pond-path", "/logs", ...flags)
  }

  /** Runs `pond` in a process, perhaps under another program. */
  run(args: ReadonlyArray<string>, under: ReadonlyArray<string> = []): Promise<Ended> {
    const [file, ...rest] = [...under, POND, "--pond", this.url, ...args]
    return new Promise((resolve, reject) => {
      // What another user would keep at home is kept here.
      const env = this.#user.uid === undefined ? ENVIRONMENT : { ...ENVIRONMENT, HOME: this.folder }
      const child = spawn(file!, rest, { env, stdio: ["ignore", "pipe", "pipe"], cwd: this.folder, ...this.#user })
      let stdout = ""
      let stderr = ""
      child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()))
      child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()))
      child.on("error", reject)
      child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
    })
  }

  /** Runs `pond` in a process that must succeed. */
  async done(...args: ReadonlyArray<string>): Promise<string> {
    const { code, stderr, stdout } = await this.run(args)
    if (code !== 0) throw new Error(`pond ${args.join(" ")} ended with ${code}: ${stderr}`)
    return stdout
  }

  /** Runs a sync, which may end with attention. */
  async sync(...flags: ReadonlyArray<string>): Promise<CommandReport> {
    const { code, stderr, stdout } = await this.run(["run", "logs", "sync", "--json", ...flags])
    if (code !== 0 && code !== 3) throw new Error(`a sync ended with ${code}: ${stderr}`)
    const report = JSON.parse(stdout) as CommandReport
    if ((code === 3) !== report.summary.attention > 0) throw new Error(`exit code ${code} does not go with ${stdout}`)
    return report
  }

  /** A file of the mirror, read in this process. */
  async read(name: string): Promise<Buffer | undefined> {
    const path = `/logs/${name}`
    const bytes = await Effect.runPromise(
      Effect.gen({ self: this }, function* () {
        const head = yield* (yield* openPlaces(placesAt(this.url))).head
        return (yield* head.exists(path)) ? yield* Stream.mkUint8Array(head.read(path)) : undefined
      })
    )
    return bytes === undefined ? undefined : Buffer.from(bytes)
  }

  /** The names of the mirror. */
  list(): Promise<ReadonlyArray<string>> {
    return Effect.runPromise(
      Effect.gen({ self: this }, function* () {
        const head = yield* (yield* openPlaces(placesAt(this.url))).head
        return (yield* head.exists("/logs")) ? (yield* head.list("/logs")).map(({ node }) => node.name) : []
      })
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A report without what a dry run says otherwise, or cannot know. */
const planOf = (report: CommandReport): string => JSON.stringify({ ...report, dryRun: undefined, txn: undefined })

/** Mirrors of cases, by the command, perhaps run by somebody who is not root. */
export const commandMirror =
  (isUnprivileged: boolean): MakeMirror =>
  async (directory, { active, archived, compressed }) => {
    const mirror = new CommandMirror({ isUnprivileged })
    if (isUnprivileged) chmodSync(directory, 0o755)
    await mirror.begin(
      directory,
      { active, archived },
      ...(compressed === undefined ? [] : ["--compressed", compressed])
    )
    const sync: CaseMirror["sync"] = async () => {
      const before = picture(mirror.folder)
      const foretold = await mirror.sync("--dry-run")
      const after = picture(mirror.folder)
      if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error("a dry run changed something")
      const report = await mirror.sync()
      if (planOf({ ...foretold, committed: report.committed }) !== planOf(report)) {
        throw new Error(`a dry run foretold ${planOf(foretold)}, and it came to ${planOf(report)}`)
      }
      return {
        committed: report.committed,
        report: Object.fromEntries(report.files.map(({ name, outcome }) => [name, outcome]))
      }
    }
    return {
      sync,
      read: (name) => mirror.read(name),
      list: () => mirror.list(),
      close: async () => mirror[Symbol.dispose]()
    }
  }
