/**
 * Rules on package.json, the lock file and the records of decisions.
 */
import { dependencyNames } from "./floors.ts"
import type { Repository, Rule, Violation } from "./repository.ts"

/** The line on which a text first stands in a file; 1 when it does not. */
const lineWith = (repository: Repository, file: string, text: string): number => {
  const lines = (repository.texts.get(file) ?? "").split("\n")
  return Math.max(1, lines.findIndex((line) => line.includes(text)) + 1)
}

const GROUPS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides"]

/** Every package is pinned to one version, so that two installs are the same. */
export const pins: Rule = {
  name: "pins",
  asks: "package.json names one exact version of every package",
  check: (repository) => {
    const manifest = JSON.parse(repository.texts.get("package.json") ?? "{}") as Record<string, object | undefined>
    return GROUPS.flatMap((group) =>
      Object.entries(manifest[group] ?? {}).flatMap(([name, version]): ReadonlyArray<Violation> => {
        if (typeof version === "string" && /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return []
        const message = `asks for ${name} ${JSON.stringify(version)}; write one exact version, as "1.2.3"`
        return [{ file: "package.json", line: lineWith(repository, "package.json", `"${name}"`), message }]
      })
    )
  }
}

/** The lock file names no download address: those belong to the machine that wrote it. */
export const lockFile: Rule = {
  name: "lock file",
  asks: "package-lock.json exists, and holds no download addresses",
  check: (repository) => {
    const file = "package-lock.json"
    const text = repository.texts.get(file)
    if (text === undefined) return [{ file, line: 1, message: "does not exist; run npm install and commit it" }]
    if (!text.includes('"resolved"')) return []
    const message = "holds download addresses; npm writes none with omit-lockfile-registry-resolved=true (.npmrc)"
    return [{ file, line: lineWith(repository, file, '"resolved"'), message }]
  }
}

const RECORD = /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/

/** What users of the package get has a recorded reason. */
export const decisions: Rule = {
  name: "decisions",
  asks: "every runtime dependency is named in a decision record; records are numbered without gaps",
  check: (repository) => {
    const records = [...repository.texts].filter(([path]) => path.startsWith("docs/decisions/"))
    const undecided = [...dependencyNames(repository)].filter(
      (name) => !records.some(([, text]) => text.includes(`\`${name}\``))
    )
    const numbers = records.map(([path]) => Number(RECORD.exec(path)?.[1] ?? Number.NaN)).toSorted((a, b) => a - b)
    const misnumbered = numbers.findIndex((number, index) => number !== index + 1)
    return [
      ...undecided.map((name) => ({
        file: "package.json",
        line: lineWith(repository, "package.json", `"${name}"`),
        message: `depends on ${name}, which no record explains; name \`${name}\` in a file of docs/decisions`
      })),
      ...(misnumbered === -1 ? [] : [misnumberedAt(records.map(([path]) => path).toSorted()[misnumbered]!)])
    ]
  }
}

const misnumberedAt = (file: string): Violation => ({
  file,
  line: 1,
  message: "is out of order; records are named NNNN-some-words.md, from 0001 on, each number once"
})
