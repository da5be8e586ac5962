/**
 * Random histories of a host, mirrored step by step, and everything that the policy says of them compared with the oracle.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { drawFrom, HostHistory } from "./history.ts"
import { escaped, type Mirroring, mirroring } from "./mirroring.ts"
import { Oracle } from "./oracle.ts"

const PATTERNS = {
  isActive: (name: string) => name === "app.log",
  isArchived: (name: string) => name.startsWith("app.log.") || name.startsWith("app.log-")
}

/** What a sync saw of a file that it took part with, and what came of it. */
const keptBytes = (oracle: Oracle, report: Readonly<Record<string, string>>): ReadonlyArray<Buffer> =>
  [...oracle.files.values()].flatMap(({ decoded, name, raw }) => {
    if (report[name] === "changed") return []
    const isPlain = Buffer.isBuffer(decoded) && !oracle.entries.has(name)
    return [isPlain ? decoded : raw]
  })

const differences = (
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>
): ReadonlyArray<string> =>
  [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((name) => expected[name] !== found[name])
    .map((name) => `${name} is reported ${found[name]}, not ${expected[name]}`)

/** What a history has seen, and how long ago it seems to have happened. */
interface Past {
  readonly seen: Array<Buffer>
  readonly agoMs: number
}

/** One sync beside the oracle: what is wrong. */
const syncProblems = async (mirror: Mirroring, oracle: Oracle, directory: string, { agoMs, seen }: Past) => {
  const own = escaped(directory)
  const patterns = { active: join(own, "app.log"), archived: join(own, "app.log[.-]*") }
  const options = { ...patterns, nowMs: Date.now() + agoMs }
  const expected = oracle.sync(directory)
  const { codes } = await mirror.sync(options)
  const problems = [...differences(expected, codes)]
  const held = new Map<string, Buffer>()
  for (const name of await mirror.list()) held.set(name, (await mirror.read(name))!)
  for (const [name, { bytes }] of oracle.entries) {
    if (held.get(name)?.equals(bytes) !== true) problems.push(`${name} has other bytes than it should`)
  }
  for (const name of held.keys()) if (!oracle.entries.has(name)) problems.push(`${name} should not be there`)
  seen.push(...keptBytes(oracle, codes))
  const all = [...held.values()]
  for (const bytes of seen) {
    if (!all.some((one) => one.subarray(0, bytes.length).equals(bytes))) problems.push(`lost: ${bytes.toString()}`)
  }
  if ((await mirror.sync(options)).isCommitted) problems.push("a second sync committed something")
  oracle.sync(directory)
  return problems
}

/**
 * Runs one history: of even seeds everything seems to have happened long before each sync, so that what the mirror remembers of files counts.
 * Gives what went wrong, with what led to it; nothing, if all is well.
 */
export const fuzzRound = async (seed: number, syncs: number): Promise<ReadonlyArray<string>> => {
  const directory = mkdtempSync(join(tmpdir(), "pond-fuzz-"))
  try {
    const draw = drawFrom(seed)
    const history = new HostHistory(directory, draw)
    const mirror = await mirroring(directory)
    const oracle = new Oracle(PATTERNS)
    const past: Past = { seen: [], agoMs: seed % 2 === 0 ? 10_000 : 0 }
    for (let round = 0; round < syncs; round++) {
      for (let steps = draw(4); steps >= 0; steps--) history.step()
      const problems = await syncProblems(mirror, oracle, directory, past)
      if (problems.length > 0) return [`seed ${seed}: ${history.told.join(", ")}`, ...problems]
      history.told.push("SYNC")
    }
    return []
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
