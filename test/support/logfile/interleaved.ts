/**
 * Rotators that work while a mirror looks: after the listing, and after each file that it opens, some of their steps happen. Whatever a sync saw, in
 * the end every line is in the mirror whole and once. Where a sync told that a file had vanished, an orphan may have lines again.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { Folder } from "../pond.ts"
import { drawFrom } from "./history.ts"
import { escaped, mirroring } from "./mirroring.ts"

type Step = () => void

/** A program that writes numbered lines, and a rotator that adds dates, and compresses at once, one rotation later, or not. */
class Rotating {
  readonly #folder: string
  readonly #style: { readonly isCompressing: boolean; readonly isDelaying: boolean }
  readonly #steps: Array<Step> = []
  #rotations = 0
  /** The archive that is compressed one rotation later. */
  #waiting: string | undefined
  /** Lines that were written. */
  lines = 0

  constructor(folder: string, draw: (below: number) => number) {
    this.#folder = folder
    this.#style = { isCompressing: draw(3) > 0, isDelaying: draw(2) === 0 }
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  #move(from: string, to: string): Step {
    return () => {
      if (fs.existsSync(this.#at(from))) fs.renameSync(this.#at(from), this.#at(to))
    }
  }

  /** As compressors do it: the new file grows, is whole, and the old one goes. */
  #compress(name: string): ReadonlyArray<Step> {
    let packed = Buffer.alloc(0)
    return [
      () => {
        packed = gzipSync(fs.readFileSync(this.#at(name)))
        fs.writeFileSync(this.#at(`${name}.gz`), packed.subarray(0, packed.length / 2))
      },
      () => fs.appendFileSync(this.#at(`${name}.gz`), packed.subarray(packed.length / 2)),
      () => fs.rmSync(this.#at(name))
    ]
  }

  /** Writes some lines. */
  write(count: number): void {
    let text = ""
    for (let line = 0; line < count; line++) text += `line ${this.lines++} ends here\n`
    fs.appendFileSync(this.#at("app.log"), text)
  }

  /** Begins a rotation, whose steps are to come. */
  rotate(): void {
    const { isCompressing, isDelaying } = this.#style
    this.#rotations += 1
    const archive = `app.log-${String(this.#rotations).padStart(4, "0")}`
    this.#steps.push(this.#move("app.log", archive), () => this.write(0))
    if (isCompressing && !isDelaying) this.#steps.push(...this.#compress(archive))
    if (isCompressing && isDelaying && this.#waiting !== undefined) this.#steps.push(...this.#compress(this.#waiting))
    this.#waiting = archive
  }

  /** Whether a rotation is under way. */
  get isBusy(): boolean {
    return this.#steps.length > 0
  }

  /** Does the next steps, as many as there are of these. */
  step(count: number): void {
    for (const step of this.#steps.splice(0, count)) step()
  }
}

/** Runs one life of a log: what is wrong in the end, but for nothing. */
export const interleavedRound = async (seed: number, syncs: number): Promise<ReadonlyArray<string>> => {
  using host = new Folder()
  const draw = drawFrom(seed)
  const rotating = new Rotating(host.path, draw)
  const mirror = await mirroring(host.path)
  const own = escaped(host.path)
  const patterns = { active: join(own, "app.log"), archived: join(own, "app.log[.-]*") }
  const told: Array<string> = []
  const meanwhile = (): void => {
    if (draw(3) === 0) rotating.write(draw(3))
    rotating.step(draw(4))
  }
  rotating.write(3)
  for (let sync = 0; sync < syncs; sync++) {
    if (!rotating.isBusy && draw(2) === 0) rotating.rotate()
    const { codes } = await mirror.sync({ ...patterns, afterList: meanwhile, afterOpen: meanwhile })
    told.push(JSON.stringify(codes))
    meanwhile()
  }
  rotating.step(Number.MAX_SAFE_INTEGER)
  await mirror.sync(patterns)
  const counts = new Map<string, number>()
  const isVanished = told.some((codes) => codes.includes('"vanished"'))
  for (const name of await mirror.list()) {
    if (isVanished && name.includes(".orphan-")) continue
    const bytes = (await mirror.read(name))!
    const text = name.includes(".gz") ? gunzipSync(bytes).toString() : bytes.toString()
    for (const line of text.split("\n").filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const problems: Array<string> = []
  for (let line = 0; line < rotating.lines; line++) {
    const count = counts.get(`line ${line} ends here`) ?? 0
    if (count !== 1) problems.push(`line ${line} is there ${count} times`)
  }
  if (counts.size !== rotating.lines)
    problems.push(`there are ${counts.size} lines, and ${rotating.lines} were written`)
  return problems.length === 0 ? [] : [`seed ${seed}: ${told.join(" ")}; ${(await mirror.list()).join()}`, ...problems]
}
