/**
 * Copying from the pond to the host: every byte is checked on its way, files appear whole or not at all, links of the host are not followed.
 *
 * Where a match goes: a plain path goes as `cp` has it, under its last name; what wildcards match keeps its path below the destination,
 * less the prefix that is stripped.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { HostWriter, type HostTree } from "../../factories/host/writer.ts"
import { isDerived } from "../../query/deriving.ts"
import { Progress } from "../../factories/progress.ts"
import { isImported, type Located, type Node, parsePath } from "../../tinyfs/index.ts"
import type { Snapshot } from "../../tlogfs/pond.ts"
import { nothingMatches } from "../matches.ts"
import type { Copied } from "./report.ts"

/** Files that are read and written at the same time. */
const CONCURRENCY = 4

/** What is asked for. */
export interface OutOptions {
  readonly globs: ReadonlyArray<string>
  /** The directory on the host, as it was typed. */
  readonly destination: string
  readonly stripPrefix: Option.Option<string>
  readonly isFollowing: boolean
}

/** A prefix is to be stripped from a path that does not begin with it. */
export class PrefixMissing extends Schema.TaggedError<PrefixMissing>()("PrefixMissing", {
  path: Schema.String,
  prefix: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.path)} does not lie below ${JSON.stringify(this.prefix)}, which is to be stripped. Nothing was copied`
  }
}

/** Something in the pond, and its names below the destination. */
interface Chosen extends Located {
  readonly names: ReadonlyArray<string>
}

const namesOf = (path: string) => Effect.map(Effect.fromResult(parsePath(path)), ({ names }) => names)

const hasWildcard = (glob: string): boolean => /[*?[{\\]/.test(glob)

const isHostDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true || path.endsWith("/")

/** Everything at and below a node, directories first. */
const descend = (
  head: Snapshot,
  found: Chosen
): Effect.Effect<ReadonlyArray<Chosen>, Effect.Error<ReturnType<Snapshot["list"]>>> =>
  Effect.gen(function* () {
    if (found.node.type !== "dir") return [found]
    const all: Array<Chosen> = [found]
    for (const { node, path } of Option.getOrElse(yield* head.inside(found), () => [])) {
      const inside = yield* descend(head, { node, path, names: [...found.names, node.name] })
      for (const one of inside) all.push(one)
    }
    return all
  })

/** What one plain path means: as `cp` has it. Gives the destination with it, which is another one for a file that takes a new name. */
const choosePlain = Effect.fnUntraced(function* (head: Snapshot, path: string, options: OutOptions) {
  const { destination, globs } = options
  const node = yield* head.stat(path)
  const typed = yield* Effect.fromResult(parsePath(path))
  const isContents = typed.isDirectory && node.type === "dir"
  const isInto = isHostDirectory(destination) || globs.length > 1
  const own = typed.names.at(-1)
  const names = isContents || own === undefined || !isInto ? [] : [own]
  return yield* descend(head, { node, path: `/${typed.names.join("/")}`, names })
})

const chooseMatches = Effect.fnUntraced(function* (head: Snapshot, glob: string, options: OutOptions) {
  const prefix = Option.isSome(options.stripPrefix) ? yield* namesOf(options.stripPrefix.value) : []
  const matches = hasWildcard(glob) ? yield* head.glob(glob) : [{ path: glob, node: yield* head.stat(glob) }]
  if (matches.length === 0) return yield* nothingMatches(glob)
  const chosen: Array<Chosen> = []
  for (const { node, path } of matches) {
    const names = yield* namesOf(path)
    if (!prefix.every((name, index) => name === names[index])) {
      return yield* new PrefixMissing({ path, prefix: `/${prefix.join("/")}` })
    }
    const found = { node, path: `/${names.join("/")}`, names: names.slice(prefix.length) }
    for (const one of yield* descend(head, found)) chosen.push(one)
  }
  return chosen
})

const CONTENT_TYPES: ReadonlySet<string> = new Set(["file", "series", "table"])

/** Why a node is not written to the host, if it is not. */
const leftOut = ({ factory, type }: Node): string | undefined => {
  if (type === "symlink") return "a symbolic link; --follow copies what it leads to"
  if (type === "dynamic") return `an instance of ${factory}; \`pond cat\` shows what it is`
  return type === "table-series" ? "a table of several files; `pond cat --version N` writes one of them" : undefined
}

/** Writes one node to the host. */
const copyOne = Effect.fnUntraced(function* (head: Snapshot, tree: HostTree, chosen: Chosen, isFollowing: boolean) {
  const progress = yield* Progress
  const { names, path } = chosen
  const base = { source: path, target: [tree.path, ...names].join("/"), size: null, hash: null, detail: null }
  const attempt = Effect.gen(function* () {
    const node = chosen.node.type === "symlink" && isFollowing ? yield* head.stat(path) : chosen.node
    if (node.type === "dir" && chosen.node.type !== "symlink") {
      const outcome = yield* tree.makeDirectory(names)
      return { ...base, type: "directory", outcome } satisfies Copied
    }
    if (isDerived(node) && !isImported(node)) {
      const { derivedContent } = yield* Effect.promise(() => import("../query/derived.ts"))
      const { bytes, hash, sizeBytes } = yield* derivedContent(head, path)
      const outcome = yield* tree.write(names, { sizeBytes, hash, bytes })
      progress.done({ files: 1, bytes: sizeBytes })
      return { ...base, type: "file", outcome, size: sizeBytes, hash } satisfies Copied
    }
    if (!CONTENT_TYPES.has(node.type)) {
      const detail = node.type === "dir" ? "a symbolic link to a directory" : (leftOut(node) ?? node.type)
      return { ...base, type: "other", outcome: "skipped", detail } satisfies Copied
    }
    const sizeBytes = node.content?.sizeBytes ?? 0
    const hash = node.content?.hash ?? EMPTY_HASH
    const bytes = Stream.tap(head.read(path), ({ length }) => Effect.sync(() => progress.done({ bytes: length })))
    const outcome = yield* tree.write(names, { sizeBytes, hash, bytes })
    progress.done({ files: 1, ...(outcome === "unchanged" ? { bytes: sizeBytes } : {}) })
    return { ...base, type: "file", outcome, size: sizeBytes, hash } satisfies Copied
  })
  // Whatever goes wrong with one file, damage included, the others stay readable (R4, R10).
  const failed = (error: Error): Copied => ({ ...base, type: "file", outcome: "failed", detail: error.message })
  return yield* Effect.scoped(attempt).pipe(Effect.catch((error) => Effect.succeed(failed(error))))
})

/** BLAKE3 of nothing: what a file holds that was made and never written. */
const EMPTY_HASH = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

/** Copies what the globs match to the host. Nothing is written when one of them matches nothing. */
export const copyOut = Effect.fn("pond.copyOut")(function* (head: Snapshot, options: OutOptions) {
  const progress = yield* Progress
  const chosen: Array<Chosen> = []
  for (const glob of options.globs) {
    const isPlain = !hasWildcard(glob) && Option.isNone(options.stripPrefix)
    const found = isPlain ? yield* choosePlain(head, glob, options) : yield* chooseMatches(head, glob, options)
    for (const one of found) chosen.push(one)
  }
  const isRenamed = chosen.length === 1 && chosen[0]!.names.length === 0 && chosen[0]!.node.type !== "dir"
  const destination = resolve(options.destination)
  const tree = (yield* HostWriter).tree(isRenamed ? dirname(destination) : destination)
  const last = destination.slice(destination.lastIndexOf("/") + 1)
  const wanted = new Map<string, Chosen>()
  for (const one of chosen) {
    const names = isRenamed ? [last] : one.names
    if (names.length > 0 || one.node.type !== "dir") wanted.set(`${names.join("/")}\0${one.path}`, { ...one, names })
    else wanted.set("", { ...one, names })
  }
  const all = [...wanted.values()]
  for (const { node } of all)
    progress.expect({ files: node.type === "dir" ? 0 : 1, bytes: node.content?.sizeBytes ?? 0 })
  const directories = all.filter(({ node }) => node.type === "dir")
  const others = all.filter(({ node }) => node.type !== "dir")
  const each = (one: Chosen) => copyOne(head, tree, one, options.isFollowing)
  const copied = [
    ...(yield* Effect.forEach(directories, each)),
    ...(yield* Effect.forEach(others, each, { concurrency: CONCURRENCY }))
  ]
  yield* tree.sync
  return copied
})
