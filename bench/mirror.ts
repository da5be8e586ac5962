/**
 * What mirroring a directory of logs costs: whole processes of the built command, 20 archives and an active file, by default 1 GiB in all.
 *
 * Beside it what people use for the same, where it is installed (`node scripts/bench-peers.ts` installs it): rsync and rclone copy; restic, borg,
 * casync and git keep versions. Each step is the same change of the host; the ratio is to the fastest of the others, and to the fastest of those
 * that keep versions. `--quick` takes 64 MiB.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { logLines } from "./support/logs.ts"
import { sayMissing } from "./support/peers.ts"
import { type Measure, report } from "./support/report.ts"

const MiB = 1024 ** 2
const ARCHIVES = 20
const TOTAL_BYTES = process.argv.includes("--quick") ? 64 * MiB : 1024 * MiB
const FILE_BYTES = TOTAL_BYTES / (ARCHIVES + 1)

const home = fs.mkdtempSync(join(tmpdir(), "pond-bench-mirror-"))
const logs = join(home, "logs")
const POND = join(import.meta.dirname, "../bin/pond")

/** A program that keeps copies of a directory: how it begins, and how it takes in what changed. */
interface Mirror {
  readonly name: string
  readonly begin: ReadonlyArray<ReadonlyArray<string>>
  readonly sync: ReadonlyArray<ReadonlyArray<string>>
  readonly env?: Readonly<Record<string, string>>
  readonly store: string
  /** Whether it only has what there is now. */
  readonly isCopy?: boolean
}

const place = (name: string): string => join(home, name)

const MIRRORS: ReadonlyArray<Mirror> = [
  {
    name: "pond",
    begin: [
      [POND, "--pond", place("pond"), "init"],
      [
        POND,
        "--pond",
        place("pond"),
        "add",
        "logfile",
        "logs",
        "--active",
        `${logs}/app.log`,
        "--archived",
        `${logs}/app.log-*`,
        "--pond-path",
        "/logs"
      ]
    ],
    sync: [[POND, "--pond", place("pond"), "run", "logs", "sync"]],
    store: place("pond")
  },
  {
    name: "rsync",
    begin: [],
    sync: [["rsync", "-a", "--fsync", `${logs}/`, place("rsync")]],
    store: place("rsync"),
    isCopy: true
  },
  {
    name: "rclone",
    begin: [],
    sync: [["rclone", "sync", "-q", logs, place("rclone")]],
    env: { RCLONE_CONFIG: place("rclone.conf") },
    store: place("rclone"),
    isCopy: true
  },
  {
    name: "casync",
    begin: [["mkdir", place("casync")]],
    sync: [
      [
        "casync",
        "--with=2sec-time",
        "make",
        `--store=${place("casync")}/c.castr`,
        `${place("casync")}/logs.caidx`,
        logs
      ]
    ],
    store: place("casync")
  },
  {
    name: "restic",
    begin: [["restic", "init", "-q"]],
    sync: [["restic", "backup", "-q", "--no-cache", logs]],
    env: { RESTIC_REPOSITORY: place("restic"), RESTIC_PASSWORD: "bench" },
    store: place("restic")
  },
  {
    name: "borg",
    begin: [["borg", "init", "-e", "none", place("borg")]],
    sync: [["borg", "create", "-C", "zstd,1", `${place("borg")}::{now:%s.%f}`, logs]],
    env: { BORG_BASE_DIR: place("borg-home"), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes" },
    store: place("borg")
  },
  {
    name: "git",
    begin: [["git", "init", "-q", "--bare", place("git")]],
    sync: [
      ["git", "--git-dir", place("git"), "--work-tree", logs, "add", "-A"],
      [
        "git",
        "--git-dir",
        place("git"),
        "--work-tree",
        logs,
        "-c",
        "user.name=b",
        "-c",
        "user.email=b@b",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "sync"
      ]
    ],
    store: place("git")
  }
]

const run = (mirror: Mirror, lines: ReadonlyArray<ReadonlyArray<string>>): void => {
  for (const [program, ...args] of lines) {
    const { status, stderr } = spawnSync(program!, args, { cwd: home, env: { ...process.env, ...mirror.env } })
    if (status !== 0)
      throw new Error(`${mirror.name}: ${program} ${args.join(" ")} ended with ${status}: ${stderr?.toString()}`)
  }
}

/** The seconds that a step takes. */
const seconds = (mirror: Mirror): number => {
  const began = process.hrtime.bigint()
  run(mirror, mirror.sync)
  return Number(process.hrtime.bigint() - began) / 1e9
}

const storedBytes = (path: string): number =>
  fs
    .readdirSync(path, { recursive: true, withFileTypes: true })
    .reduce((sum, entry) => sum + (entry.isFile() ? fs.statSync(join(entry.parentPath, entry.name)).size : 0), 0)

let rounds = 0

/** Appends log lines that are nowhere else: what a program finds twice, it would not have to store. */
const write = (name: string, sizeBytes: number): void => {
  for (let missing = Math.floor(sizeBytes); missing > 0; missing -= MiB) {
    fs.appendFileSync(join(logs, name), logLines(rounds++).subarray(0, missing))
  }
}

const archive = (number: number): string => `app.log-2026-01-${String(number).padStart(2, "0")}`

const rotate = (): void => {
  fs.renameSync(join(logs, "app.log"), join(logs, archive(ARCHIVES + 1)))
  write("app.log", MiB)
}

/** All archives get other names: what they hold has to be compared. */
const renumber = (): void => {
  for (let number = ARCHIVES + 1; number > 0; number--) {
    fs.renameSync(join(logs, archive(number)), join(logs, archive(number + 1)))
  }
}

/** What happens to the host before each step, and what the step is to cost, whole process. */
const STEPS: ReadonlyArray<{ what: string; budget: number | undefined; change: () => void }> = [
  { what: "first time", budget: 2.2, change: () => {} },
  { what: "nothing changed", budget: 0.1, change: () => {} },
  { what: "1 MiB appended", budget: 0.15, change: () => write("app.log", MiB) },
  { what: "rotation", budget: 0.2, change: rotate },
  { what: "all archives renamed", budget: undefined, change: renumber }
]

try {
  fs.mkdirSync(logs)
  for (let number = 1; number <= ARCHIVES; number++) write(archive(number), FILE_BYTES)
  write("app.log", FILE_BYTES)
  // Files that are younger than two seconds are not taken to be unchanged.
  const past = Date.now() / 1000 - 3600
  for (const name of fs.readdirSync(logs)) fs.utimesSync(join(logs, name), past, past)
  spawnSync("sleep", ["3"])
  const missing = sayMissing(MIRRORS.slice(1).map(({ name }) => name))
  const mirrors = MIRRORS.filter(({ name }) => !missing.has(name))
  for (const mirror of mirrors) run(mirror, mirror.begin)
  const measures: Array<Measure> = []
  for (const { budget, change, what } of STEPS) {
    change()
    const times = mirrors.map((mirror) => seconds(mirror))
    for (const [index, { name }] of mirrors.entries()) {
      const isOwn = name === "pond"
      const aim = isOwn && budget !== undefined && TOTAL_BYTES === 1024 * MiB ? { budget: `at most ${budget} s` } : {}
      measures.push({ what: `${what}: ${name}`, value: times[index]!, unit: "s", ...aim })
    }
    for (const kind of ["others", "others with versions"]) {
      const rivals = mirrors.flatMap(({ isCopy = false, name }, at) =>
        at === 0 || (isCopy && kind !== "others") ? [] : [{ name, ratio: times[0]! / times[at]! }]
      )
      const best = rivals.toSorted((one, another) => another.ratio - one.ratio)[0]
      if (best === undefined) continue
      measures.push({ what: `${what}: beside the best of ${kind}, ${best.name}`, value: best.ratio, unit: "times" })
    }
  }
  for (const { name, store } of mirrors)
    measures.push({ what: `stored: ${name}`, value: storedBytes(store) / MiB, unit: "MiB" })
  report("mirror", measures)
} finally {
  fs.rmSync(home, { recursive: true, force: true })
}
