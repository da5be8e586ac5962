/**
 * Histories of a host that nobody wrote down: what programs, rotators and accidents do to a directory of logs, drawn by seed.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"

/** Draws numbers from a seed: whole ones below a bound. */
export type Draw = (below: number) => number

/** A generator that gives the same numbers for the same seed. */
export const drawFrom = (seed: number): Draw => {
  let state = (seed * 2654435761) >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

const ACTIVE = "app.log"
const ARCHIVES = ["app.log.1", "app.log.2", "app.log.3", "app.log-a", "app.log-b"]

/** A directory of logs in which things happen. */
export class HostHistory {
  readonly #directory: string
  readonly #draw: Draw
  #line = 0
  /** What happened, for whoever has to understand it. */
  readonly told: Array<string> = []

  constructor(directory: string, draw: Draw) {
    this.#directory = directory
    this.#draw = draw
  }

  #at(name: string): string {
    return join(this.#directory, name)
  }

  #has(name: string): boolean {
    return fs.lstatSync(this.#at(name), { throwIfNoEntry: false }) !== undefined
  }

  #isFile(name: string): boolean {
    return fs.lstatSync(this.#at(name), { throwIfNoEntry: false })?.isFile() === true
  }

  #pick<A>(all: ReadonlyArray<A>): A {
    return all[this.#draw(all.length)]!
  }

  /** Lines of which some are equal everywhere: files begin alike, and are beginnings of each other. */
  #lines(): string {
    const count = this.#draw(4) + (this.#draw(10) === 0 ? 0 : 1)
    const isPlain = this.#draw(3) === 0
    return Array.from({ length: count }, () => (isPlain ? "a line like others\n" : `line ${this.#line++}\n`)).join("")
  }

  #file(): string | undefined {
    const names = fs.readdirSync(this.#directory).filter((name) => this.#isFile(name))
    return names.length === 0 ? undefined : this.#pick(names.toSorted())
  }

  #archive(): string {
    return this.#pick(ARCHIVES)
  }

  /** Moves a file, over whatever file has the name. */
  #move(from: string, to: string): void {
    if (from === to || !this.#has(from)) return
    if (this.#has(to)) fs.rmSync(this.#at(to), { recursive: true })
    fs.renameSync(this.#at(from), this.#at(to))
  }

  #shift(): void {
    for (const suffix of ["", ".gz"]) {
      this.#move(`app.log.2${suffix}`, `app.log.3${suffix}`)
      this.#move(`app.log.1${suffix}`, `app.log.2${suffix}`)
    }
  }

  #compress(name: string, isKept: boolean, isCut: boolean): void {
    if (!this.#isFile(name) || name.endsWith(".gz") || name === ACTIVE) return
    const packed = gzipSync(fs.readFileSync(this.#at(name)))
    fs.rmSync(this.#at(`${name}.gz`), { force: true, recursive: true })
    fs.writeFileSync(this.#at(`${name}.gz`), isCut ? packed.subarray(0, this.#draw(packed.length)) : packed)
    if (!isKept) fs.rmSync(this.#at(name))
  }

  readonly #deeds: Readonly<Record<string, () => void>> = {
    append: () => {
      if (!this.#has(ACTIVE) || this.#isFile(ACTIVE)) fs.appendFileSync(this.#at(ACTIVE), this.#lines())
    },
    "append on": () => this.#deeds["append"]!(),
    "rotate by numbers": () => {
      this.#shift()
      this.#move(ACTIVE, "app.log.1")
      if (this.#draw(2) === 0) fs.writeFileSync(this.#at(ACTIVE), this.#lines())
    },
    "rotate and compress": () => {
      this.#shift()
      this.#move(ACTIVE, "app.log.1")
      this.#compress(this.#draw(2) === 0 ? "app.log.1" : "app.log.2", this.#draw(3) === 0, this.#draw(4) === 0)
    },
    "rotate by dates": () => {
      this.#move(ACTIVE, this.#draw(2) === 0 ? "app.log-a" : "app.log-b")
      if (this.#draw(2) === 0) fs.writeFileSync(this.#at(ACTIVE), this.#lines())
    },
    "copy and truncate": () => {
      if (!this.#isFile(ACTIVE)) return
      this.#shift()
      fs.rmSync(this.#at("app.log.1"), { force: true, recursive: true })
      fs.copyFileSync(this.#at(ACTIVE), this.#at("app.log.1"))
      if (this.#draw(3) > 0) fs.truncateSync(this.#at(ACTIVE), 0)
      if (this.#draw(3) === 0) fs.appendFileSync(this.#at(ACTIVE), this.#lines())
    },
    truncate: () => {
      const name = this.#file()
      if (name !== undefined) fs.truncateSync(this.#at(name), this.#draw(fs.statSync(this.#at(name)).size + 1))
    },
    remove: () => {
      const name = this.#file()
      if (name !== undefined) fs.rmSync(this.#at(name))
    },
    damage: () => {
      const name = this.#file()
      if (name === undefined) return
      const bytes = fs.readFileSync(this.#at(name))
      if (bytes.length > 0) bytes[this.#draw(bytes.length)]! ^= 1 << this.#draw(8)
      fs.writeFileSync(this.#at(name), bytes)
    },
    compress: () => this.#compress(this.#archive(), this.#draw(3) === 0, this.#draw(5) === 0),
    replace: () => {
      const name = this.#file()
      if (name !== undefined) fs.writeFileSync(this.#at(name), this.#lines())
    },
    "rename an archive": () => {
      const from = this.#archive()
      const suffix = this.#draw(3) === 0 ? ".gz" : ""
      this.#move(`${from}${suffix}`, `${this.#archive()}${suffix}`)
    },
    copy: () => {
      const name = this.#file()
      const to = this.#archive()
      if (name === undefined || name === to || name.endsWith(".gz")) return
      fs.rmSync(this.#at(to), { force: true, recursive: true })
      fs.copyFileSync(this.#at(name), this.#at(to))
    },
    "append to an archive": () => {
      const name = this.#archive()
      if (this.#isFile(name)) fs.appendFileSync(this.#at(name), this.#lines())
    },
    "put something else": () => {
      const name = this.#archive()
      if (this.#has(name)) return
      if (this.#draw(2) === 0) fs.symlinkSync(ACTIVE, this.#at(name))
      else fs.mkdirSync(this.#at(name))
    },
    "take it away": () => {
      for (const name of fs.readdirSync(this.#directory)) {
        if (!this.#isFile(name)) fs.rmSync(this.#at(name), { recursive: true })
      }
    },
    "remove everything": () => {
      if (this.#draw(4) > 0) return
      for (const name of fs.readdirSync(this.#directory)) fs.rmSync(this.#at(name), { recursive: true })
    }
  }

  /** Does something. */
  step(): void {
    const name = this.#pick(Object.keys(this.#deeds))
    this.#deeds[name]!()
    this.told.push(name)
  }
}
