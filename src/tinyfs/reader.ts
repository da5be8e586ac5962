/**
 * Reading a filesystem: the same look-ups, listings and reads over any view, and inside a transaction over its own changes.
 */
import { Effect, Option, Stream } from "effect"
import { NotADirectory, NotFound, type Pruned, VersionMissing, WrongType } from "./errors.ts"
import type { Event } from "./event.ts"
import { matchGlob, mayDescend, parseGlob } from "./glob.ts"
import { type Node, type NodeId, ROOT_ID } from "./node.ts"
import { formatPath } from "./path.ts"
import type { ByteRange, ReadError } from "./persistence.ts"
import { type Names, type PathError, resolve, resolveExisting } from "./resolve.ts"

/** What a reader reads from: a view, or a transaction's changes on top of one. */
export interface Source extends Names {
  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError>
  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError>
  read(id: NodeId, version: number, range?: ByteRange): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing>
}

/** A node and the path it lies at. */
export interface Located {
  readonly path: string
  readonly node: Node
}

/** A match of a glob: `captures` are what its wildcards stand for. */
export interface GlobMatch extends Located {
  readonly captures: ReadonlyArray<string>
}

/** What reading a content can fail with. */
export type ContentError = PathError | WrongType | Pruned | VersionMissing

/** Which bytes of which version; by default all of the newest. */
export interface ReadOptions {
  readonly version?: number
  readonly range?: ByteRange
}

const CONTENT_TYPES: ReadonlySet<string> = new Set(["file", "series", "table", "table-series"])

/** Reads names and contents by path. */
export class Reader {
  readonly source: Source

  constructor(source: Source) {
    this.source = source
  }

  /** The node at a path, symlinks followed. */
  stat(path: string, options: { readonly isFollowing?: boolean } = {}): Effect.Effect<Node, PathError> {
    return Effect.map(resolveExisting(this.source, path, options.isFollowing ?? true), ({ node }) => node)
  }

  /** The node at a path, or none. What else is wrong with the path is an error. */
  find(path: string): Effect.Effect<Option.Option<Node>, PathError> {
    return this.stat(path).pipe(
      Effect.map(Option.some),
      Effect.catchTag("NotFound", () => Effect.succeed(Option.none<Node>()))
    )
  }

  /** Whether there is something at a path. */
  exists(path: string): Effect.Effect<boolean, PathError> {
    return Effect.map(this.find(path), Option.isSome)
  }

  /** The nodes of a directory, sorted by the bytes of their names. */
  list(path: string): Effect.Effect<ReadonlyArray<Located>, PathError> {
    return Effect.gen({ self: this }, function* () {
      const directory = yield* resolveExisting(this.source, path)
      if (directory.node.type !== "dir") return yield* new NotADirectory({ path: directory.path })
      const prefix = directory.path === "/" ? "" : directory.path
      return (yield* this.source.children(directory.node.id)).map((node) => ({ path: `${prefix}/${node.name}`, node }))
    })
  }

  /** All nodes whose paths match a glob, sorted by path; symlinks are matched, not followed. */
  glob(pattern: string): Effect.Effect<ReadonlyArray<GlobMatch>, PathError> {
    return Effect.gen({ self: this }, function* () {
      const glob = yield* Effect.fromResult(parseGlob(pattern))
      const matches: Array<GlobMatch> = []
      const pending: Array<{ readonly id: NodeId; readonly names: ReadonlyArray<string> }> = [
        { id: ROOT_ID, names: [] }
      ]
      for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
        for (const node of yield* this.source.children(directory.id)) {
          const names = [...directory.names, node.name]
          const captures = matchGlob(glob, names)
          if (captures !== undefined) matches.push({ path: formatPath(names), node, captures })
          if (node.type === "dir" && mayDescend(glob, names)) pending.push({ id: node.id, names })
        }
      }
      return matches.sort((left, right) => Buffer.compare(Buffer.from(left.path), Buffer.from(right.path)))
    })
  }

  /** The target of a symlink, as given. */
  readLink(path: string): Effect.Effect<string, PathError | WrongType> {
    return Effect.gen({ self: this }, function* () {
      const link = yield* resolveExisting(this.source, path, false)
      if (link.node.target === undefined) {
        return yield* new WrongType({ path: link.path, type: link.node.type, needed: "a symlink" })
      }
      return link.node.target
    })
  }

  /** Streams the bytes of a content, each checked before it is given out (R4). */
  read(path: string, { range, version }: ReadOptions = {}): Stream.Stream<Uint8Array, ContentError> {
    return Stream.unwrap(
      Effect.gen({ self: this }, function* () {
        const found = yield* resolveExisting(this.source, path)
        const { node } = found
        if (!CONTENT_TYPES.has(node.type)) {
          return yield* new WrongType({ path: found.path, type: node.type, needed: "a file, series or table" })
        }
        if (node.content === undefined) {
          if (version === undefined) return Stream.empty
          return yield* new VersionMissing({ node: node.id, path: found.path, version })
        }
        return this.source.read(node.id, version ?? node.content.version, range)
      })
    )
  }

  /** The bytes of a content, in memory. */
  readBytes(path: string, options: ReadOptions = {}): Effect.Effect<Uint8Array, ContentError> {
    return Stream.mkUint8Array(this.read(path, options))
  }

  /** The text of a content. */
  readText(path: string, options: ReadOptions = {}): Effect.Effect<string, ContentError> {
    return Effect.map(this.readBytes(path, options), (bytes) => new TextDecoder().decode(bytes))
  }

  /** Everything that ever happened to the node at a path, oldest first, through its renames. */
  history(path: string): Effect.Effect<ReadonlyArray<Event>, PathError> {
    return Effect.flatMap(resolveExisting(this.source, path, false), ({ node }) => this.source.history(node.id))
  }

  /** Where a path leads when its last name may be missing. */
  place(path: string, isFollowing = true) {
    return resolve(this.source, path, isFollowing)
  }

  /** The path of a node that is live. */
  pathOf(id: NodeId): Effect.Effect<string, NotFound | ReadError> {
    return Effect.gen({ self: this }, function* () {
      const names: Array<string> = []
      for (let at = id; at !== ROOT_ID;) {
        const node = yield* this.source.node(at)
        if (Option.isNone(node)) return yield* new NotFound({ path: id })
        names.unshift(node.value.name)
        at = node.value.parentId
      }
      return formatPath(names)
    })
  }
}
