/**
 * `npm start`: the main job in a few seconds. Logs are written, mirrored, rotated and mirrored again by the real command, in `demo/`, which
 * stays to play with. Every sentence was checked a moment before: what is not true ends the demonstration with an error.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { styleText } from "node:util"
import { gzipSync } from "node:zlib"

const root = join(import.meta.dirname, "..")
const home = join(root, "demo")
const logs = join(home, "var/log/orders")
const active = join(logs, "orders.json")

const heading = (text: string): void => console.log(`\n${styleText("bold", text)}`)
const say = (text: string): void => console.log(`   ${text}`)
const count = (value: number): string => value.toLocaleString("en")

let line = 0

/** The next lines of a log: the same on every machine. */
const lines = (howMany: number): string =>
  Array.from({ length: howMany }, () => {
    line += 1
    const time = new Date(Date.UTC(2026, 10, 21) + line * 250).toISOString()
    return `${JSON.stringify({ time, level: line % 997 === 0 ? "error" : "info", order: (line * 7919) % 100_003, ms: (line * 104_729) % 997 })}\n`
  }).join("")

interface Ran {
  readonly code: number
  readonly text: string
}

/** Runs the command as a person would, and shows it. */
const pond = (args: ReadonlyArray<string>, { expected = 0, isShown = true } = {}): Ran => {
  if (isShown)
    console.log(styleText("cyan", `   $ pond ${args.map((arg) => (/[*' ]/u.test(arg) ? `'${arg}'` : arg)).join(" ")}`))
  // Of what is written beyond `maxBuffer`, by default 1 MiB, some is lost.
  const options = { cwd: home, maxBuffer: Number.POSITIVE_INFINITY }
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, "bin/pond"), ...args], options)
  const text = stdout.toString()
  assert.equal(status, expected, `pond ${args.join(" ")} ended with ${status}: ${stderr.toString()}${text}`)
  if (isShown) for (const shown of text.trimEnd().split("\n")) say(shown)
  return { code: status ?? 1, text }
}

interface Report {
  readonly committed: boolean
  readonly files: ReadonlyArray<{
    readonly name: string
    readonly outcome: string
    readonly bytes: number
    readonly hash: string
  }>
}

const hashOf = (path: string): string => pond(["b3sum", "--no-names", path], { isShown: false }).text.trim()

/** What the pond has of a log directory, by name. */
const mirrored = (): ReadonlyMap<string, string> =>
  new Map(
    pond(["list", "/logs/orders", "--json"], { isShown: false })
      .text.trim()
      .split("\n")
      .map((text) => JSON.parse(text) as { readonly path: string; readonly hash: string })
      .map(({ hash, path }) => [path.slice(path.lastIndexOf("/") + 1), hash])
  )

rmSync(home, { recursive: true, force: true })
mkdirSync(logs, { recursive: true })
for (const day of [18, 19, 20]) writeFileSync(join(logs, `orders-2026-11-${day}.json`), lines(15_000))
writeFileSync(active, lines(4000))

console.log("Pond mirrors what machines write without losing a byte, and proves it.")

heading("1. A machine writes logs; a pond mirrors them")
pond(["init"])
const pattern = join(logs, "orders-*.json")
pond(["add", "logfile", "orders", "--archived", pattern, "--active", active, "--pond-path", "/logs/orders"])
pond(["run", "orders", "sync"])

heading("2. Every hash in the pond is what b3sum prints for the file")
for (const [name, hash] of mirrored()) assert.equal(hash, hashOf(join(logs, name)))
pond(["list", "-l", "/logs/orders"])

heading("3. The log goes on, is rotated, goes on, is rotated again; nobody was watching")
const before = readFileSync(active)
appendFileSync(active, lines(1000))
renameSync(active, join(logs, "orders-2026-11-21.json"))
writeFileSync(active, lines(2000))
renameSync(active, join(logs, "orders-2026-11-22.json"))
writeFileSync(active, lines(300))
const plan = JSON.parse(pond(["run", "orders", "sync", "--dry-run", "--json"], { isShown: false }).text) as Report
pond(["run", "orders", "sync"])
const rotated = plan.files.find(({ outcome }) => outcome === "rotated")
assert.ok(rotated !== undefined && rotated.bytes === readFileSync(join(logs, rotated.name)).length - before.length)
say(`The dry run before it had told the same. What had been mirrored under another name was recognised by its content:`)
say(`of ${rotated.name} only the last ${count(rotated.bytes)} bytes were stored.`)
for (const [name, hash] of mirrored()) assert.equal(hash, hashOf(join(logs, name)))

heading("4. An archive is compressed, another one is damaged")
const compressed = join(logs, "orders-2026-11-18.json")
rmSync(compressed)
const damaged = join(logs, "orders-2026-11-19.json")
const sound = readFileSync(damaged)
const flipped = Buffer.from(sound)
flipped[500_000]! ^= 4
writeFileSync(damaged, flipped)
pond(["run", "orders", "sync"], { expected: 3 })
say("Exit code 3: a person should look. The pond keeps what it has:")
const kept = pond(["cat", "/logs/orders/orders-2026-11-19.json"], { isShown: false }).text
assert.equal(kept, sound.toString())
writeFileSync(damaged, pond(["cat", "/logs/orders/orders-2026-11-19.json"], { isShown: false }).text)
assert.deepEqual(readFileSync(damaged), sound)
writeFileSync(
  `${compressed}.gz`,
  gzipSync(pond(["cat", "/logs/orders/orders-2026-11-18.json"], { isShown: false }).text)
)
say("One command brings it back: pond cat /logs/orders/orders-2026-11-19.json")

heading("5. What happened, and is everything still there?")
pond(["log"])
pond(["versions", `/logs/orders/${rotated.name}`])
pond(["fsck"])

assert.ok(readdirSync(home).includes(".pond"))
console.log(`\nAll of this was checked while it was printed. The pond stays in demo/ to play with:
   cd demo && ../bin/pond ls -l /logs/orders && ../bin/pond run orders --help`)
