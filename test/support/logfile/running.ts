/**
 * Commands of the factory `logfile`, run in a pond in memory over a real directory.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Cache, cacheIn } from "../../../src/factories/cache.ts"
import { HostFiles } from "../../../src/factories/host/files.ts"
import { logfile } from "../../../src/factories/logfile/factory.ts"
import { Questions, questionsTo } from "../../../src/factories/questions.ts"
import { Stores, storesAround } from "../../../src/factories/stores.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { openAt, type PondInterface } from "../../../src/tlogfs/pond.ts"
import { escaped } from "./mirroring.ts"

/** A report of any command, as programs read it. */
export type Report = Readonly<Record<string, unknown>> & {
  readonly files: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** A directory of the host with a mirror of it; removed when it is disposed of. */
export class Running implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  readonly pond: PondInterface
  readonly #control = memoryStore()
  readonly #stores = storesAround(memoryStore(), false)
  readonly #config: Readonly<Record<string, string>>

  private constructor(pond: PondInterface, config: Readonly<Record<string, string>>) {
    this.pond = pond
    this.#config = config
  }

  /** Begins with a new pond. */
  static async begin(config: Readonly<Record<string, string>> = {}): Promise<Running> {
    return new Running(await Effect.runPromise(openAt(memoryStore(), true, undefined)), config)
  }

  /** The path of a file of the host. */
  at(name: string): string {
    return join(this.directory, name)
  }

  #command(name: string, flags: Readonly<Record<string, unknown>>) {
    const command = logfile.commands[name]
    if (command === undefined) throw new Error(`no command ${name}`)
    const own = escaped(this.directory)
    const config = {
      active_pattern: join(own, "app.log"),
      archived_pattern: join(own, "app.log[.-]*"),
      pond_path: "logs",
      ...this.#config
    }
    const services = Layer.mergeAll(
      HostFiles.layer,
      Layer.succeed(Cache, cacheIn(this.#control)),
      Layer.succeed(Stores, this.#stores),
      Layer.succeed(Questions, questionsTo(this.pond, undefined))
    )
    const work = command
      .run({ config, flags, instance: { name: "logs", path: "/system/etc/logs" } })
      .pipe(Effect.provide(services))
    const run = command.isReading
      ? Effect.map(this.pond.reading(work), (value) => ({ value, committed: Option.none() }))
      : this.pond.transaction(work)
    return { command, run }
  }

  /** Runs a command: its report, the lines for people, whether it committed, and whether somebody has to look. */
  async run(name: string, flags: Readonly<Record<string, unknown>> = {}) {
    const { command, run } = this.#command(name, flags)
    const { committed, value } = await Effect.runPromise(run)
    const report = Schema.encodeUnknownSync(command.report)(value) as Report
    const lines = command.lines(value)
    return { report, lines, isCommitted: Option.isSome(committed), isAttention: command.needsAttention(value) }
  }

  /** Runs a command that must fail, and gives the message. */
  async failure(name: string, flags: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return (await Effect.runPromise(Effect.flip(this.#command(name, flags).run))).message
  }

  /** Changes the pond as a person would. */
  change(program: (open: Transaction["Service"]) => Effect.Effect<unknown, unknown>) {
    return Effect.runPromise(this.pond.transaction(Effect.flatMap(Transaction, program)))
  }

  /** A file of the mirror. */
  async read(name: string, version?: number): Promise<string> {
    const head = await Effect.runPromise(this.pond.head)
    return Effect.runPromise(head.readText(`/logs/${name}`, version === undefined ? {} : { version }))
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
