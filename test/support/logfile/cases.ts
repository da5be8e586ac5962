/**
 * The cases of the mirror's policy, and what each expects of a mirror.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { contentOf } from "./content.ts"
import { doOnHost, type HostOperation } from "./host.ts"

/** What happens in the middle of a sync. */
export interface Hooks {
  readonly afterList?: ReadonlyArray<HostOperation>
  readonly afterOpen?: Readonly<Record<string, ReadonlyArray<HostOperation>>>
}

/** What a sync must come to. */
export interface Expectation {
  readonly pond?: Readonly<Record<string, string | ReadonlyArray<string> | null>>
  readonly report?: Readonly<Record<string, string>>
  readonly txn?: false
  readonly count?: number
  readonly prefixOf?: Readonly<Record<string, string>>
  readonly oneOf?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** One case: deeds on the host, and syncs. */
export interface Case {
  readonly id: string
  readonly level: "MUST" | "SHOULD"
  readonly title: string
  readonly needs?: "non-root"
  readonly config?: CaseConfig
  readonly steps: ReadonlyArray<HostOperation & { readonly sync?: SyncStep }>
}

/** Patterns over names in one directory. */
export interface CaseConfig {
  readonly archived: string
  readonly active: string
  readonly compressed?: "recognise" | "opaque"
}

interface SyncStep {
  readonly hooks?: Hooks
  readonly expect: Expectation
}

/** A mirror under test. */
export interface CaseMirror {
  sync(
    hooks: Hooks,
    doHooks: (operations: ReadonlyArray<HostOperation>) => void
  ): Promise<{ readonly report: Readonly<Record<string, string>>; readonly committed: boolean }>
  /** The bytes of a file of the mirror, or none. */
  read(name: string): Promise<Uint8Array | undefined>
  list(): Promise<ReadonlyArray<string>>
  close(): Promise<void>
}

/** Makes a mirror of a directory. */
export type MakeMirror = (directory: string, config: CaseConfig) => Promise<CaseMirror>

const DEFAULT_CONFIG: CaseConfig = { archived: "app-*.json", active: "app.json" }

/** Reads all cases. */
export const cases = (): ReadonlyArray<Case> =>
  JSON.parse(readFileSync(new URL("../../golden/logfile/cases.json", import.meta.url), "utf8")) as ReadonlyArray<Case>

/** Whether a case can be run by this user. */
export const isRunnable = ({ needs }: Case): boolean => needs !== "non-root" || process.getuid?.() !== 0

const orphanProblems = async (
  mirror: CaseMirror,
  names: ReadonlyArray<string>,
  lost: string,
  specs: string | ReadonlyArray<string> | null
): Promise<ReadonlyArray<string>> => {
  const orphans = names.filter((name) => name !== lost && name.startsWith(lost) && name.includes("orphan"))
  if (specs === null) return orphans.map((orphan) => `${orphan} is left over`)
  const wanted = [specs].flat().map(contentOf)
  let hits = 0
  for (const orphan of orphans) {
    const bytes = await mirror.read(orphan)
    if (wanted.some((one) => bytes !== undefined && one.equals(bytes))) hits += 1
  }
  return hits === 1 ? [] : [`${hits} of the orphans ${orphans.join(", ")} of ${lost} hold what one should`]
}

const pondProblems = async (
  mirror: CaseMirror,
  expected: NonNullable<Expectation["pond"]>
): Promise<ReadonlyArray<string>> => {
  const problems: Array<string> = []
  const names = await mirror.list()
  for (const [name, spec] of Object.entries(expected)) {
    if (name.startsWith("~")) {
      problems.push(...(await orphanProblems(mirror, names, name.slice(1), spec)))
      continue
    }
    const bytes = await mirror.read(name)
    const wanted = spec === null ? undefined : contentOf(String(spec))
    if (wanted === undefined ? bytes !== undefined : bytes === undefined || !wanted.equals(bytes)) {
      problems.push(`${name} has ${bytes?.length} bytes that are not the ${wanted?.length} expected`)
    }
  }
  const isExpected = (name: string) => name in expected || name.includes("orphan")
  return [...problems, ...names.filter((name) => !isExpected(name)).map((name) => `${name} is not expected`)]
}

/** What is wrong after a sync; nothing, if all is well. */
const problemsOf = async (
  mirror: CaseMirror,
  result: Awaited<ReturnType<CaseMirror["sync"]>>,
  expected: Expectation
): Promise<ReadonlyArray<string>> => {
  const problems = expected.pond === undefined ? [] : [...(await pondProblems(mirror, expected.pond))]
  for (const [name, code] of Object.entries(expected.report ?? {})) {
    if (result.report[name] !== code) problems.push(`${name} is ${result.report[name]}, not ${code}`)
  }
  for (const [name, spec] of Object.entries(expected.prefixOf ?? {})) {
    const bytes = await mirror.read(name)
    if (bytes === undefined || !contentOf(spec).subarray(0, bytes.length).equals(bytes)) {
      problems.push(`${name} is no beginning of ${spec}`)
    }
  }
  for (const [name, specs] of Object.entries(expected.oneOf ?? {})) {
    const bytes = await mirror.read(name)
    if (bytes !== undefined && !specs.some((spec) => contentOf(spec).equals(bytes))) problems.push(`${name} is torn`)
  }
  if (expected.count !== undefined) {
    const { length } = await mirror.list()
    if (length !== expected.count) problems.push(`there are ${length} files, not ${expected.count}`)
  }
  if (expected.txn === false && result.committed) problems.push("it committed, though nothing had changed")
  return problems
}

/** Runs a case in a new directory, and tells all that went wrong. */
export const runCase = async (make: MakeMirror, { config = DEFAULT_CONFIG, steps }: Case): Promise<Array<string>> => {
  const directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  const mirror = await make(directory, config)
  const problems: Array<string> = []
  try {
    for (const [index, step] of steps.entries()) {
      if (step.sync === undefined) {
        doOnHost(directory, [step])
        continue
      }
      const result = await mirror.sync(step.sync.hooks ?? {}, (operations) => doOnHost(directory, operations))
      const found = await problemsOf(mirror, result, step.sync.expect)
      problems.push(...found.map((problem) => `step ${index + 1}: ${problem}`))
    }
  } finally {
    await mirror.close()
    rmSync(directory, { recursive: true, force: true })
  }
  return problems
}
