/**
 * Transactions: changes to a filesystem that take effect together or not at all (R2), seen at once by whoever made them.
 *
 * What a transaction reads, it reads as of its base with its own changes on top. Writing what is there already is no change, and a transaction
 * without changes is none. A failure or an interruption leaves nothing.
 */
import { Context, Effect, Option, Stream } from "effect"
import { attributesProblem } from "./attributes.ts"
import {
  AlreadyExists,
  DirectoryNotEmpty,
  InvalidAttributes,
  InvalidPath,
  NotADirectory,
  NotFound,
  type Pruned,
  WriterConflict,
  WrongType
} from "./errors.ts"
import type { EventKind, TimeBounds } from "./event.ts"
import type { Attributes, Node, NodeType } from "./node.ts"
import { Overlay } from "./overlay.ts"
import { parsePath } from "./path.ts"
import type { Contents, ReadError, Staged, StageMode } from "./persistence.ts"
import { Reader } from "./reader.ts"
import { type PathError, type Place, placePath, resolveExisting, targetProblem } from "./resolve.ts"
import { uuidv7 } from "./uuid.ts"

/** Bytes to be stored, at once or as they come. */
export type Bytes<E = never, R = never> = Uint8Array | Stream.Stream<Uint8Array, E, R>

/** What changing names can fail with. */
export type ChangeError = PathError | AlreadyExists | WrongType

/** What writing contents can fail with, beyond what its stream can. */
export type WriteError = ChangeError | WriterConflict | Pruned

/** What may be said about bytes that are written. */
export interface WriteOptions {
  /** Type of the node if the path is free. */
  readonly type?: "file" | "table" | "series" | "table-series"
  /** Bounds of the event times in the bytes. */
  readonly times?: TimeBounds
}

interface Target {
  readonly path: string
  readonly node: Node
  /** Nothing was there. */
  readonly isNew: boolean
}

const NOTHING: Attributes = {}

/** An open transaction: a reader that sees its own changes, and the changes. */
export class OpenTransaction extends Reader {
  readonly overlay: Overlay
  readonly #contents: Contents
  readonly #writing = new Set<string>()

  constructor(overlay: Overlay, contents: Contents) {
    super(overlay)
    this.overlay = overlay
    this.#contents = contents
  }

  /** Makes a directory; with `parents` also those above it, and one that exists is fine. */
  mkdir(path: string, options: { readonly parents?: boolean } = {}): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const { names } = yield* Effect.fromResult(parsePath(path))
      let node = yield* this.stat("/")
      for (let count = 1; count <= names.length; count++) {
        const isLast = count === names.length
        if (!isLast && options.parents !== true) continue
        const place = yield* this.place(`/${names.slice(0, count).join("/")}`)
        if (place.missing !== undefined) {
          node = yield* this.#create(place, { type: "dir" })
          continue
        }
        node = place.nodes[place.nodes.length - 1]!
        if (node.type !== "dir") return yield* new NotADirectory({ path: placePath(place) })
        if (isLast && options.parents !== true) return yield* new AlreadyExists({ path: placePath(place) })
      }
      return node
    })
  }

  /** Writes a file or table: the bytes replace what was there. */
  write<E = never, R = never>(path: string, bytes: Bytes<E, R>, options: WriteOptions = {}) {
    const { times, type = "file" } = options
    return this.#target(path, ["file", "table"], type).pipe(
      Effect.flatMap((target) => this.#exclusive(target, this.#store("replace", "written", target, bytes, times)))
    )
  }

  /** Appends to a series, which is made if it is not there. */
  append<E = never, R = never>(path: string, bytes: Bytes<E, R>, options: WriteOptions = {}) {
    const { times } = options
    return this.#target(path, ["series"], "series").pipe(
      Effect.flatMap((target) => {
        const staged = this.overlay.stagedOf(target.node.id)
        const before = staged === undefined ? undefined : this.#appendedBefore(target, staged)
        const all = before === undefined ? bytes : Stream.concat(before, streamOf(bytes))
        return this.#exclusive(target, this.#store("append", "appended", target, all, times))
      })
    )
  }

  /** Adds a version to a table series, which is made if it is not there. */
  addVersion<E = never, R = never>(path: string, bytes: Bytes<E, R>, options: WriteOptions = {}) {
    const { times } = options
    return this.#target(path, ["table-series"], "table-series").pipe(
      Effect.flatMap((target) =>
        this.overlay.stagedOf(target.node.id) === undefined
          ? this.#exclusive(target, this.#store("add-version", "appended", target, bytes, times))
          : Effect.fail(new WriterConflict({ path: target.path }))
      )
    )
  }

  /** Makes a symlink. The target is kept as given; it is resolved when the link is followed. */
  symlink(target: string, path: string): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const reason = targetProblem(target)
      if (reason !== undefined) return yield* new InvalidPath({ path: target, reason })
      return yield* this.#create(yield* this.#free(path), { type: "symlink", target })
    })
  }

  /** Makes or changes a dynamic node: a factory's type and its configuration as given. */
  configure(path: string, factory: string, config: Uint8Array): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(path)
      if (place.missing !== undefined) return yield* this.#create(place, { type: "dynamic", factory, config })
      const before = place.nodes[place.nodes.length - 1]!
      if (before.type !== "dynamic") {
        return yield* new WrongType({ path: placePath(place), type: before.type, needed: "a dynamic node" })
      }
      if (before.factory === factory && Buffer.compare(before.config ?? new Uint8Array(), config) === 0) return before
      const node: Node = { ...before, factory, config }
      this.overlay.apply({ kind: "configured", node, before })
      return node
    })
  }

  /** Sets attributes; `null` takes one away, the others stay. */
  setAttributes(
    path: string,
    changes: Readonly<Record<string, string | number | boolean | null>>
  ): Effect.Effect<Node, PathError | InvalidAttributes> {
    return Effect.gen({ self: this }, function* () {
      const found = yield* resolveExisting(this.source, path)
      const merged = new Map<string, string | number | boolean>(Object.entries(found.node.attributes))
      let isChanged = false
      for (const [key, value] of Object.entries(changes)) {
        isChanged ||= (value ?? undefined) !== merged.get(key)
        if (value === null) merged.delete(key)
        else merged.set(key, value)
      }
      if (!isChanged) return found.node
      const attributes = Object.fromEntries(merged)
      const reason = attributesProblem(attributes)
      if (reason !== undefined) return yield* new InvalidAttributes({ path: found.path, reason })
      const node: Node = { ...found.node, attributes }
      this.overlay.apply({ kind: "attributed", node, before: found.node })
      return node
    })
  }

  /**
   * Moves or renames: the node and its history stay one. Into a directory that exists it keeps its name; what is at the new path is never
   * replaced.
   */
  move(from: string, to: string): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const source = yield* resolveExisting(this.source, from, false)
      if (source.nodes.length === 1) return yield* new InvalidPath({ path: from, reason: "the root cannot be moved" })
      const place = yield* this.#destination(to, source.node.name)
      const parent = place.nodes[place.nodes.length - 1]!
      if (place.nodes.some(({ id }) => id === source.node.id)) {
        return yield* new InvalidPath({
          path: to,
          reason: `it lies inside ${JSON.stringify(source.path)}, which is to be moved there`
        })
      }
      const node: Node = { ...source.node, parentId: parent.id, name: place.missing! }
      this.overlay.apply({ kind: "moved", node, before: source.node })
      return node
    })
  }

  /** Removes a node; a directory that is not empty only with `recursive`, and then everything in it, the deepest first. */
  remove(
    path: string,
    options: { readonly recursive?: boolean } = {}
  ): Effect.Effect<number, ChangeError | DirectoryNotEmpty> {
    return Effect.gen({ self: this }, function* () {
      const found = yield* resolveExisting(this.source, path, false)
      if (found.nodes.length === 1) return yield* new InvalidPath({ path, reason: "the root cannot be removed" })
      const doomed: Array<Node> = [found.node]
      for (let at = 0; at < doomed.length; at++) {
        const node = doomed[at]!
        if (node.type !== "dir") continue
        const children = yield* this.overlay.children(node.id)
        if (children.length > 0 && options.recursive !== true) return yield* new DirectoryNotEmpty({ path: found.path })
        for (const child of children) doomed.push(child)
      }
      for (const node of doomed.toReversed()) this.overlay.apply({ kind: "removed", node, before: node })
      return doomed.length
    })
  }

  #free(path: string): Effect.Effect<Place, ChangeError> {
    return Effect.flatMap(this.place(path, false), (place) =>
      place.missing === undefined ? Effect.fail(new AlreadyExists({ path: placePath(place) })) : Effect.succeed(place)
    )
  }

  /** The free slot that a move goes to. */
  #destination(to: string, name: string): Effect.Effect<Place, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(to)
      if (place.missing !== undefined) {
        const { isDirectory } = yield* Effect.fromResult(parsePath(to))
        return isDirectory ? yield* new NotFound({ path: placePath(place) }) : place
      }
      const there = place.nodes[place.nodes.length - 1]!
      if (there.type !== "dir") return yield* new AlreadyExists({ path: placePath(place) })
      const taken = yield* this.overlay.child(there.id, name)
      const inside: Place = { nodes: place.nodes, missing: name }
      return Option.isSome(taken) ? yield* new AlreadyExists({ path: placePath(inside) }) : inside
    })
  }

  #create({ missing, nodes }: Place, fields: { readonly type: NodeType } & Partial<Node>): Effect.Effect<Node> {
    return Effect.map(uuidv7, (id) => {
      const parentId = nodes[nodes.length - 1]!.id
      const node: Node = { id, parentId, name: missing!, attributes: NOTHING, txn: 0, op: 0, timeMicros: 0, ...fields }
      this.overlay.apply({ kind: "created", node, before: undefined })
      return node
    })
  }

  /** The node that bytes go to; it is made when the path is free. */
  #target(path: string, types: ReadonlyArray<NodeType>, type: NodeType): Effect.Effect<Target, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(path)
      if (place.missing !== undefined) {
        return { path: placePath(place), node: yield* this.#create(place, { type }), isNew: true }
      }
      const node = place.nodes[place.nodes.length - 1]!
      if (!types.includes(node.type)) {
        return yield* new WrongType({ path: placePath(place), type: node.type, needed: `a ${types.join(" or a ")}` })
      }
      return { path: placePath(place), node, isNew: false }
    })
  }

  /** Lets one writer at a time write to a node. */
  #exclusive<A, E, R>({ isNew, node, path }: Target, effect: Effect.Effect<A, E, R>) {
    const undo = Effect.sync(() => {
      if (isNew) this.overlay.apply({ kind: "removed", node, before: node })
    })
    return Effect.acquireUseRelease(
      Effect.suspend(() => {
        if (this.#writing.has(node.id)) return Effect.fail(new WriterConflict({ path }))
        this.#writing.add(node.id)
        return Effect.void
      }),
      () => Effect.onError(effect, () => undo),
      () => Effect.sync(() => this.#writing.delete(node.id))
    )
  }

  /** The bytes that this transaction appended to a series already. */
  #appendedBefore({ node }: Target, staged: Staged): Stream.Stream<Uint8Array, ReadError> {
    return Stream.unwrap(
      Effect.map(this.overlay.base.node(node.id), (base) => {
        const start = Option.match(base, { onNone: () => 0, onSome: ({ content }) => content?.sizeBytes ?? 0 })
        return staged.read({ start, end: staged.content.sizeBytes })
      })
    )
  }

  /** Stages bytes and makes the change, unless nothing is changed by them. */
  #store<E, R>(mode: StageMode, kind: EventKind, target: Target, bytes: Bytes<E, R>, times: TimeBounds | undefined) {
    return Effect.gen({ self: this }, function* () {
      const base = Option.getOrUndefined(yield* this.overlay.base.node(target.node.id))
      const writer = yield* this.#contents.open(mode, base?.content === undefined ? undefined : base)
      yield* Stream.runForEach(streamOf(bytes), (chunk) => writer.write(chunk))
      const staged = yield* writer.finish
      const current = target.node.content
      const isSame = current?.hash === staged.content.hash && current.sizeBytes === staged.content.sizeBytes
      if (isSame || (mode !== "replace" && !target.isNew && isEmptyAddition(mode, current, staged))) return target.node
      const node: Node = { ...target.node, content: staged.content }
      this.overlay.apply({ kind, node, before: target.node, staged, times })
      return node
    }).pipe(Effect.scoped)
  }
}

const isEmptyAddition = (mode: StageMode, current: Node["content"], { content }: Staged): boolean =>
  mode === "append" && content.sizeBytes === (current?.sizeBytes ?? 0) && current !== undefined

const streamOf = <E, R>(bytes: Bytes<E, R>): Stream.Stream<Uint8Array, E, R> =>
  bytes instanceof Uint8Array ? Stream.make(bytes) : bytes

/** The transaction that a program runs in. */
export class Transaction extends Context.Service<Transaction, OpenTransaction>()("pond/tinyfs/Transaction") {}
