/**
 * Which contents a table of the pond is made of: the nodes that a path or glob names, in what format, and where each comes from.
 */
import { Effect, Option, Stream } from "effect"
import { compressionOf, type Format, type Reference } from "../formats/reference.ts"
import { detectFormat, HEAD_BYTES, namedFormat } from "../formats/detect.ts"
import { type GlobMatch, isImported, type Node } from "../tinyfs/index.ts"
import { crew, Unpacking } from "../tlogfs/content/threads/crew.ts"
import type { Snapshot } from "../tlogfs/pond.ts"
import { type Content, keyOf } from "./content.ts"
import { decompressed, headOf } from "./decompress.ts"
import { type Deriver, Deriving, isDerived } from "./deriving.ts"
import { Unreadable } from "./errors.ts"
import { hostContent } from "./host.ts"
import { KnownFormats } from "./known-formats.ts"

/** A file of a table, before it is read. */
export interface Input {
  readonly path: string
  /** What messages call it. */
  readonly label: string
  /** Which of several ponds it is from, where a table may be of several. */
  readonly source?: string
  readonly captures: ReadonlyArray<string>
  /** The transaction that wrote it; null for a file of the machine. */
  readonly txn: number | null
  /** Its contents: one, of a series of tables all. */
  readonly contents: Effect.Effect<ReadonlyArray<Content>, Unreadable>
}

const CONTENT_TYPES: ReadonlySet<string> = new Set(["file", "series", "table", "table-series"])

/** Fails as a file that cannot be read; what is wrong with an imported pond is not wrong with this one. */
const unreadable =
  (path: string, format: Format | undefined, node: Node) =>
  (error: { readonly _tag?: string; readonly message: string }) => {
    const elsewhere = error._tag === "ImportUnavailable" || (error._tag === "Damaged" && isImported(node))
    return new Unreadable({ path, format: format ?? null, reason: error.message, ...(elsewhere ? { elsewhere } : {}) })
  }

/** Keys of the versions that the newest one goes on from, longest first. */
const earlierOf = (snapshot: Snapshot, path: string, version: number) =>
  Effect.map(snapshot.versions(path), (versions) => {
    const first = versions.findLast((one) => one.isAnew === true && one.version <= version)?.version ?? 1
    return versions
      .filter((one) => one.version >= first && one.version < version)
      .map(({ hash }) => keyOf(hash, undefined, true))
      .toReversed()
  })

/** The content of a node at one version. */
const contentOf = Effect.fnUntraced(function* (
  snapshot: Snapshot,
  { node, path }: GlobMatch,
  given: Format | undefined,
  { hash, sizeBytes, version }: { readonly hash: string; readonly sizeBytes: number; readonly version: number }
) {
  const failed = unreadable(path, given, node)
  const compression = compressionOf(node.name)
  const isPlain = compression === undefined
  const isGrowing = node.type === "series" && isPlain
  const isTable = node.type === "table" || node.type === "table-series"
  const bytes = (start: number) =>
    Stream.mapError(snapshot.read(path, { version, range: { start, end: sizeBytes } }), failed)
  // Whoever has the bytes unpacked in a way of their own knows nothing of archives.
  const archived = () => Stream.provideService(bytes(0), Unpacking, crew)
  const plain = (start: number) => (isPlain ? bytes(start) : decompressed(node.name, archived(), failed))
  const beginning = isPlain
    ? Stream.mapError(
        snapshot.read(path, { version, range: { start: 0, end: Math.min(sizeBytes, HEAD_BYTES) } }),
        failed
      )
    : plain(0)
  const key = keyOf(hash, compression, isGrowing)
  const named = isTable ? "parquet" : namedFormat(node.name)
  const found = Effect.map(headOf(beginning), (head) => detectFormat(node.name, head))
  const isNamed = named !== undefined && named !== "json?"
  const format =
    given ?? (isNamed ? named : yield* (yield* KnownFormats).of(`${key}${named === undefined ? "" : "-json"}`, found))
  const content: Content = {
    path,
    format,
    key,
    sizeBytes,
    isGrowing,
    earlier: node.type === "series" ? Effect.mapError(earlierOf(snapshot, path, version), failed) : Effect.succeed([]),
    bytes: plain
  }
  return content
})

const contentsOf = Effect.fnUntraced(function* (snapshot: Snapshot, match: GlobMatch, format: Format | undefined) {
  const { node, path } = match
  if (node.type !== "table-series") {
    return node.content === undefined ? [] : [yield* contentOf(snapshot, match, format, node.content)]
  }
  const versions = yield* Effect.mapError(snapshot.versions(path), unreadable(path, format, node))
  return yield* Effect.forEach(versions, (version) => contentOf(snapshot, match, format, version))
})

/** The file of this machine that a reference means. */
export const hostInput = ({ format, path }: Reference): Input => ({
  path: `host:${path}`,
  label: `host:${path}`,
  captures: [],
  txn: null,
  contents: Effect.map(hostContent(path, format), (content) => [content])
})

/** The file that a match is or leads to; none where it is something else. */
const inputOf = (snapshot: Snapshot, match: GlobMatch, format: Format | undefined, deriver: Deriver | undefined) => {
  const { captures, node, path } = match
  const of = (found: Node): Option.Option<Input> => {
    if (deriver !== undefined && isTable(found)) {
      const contents = Effect.map(deriver.content(snapshot, path, found), (content) => [content])
      return Option.some({ path, label: path, captures, txn: found.txn, contents })
    }
    return CONTENT_TYPES.has(found.type)
      ? Option.some({
          path,
          label: path,
          captures,
          txn: found.txn,
          contents: contentsOf(snapshot, { ...match, node: found }, format)
        })
      : Option.none()
  }
  if (node.type !== "symlink") return Effect.succeed(of(node))
  // A link may lead to where nothing can be read now, as a damaged file does: the others answer.
  const failing = (error: Error): Option.Option<Input> =>
    Option.some({
      path,
      label: path,
      captures,
      txn: node.txn,
      contents: Effect.fail(unreadable(path, format, node)(error))
    })
  return snapshot.find(path).pipe(
    Effect.map(Option.flatMap(of)),
    Effect.catchTag("ImportUnavailable", (error) => Effect.succeed(failing(error)))
  )
}

/** Whether a node is a query over others, and of this pond: those of imports speak of paths that are elsewhere, and are not run. */
const isTable = (node: Node): boolean => isDerived(node) && !isImported(node)

/** Files of a pond: those at a path, or where nothing is there those that match a glob. */
export interface Sought {
  readonly format: Format | undefined
  readonly path: string
  readonly pattern: string
  /** Whether what the pond imports is left out. */
  readonly isOwnOnly: boolean
}

/** The files that are sought in a pond; none when nothing is there. */
export const inputsOf = Effect.fnUntraced(function* (snapshot: Snapshot, { format, isOwnOnly, path, pattern }: Sought) {
  const deriver = yield* Deriving
  const exact = yield* snapshot.find(path)
  const matches =
    Option.isSome(exact) && (CONTENT_TYPES.has(exact.value.type) || isTable(exact.value))
      ? [{ path: path.startsWith("/") ? path : `/${path}`, node: exact.value, captures: [] }]
      : yield* snapshot.glob(pattern)
  const wanted = isOwnOnly ? matches.filter(({ node }) => !isImported(node)) : matches
  const inputs = yield* Effect.forEach(wanted, (match) => inputOf(snapshot, match, format, deriver))
  return inputs.flatMap((input) => Option.toArray(input))
})
