/**
 * The repository as the house rules see it: paths and texts, parsed on demand.
 *
 * A rule is a plain function from a repository to violations, so that each can be shown to fail on a repository made up
 * for it (`repositoryOf`) by the very code that reads the real one (`readRepository`).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "./source.ts"
import type { Source } from "./source.ts"

/** All text files by path (relative, with `/`), and the TypeScript ones parsed. */
export interface Repository {
  readonly texts: ReadonlyMap<string, string>
  readonly sources: ReadonlyArray<Source>
}

/** One breach of one rule: where, and what to do. */
export interface Violation {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** A house rule: its name, what it asks for, and the breaches it finds. */
export interface Rule {
  readonly name: string
  readonly asks: string
  readonly check: (repository: Repository) => ReadonlyArray<Violation>
}

/** Folders that hold nothing we wrote: dependencies, results, version control. */
const NOT_OURS = new Set(["node_modules", "dist", ".git", ".cache", "results"])

/** Writes a violation as one line: file, line, rule, what is wrong and what to do. */
export const describeViolation = (rule: Rule, violation: Violation): string =>
  `${violation.file}:${violation.line} [${rule.name}] ${violation.message}`

/** A repository of the given files. */
export const repositoryOf = (files: Readonly<Record<string, string>>): Repository => {
  const texts = new Map(Object.entries(files))
  const typescript = [...texts].filter(([path]) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
  return { texts, sources: typescript.map(([path, text]) => parse(path, text)) }
}

/** Reads every text file below `root`, without what git ignores. */
export const readRepository = (root: string): Repository => {
  const files: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (NOT_OURS.has(entry.name)) continue
      if (entry.isDirectory()) visit(path)
      if (!entry.isFile() || entry.name.endsWith(".tgz")) continue
      const bytes = readFileSync(join(root, path))
      if (!bytes.includes(0)) files[path] = bytes.toString("utf8")
    }
  }
  if (existsSync(root)) visit("")
  return repositoryOf(files)
}

/** The sources whose path begins with one of the given folders. */
export const sourcesIn = (repository: Repository, ...folders: ReadonlyArray<string>): ReadonlyArray<Source> =>
  repository.sources.filter((source) => folders.some((folder) => source.path.startsWith(`${folder}/`)))
