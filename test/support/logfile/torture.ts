/**
 * Torture of a mirror: a program writes and rotates all the time, and syncs are killed at random moments. In the end every line is in the
 * mirror once and whole, the host's files are there as they are, the pond is sound, and a further sync has nothing to do (LP01, LP10).
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { ENVIRONMENT, Folder, POND } from "../pond.ts"
import { CommandMirror } from "./command.ts"
import type { Draw } from "./history.ts"
import { hostProblems, lineProblems, LiveWriter } from "./soak.ts"

/** What one round did and found. */
export interface MirrorRound {
  readonly kills: number
  readonly lines: number
  readonly problems: ReadonlyArray<string>
}

/** How archives are named. */
const STYLES: ReadonlyArray<(path: string, count: number) => void> = [
  (path, count) => fs.renameSync(path, `${path}-${String(count).padStart(6, "0")}`),
  // Numbers: every archive changes its name.
  (path, count) => {
    for (let number = count; number > 0; number--) {
      if (fs.existsSync(`${path}.${number}`)) fs.renameSync(`${path}.${number}`, `${path}.${number + 1}`)
    }
    fs.renameSync(path, `${path}.1`)
  }
]

/** Runs a sync that is killed after a while, unless it is done by then. */
const killedSync = async (mirror: CommandMirror, afterMs: number): Promise<boolean> => {
  const child = spawn(POND, ["--pond", mirror.url, "run", "logs", "sync"], { env: ENVIRONMENT, stdio: "ignore" })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)))
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs)
  const signal = await ended
  clearTimeout(timer)
  return signal === "SIGKILL"
}

/** One round: so many syncs that are killed, and some that are not, beside a live program. */
export const mirrorRound = async (syncs: number, draw: Draw): Promise<MirrorRound> => {
  using host = new Folder()
  using mirror = new CommandMirror()
  await mirror.begin(host.path, { active: "app.log", archived: "app.log[.-]*" })
  const path = join(host.path, "app.log")
  const rotate = STYLES[draw(STYLES.length)]!
  const limitBytes = 5000 + draw(100_000)
  let rotations = 0
  let kills = 0
  const writer = new LiveWriter(path, (one) => {
    if (one.sizeBytes < limitBytes) return
    rotate(path, ++rotations)
    one.reopen()
  })
  writer.start()
  for (let sync = 0; sync < syncs; sync++) {
    if (await killedSync(mirror, 80 + draw(400))) kills += 1
    if (draw(4) === 0) await mirror.sync()
  }
  await writer.stop()
  await mirror.sync()
  const problems = [...(await lineProblems(mirror, writer.count)), ...(await hostProblems(mirror, host.path))]
  problems.push(...(await mirror.list()).filter((name) => name.includes(".orphan-")).map((name) => `${name} is left`))
  if ((await mirror.sync()).committed) problems.push("a sync without a change committed something")
  const { code, stdout } = await mirror.run(["fsck"])
  if (code !== 0) problems.push(`fsck: ${stdout}`)
  return { kills, lines: writer.count, problems }
}
