/**
 * Lives of logs that are followed in the mirror: what is shown, beside what was written.
 */
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Following } from "../../../src/cli/files/follow.ts"
import { Output } from "../../../src/cli/output.ts"
import { Folder } from "../pond.ts"
import { drawFrom } from "./history.ts"
import { escaped, mirroring } from "./mirroring.ts"

/** A program that writes, and a rotator: with numbers or dates; that renames, or copies and truncates; that compresses or not. */
class Life {
  readonly #folder: string
  readonly #isDated: boolean
  readonly #isCopying: boolean
  readonly #isCompressing: boolean
  #rotations = 0
  /** What the program writes to; after a rotation it is the archive, until it opens the log anew. */
  #open = "app.log"
  written = ""
  #count = 0

  constructor(folder: string, draw: (below: number) => number) {
    this.#folder = folder
    this.#isDated = draw(2) === 0
    this.#isCopying = draw(4) === 0
    this.#isCompressing = draw(2) === 0
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  #move(from: string, to: string): void {
    if (fs.existsSync(this.#at(from))) fs.renameSync(this.#at(from), this.#at(to))
    if (fs.existsSync(this.#at(`${from}.gz`))) fs.renameSync(this.#at(`${from}.gz`), this.#at(`${to}.gz`))
  }

  write(lines: number): void {
    for (let line = 0; line < lines; line++) {
      const text = `line ${this.#count++}\n`
      fs.appendFileSync(this.#at(this.#open), text)
      this.written += text
    }
  }

  /** Opens the log anew. */
  reopen(): void {
    this.#open = "app.log"
    fs.appendFileSync(this.#at("app.log"), "")
  }

  rotate(): void {
    this.reopen()
    this.#rotations += 1
    const dated = (rotation: number) => `app.log-202601${String(rotation).padStart(2, "0")}`
    const archive = this.#isDated ? dated(this.#rotations) : "app.log.1"
    const previous = this.#isDated ? dated(this.#rotations - 1) : "app.log.2"
    if (!this.#isDated)
      for (let number = 6; number > 0; number--) this.#move(`app.log.${number}`, `app.log.${number + 1}`)
    if (this.#isCompressing && fs.existsSync(this.#at(previous))) {
      fs.writeFileSync(this.#at(`${previous}.gz`), gzipSync(fs.readFileSync(this.#at(previous))))
      fs.rmSync(this.#at(previous))
    }
    if (this.#isCopying) {
      fs.copyFileSync(this.#at("app.log"), this.#at(archive))
      fs.truncateSync(this.#at("app.log"))
    } else {
      this.#move("app.log", archive)
      this.#open = archive
    }
  }
}

/** What came of a life: what is wrong with what was shown, and whether the mirror called for a person. */
export interface Followed {
  readonly isDisputed: boolean
  readonly problems: ReadonlyArray<string>
}

/** Runs one life. */
export const followedRound = async (seed: number, steps: number): Promise<Followed> => {
  using host = new Folder()
  const draw = drawFrom(seed)
  const life = new Life(host.path, draw)
  const mirror = await mirroring(host.path)
  const own = escaped(host.path)
  const patterns = { active: join(own, "app.log"), archived: join(own, "app.log[.-]*") }
  const told: Array<string> = []
  let shown = ""
  const show = (bytes: Uint8Array) => Effect.sync(() => void (shown += Buffer.from(bytes).toString()))
  const silent = { data: () => Effect.void, message: () => Effect.void, page: () => Effect.void }
  const output = Output.of({ ...silent, colours: false, columns: undefined, status: undefined })
  life.write(2)
  await mirror.sync(patterns)
  const following = await mirror.run((head) =>
    Effect.flatMap(head.stat("/logs/app.log"), (node) => Following.from(head, "/logs/app.log", node, show))
  )
  shown = life.written
  for (let step = 0; step < steps; step++) {
    const what = step === steps - 1 ? 9 : draw(10)
    if (what < 3) life.write(1 + draw(3))
    else if (what < 5) life.rotate()
    else if (what < 6) life.reopen()
    else {
      const { codes, isCommitted } = await mirror.sync(patterns)
      if (!isCommitted) continue
      told.push(JSON.stringify(codes))
      const [newest] = await Effect.runPromise(Stream.runCollect(Stream.take(mirror.pond.log(), 1)))
      await mirror.run((head) => Effect.provideService(following.step(head, newest!.events), Output, output))
    }
  }
  // Where the mirror needs a person, so does the order of lines.
  const isDisputed = told.some((codes) => /"(?:changed|displaced|vanished)"/u.test(codes))
  return {
    isDisputed,
    problems: shown === life.written ? [] : [`seed ${seed}: ${told.join(" ")}`, shown, life.written]
  }
}
