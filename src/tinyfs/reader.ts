/**
 * Reading a filesystem: the same look-ups, listings and reads over any view, and inside a transaction over its own
 * changes.
 */
import { Effect, Option, Stream } from "effect"
import { compareKeys } from "../store/key.ts"
import {
  type ImportUnavailable,
  InsideImport,
  InvalidRange,
  NotFound,
  Pruned,
  VersionMissing,
  type WriterConflict,
  WrongType
} from "./errors.ts"
import type { Event } from "./event.ts"
import {
  beginGlob,
  enterGlob,
  type GlobProgress,
  isAtMatch,
  isUnderway,
  matchGlob,
  parseGlob,
  wantedNames
} from "./glob.ts"
import { isImported, isMount } from "./mount.ts"
import type { Content, Node, NodeId } from "./node.ts"
import { ROOT_ID } from "./node.ts"
import { formatPath } from "./path.ts"
import type { ByteRange, ReadError } from "./persistence.ts"
import { PRUNED_ATTRIBUTE } from "./pruned.ts"
import { type Names, notADirectory, type PathError, type Place, resolve, resolveExisting } from "./resolve.ts"
import { prunedWithin, type Version, versionsOf } from "./version.ts"

/** What a reader reads from: a view, or a transaction's changes on top of one. */
export interface Source extends Names {
  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError>
  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError>
  read(
    id: NodeId,
    version: number,
    range?: ByteRange
  ): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing | WriterConflict>
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

/** What reading a content can fail with; `WriterConflict` only inside a transaction that is writing to it. */
export type ContentError = PathError | WrongType | Pruned | VersionMissing | InvalidRange | WriterConflict

/** Which bytes of which version; by default all of the newest. */
export interface ReadOptions {
  readonly version?: number
  readonly range?: ByteRange
}

/** What a file holds that was made and never written. */
const NEVER_WRITTEN = { version: 0, sizeBytes: 0 }

/** Is told which directory a walk leaves out, and why: the tree of another pond that cannot be read. */
export type LeaveOut = (path: string, error: ImportUnavailable) => Effect.Effect<void>

/** A directory that a walk stands in. */
interface Walked {
  readonly id: NodeId
  readonly names: ReadonlyArray<string>
  readonly progress: GlobProgress
}

const CONTENT_TYPES: ReadonlySet<string> = new Set(["file", "series", "table", "table-series"])

const isUnavailable = (error: unknown): error is ImportUnavailable =>
  (error as { readonly _tag?: string })._tag === "ImportUnavailable"

/** Reads names and contents by path. */
export class Reader {
  readonly source: Source
  readonly #leaveOut: LeaveOut | undefined

  /** With `leaveOut`, walks tell it of imports that cannot be read, and go on; without, they fail. */
  constructor(source: Source, leaveOut?: LeaveOut) {
    this.source = source
    this.#leaveOut = leaveOut
  }

  /** The node at a path, symlinks followed. */
  stat(path: string, options: { readonly isFollowing?: boolean } = {}): Effect.Effect<Node, PathError> {
    return Effect.map(resolveExisting(this.source, path, options.isFollowing ?? true), ({ node }) => node)
  }

  /** The node at a path, or none; also where a file stands in the way. What else is wrong with the path is an error. */
  find(path: string): Effect.Effect<Option.Option<Node>, PathError> {
    return this.stat(path).pipe(
      Effect.asSome,
      Effect.catchTag(["NotFound", "NotADirectory"], () => Effect.succeed(Option.none<Node>()))
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
      if (directory.node.type !== "dir") return yield* notADirectory(directory.node, path, directory.path)
      const prefix = directory.path === "/" ? "" : directory.path
      return (yield* this.source.children(directory.node.id)).map((node) => ({ path: `${prefix}/${node.name}`, node }))
    })
  }

  /**
   * All nodes whose paths match a glob, sorted by the bytes of their paths. A symlink that the pattern names is
   * followed, one that a wildcard matches is a match and nothing else, so that there are no loops. Directories that
   * cannot hold a match are not looked at. An import that cannot be read is a match itself; what is below it is left out.
   */
  glob(pattern: string): Effect.Effect<ReadonlyArray<GlobMatch>, PathError> {
    return Effect.gen({ self: this }, function* () {
      const glob = yield* Effect.fromResult(parseGlob(pattern))
      const matches: Array<GlobMatch> = []
      const pending: Array<Walked> = [{ id: ROOT_ID, names: [], progress: beginGlob(glob) }]
      for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
        const wanted = wantedNames(directory.progress)
        const candidates = this.#candidates(directory.id, wanted)
        const found = yield* this.unlessLeftOut(formatPath(directory.names), candidates)
        for (const node of Option.getOrElse(found, () => [])) {
          const names = [...directory.names, node.name]
          const progress = enterGlob(directory.progress, node.name)
          if (isAtMatch(progress)) matches.push({ path: formatPath(names), node, captures: matchGlob(glob, names)! })
          if (!isUnderway(progress)) continue
          const path = formatPath(names)
          const here = wanted === undefined ? Option.some(node) : yield* this.#followed(path)
          const below = Option.getOrUndefined(here)
          if (below?.type === "dir") pending.push({ id: below.id, names, progress })
          // Only where readers look there is something in a mount: a pattern that names it was meant for them.
          else if (wanted !== undefined && below !== undefined && isMount(below) && !isImported(below)) {
            return yield* new InsideImport({ path: pattern, mount: path })
          }
        }
      }
      return matches.toSorted((left, right) => compareKeys(left.path, right.path))
    })
  }

  /** The nodes of a directory that a walk came to, sorted by the bytes of their names; none when the walk leaves it out. */
  inside({ node, path }: Located): Effect.Effect<Option.Option<ReadonlyArray<Located>>, ReadError> {
    const prefix = path === "/" ? "" : path
    const nodes = this.unlessLeftOut(path, this.source.children(node.id))
    return Effect.map(
      nodes,
      Option.map((all) => all.map((one) => ({ path: `${prefix}/${one.name}`, node: one })))
    )
  }

  /** Leaves out the import in which something cannot be read that is one of several; false where it fails instead. */
  leaveOut(path: string, error: ImportUnavailable): Effect.Effect<boolean, ReadError> {
    return Effect.gen({ self: this }, function* () {
      if (this.#leaveOut === undefined) return false
      const id = yield* Effect.match(this.stat(path), { onFailure: () => "", onSuccess: (node) => node.id })
      const mount = id.includes("/") ? this.pathOf(id.slice(0, id.indexOf("/"))) : Effect.succeed(path)
      yield* this.#leaveOut(yield* Effect.orElseSucceed(mount, () => path), error)
      return true
    })
  }

  /** What there is of one of several; nothing where it lies in an import that cannot be read, and that is left out. */
  unlessLeftOut<A, E, R>(
    path: string,
    found: Effect.Effect<A, E | ImportUnavailable, R>
  ): Effect.Effect<Option.Option<A>, E | ReadError, R> {
    return Effect.catchIf(Effect.asSome(found), isUnavailable, (error) =>
      Effect.flatMap(this.leaveOut(path, error), (isLeftOut) => (isLeftOut ? Effect.succeedNone : Effect.fail(error)))
    )
  }

  /** The node at a path that a walk came to. */
  #followed(path: string): Effect.Effect<Option.Option<Node>, PathError> {
    return Effect.map(this.unlessLeftOut(path, this.find(path)), Option.flatten)
  }

  /** The nodes of a directory that have one of the names; without names all. */
  #candidates(id: NodeId, names: ReadonlySet<string> | undefined): Effect.Effect<ReadonlyArray<Node>, ReadError> {
    if (names === undefined) return this.source.children(id)
    return Effect.map(
      Effect.forEach(names, (name) => this.source.child(id, name)),
      (found) => found.flatMap((node) => Option.toArray(node))
    )
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
        const content = version === undefined ? (node.content ?? NEVER_WRITTEN) : yield* this.#content(found, version)
        const span = range ?? { start: 0, end: content.sizeBytes }
        if (!(0 <= span.start && span.start <= span.end && span.end <= content.sizeBytes)) {
          return yield* new InvalidRange({ path: found.path, ...span, sizeBytes: content.sizeBytes })
        }
        if (Object.hasOwn(node.attributes, PRUNED_ATTRIBUTE)) yield* this.#requireBytes(found, content.version, span)
        return span.start === span.end ? Stream.empty : this.source.read(node.id, content.version, range)
      })
    )
  }

  /** The versions of the content at a path, oldest first. */
  versions(path: string): Effect.Effect<ReadonlyArray<Version>, PathError> {
    return Effect.gen({ self: this }, function* () {
      const { node } = yield* resolveExisting(this.source, path)
      return yield* this.#versions(node)
    })
  }

  #versions({ attributes, id }: Node): Effect.Effect<ReadonlyArray<Version>, ReadError> {
    return Effect.map(this.source.history(id), (history) => versionsOf(history, attributes))
  }

  #content({ node, path }: Located, version: number): Effect.Effect<Content, VersionMissing | ReadError> {
    if (node.content?.version === version) return Effect.succeed(node.content)
    return Effect.flatMap(this.#versions(node), (versions) => {
      const content = versions.find((one) => one.version === version)
      return content === undefined
        ? Effect.fail(new VersionMissing({ node: node.id, path, version }))
        : Effect.succeed(content)
    })
  }

  /** Fails when some of the bytes were forgotten. */
  #requireBytes({ node, path }: Located, version: number, span: ByteRange): Effect.Effect<void, Pruned | ReadError> {
    return Effect.flatMap(this.#versions(node), (versions) => {
      const gone = prunedWithin(versions, node.type, version, span)
      return gone === undefined ? Effect.void : Effect.fail(new Pruned({ node: node.id, path, version: gone.version }))
    })
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

  /**
   * Where something called `name` goes that is sent to a path: into the directory that is there, under its name;
   * otherwise to the path itself, which may be free or not. A path that ends in a slash must be a directory.
   */
  destination(path: string, name: string): Effect.Effect<Place, PathError> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(path)
      const there = place.nodes[place.nodes.length - 1]!
      if (place.missing !== undefined || there.type !== "dir") return place
      const inside = yield* this.source.child(there.id, name)
      return Option.match(inside, {
        onNone: () => ({ nodes: place.nodes, missing: name }),
        onSome: (node) => ({ nodes: [...place.nodes, node] })
      })
    })
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
