/**
 * Transactions: changes to a filesystem that take effect together or not at all (R2), seen at once by whoever makes
 * them.
 *
 * What a transaction reads, it reads as of its base with its own changes on top. Writing what is there already is no
 * change. Fibers may work in one transaction side by side: they store bytes at the same time, and change names one
 * after the other.
 */
import { Context, Effect, Option, Semaphore } from "effect"
import { attributesProblem } from "./attributes.ts"
import {
  AlreadyExists,
  DirectoryNotEmpty,
  InsideImport,
  InvalidAttributes,
  InvalidPath,
  MoveIntoItself,
  NotADirectory,
  NotFound,
  type Pruned,
  VersionMissing,
  WrongType
} from "./errors.ts"
import { isMount } from "./mount.ts"
import type { Attributes, Node, NodeType } from "./node.ts"
import type { Overlay } from "./overlay.ts"
import { parsePath } from "./path.ts"
import type { Contents, ReadError } from "./persistence.ts"
import { PRUNED_ATTRIBUTE, type VersionSpan, withPruned } from "./pruned.ts"
import { Reader } from "./reader.ts"
import { type PathError, type Place, placePath, resolveExisting, targetProblem } from "./resolve.ts"
import { uuidv7 } from "./uuid.ts"
import {
  type Bytes,
  exact,
  isAsStaged,
  type StagedSeries,
  stageSeries,
  storeContent,
  type WriteError,
  type WriteOptions
} from "./write.ts"

/** What changing names can fail with. */
export type ChangeError = PathError | AlreadyExists | WrongType

/** The types of nodes that hold bytes. */
export type ContentType = "file" | "series" | "table" | "table-series"

const NOTHING: Attributes = {}

/** An open transaction: a reader that sees its own changes, and the changes. */
export class OpenTransaction extends Reader {
  readonly overlay: Overlay
  readonly #contents: Contents
  /** Changes names, one after the other: what was found stays as it was found. */
  readonly #oneByOne = Semaphore.makeUnsafe(1).withPermit

  constructor(overlay: Overlay, contents: Contents) {
    super(overlay)
    this.overlay = overlay
    this.#contents = contents
  }

  /** Makes a directory; with `parents` also those above it, and one that exists is fine. */
  mkdir(path: string, options: { readonly parents?: boolean } = {}): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const { names } = yield* Effect.fromResult(parsePath(path))
      const isDeep = options.parents === true
      const there = isDeep ? Option.getOrUndefined(yield* this.find(path)) : undefined
      if (there?.type === "dir") return there
      for (let count = isDeep ? 1 : names.length; ; count++) {
        const place = yield* this.place(`/${names.slice(0, count).join("/")}`)
        const node = place.missing === undefined ? last(place) : yield* this.#create(place, { type: "dir" })
        if (node.type !== "dir") return yield* new NotADirectory({ path: placePath(place) })
        if (count < names.length) continue
        if (place.missing === undefined && !isDeep) return yield* new AlreadyExists({ path: placePath(place) })
        return node
      }
    }).pipe(this.#oneByOne)
  }

  /** Makes a file, series or table that was never written. */
  create(path: string, type: ContentType): Effect.Effect<Node, ChangeError> {
    return this.#oneByOne(Effect.flatMap(this.#free(path), (place) => this.#create(place, { type })))
  }

  /** Writes a file, table or series: the bytes replace what was there. `type` is that of a new one. */
  write<E = never, R = never>(
    path: string,
    bytes: Bytes<E, R>,
    { times, type = "file" }: WriteOptions & { readonly type?: "file" | "table" | "series" } = {}
  ): Effect.Effect<Node, WriteError | E, R> {
    return this.#write(path, bytes, { mode: "replace", types: ["file", "table", "series"], type, times })
  }

  /** Appends to a series, which is made if it is not there. */
  append<E = never, R = never>(
    path: string,
    bytes: Bytes<E, R>,
    { times }: WriteOptions = {}
  ): Effect.Effect<Node, WriteError | E, R> {
    return this.#write(path, bytes, { mode: "append", types: ["series"], type: "series", times })
  }

  /**
   * Stores bytes before it is known whether a node gets them: as the content of a new series, or of one as it is now,
   * behind what it holds or, with `isAnew`, in place of it.
   */
  stage<E = never, R = never>(
    bytes: Bytes<E, R>,
    series?: Node,
    { isAnew = false }: { readonly isAnew?: boolean } = {}
  ): Effect.Effect<StagedSeries, ReadError | Pruned | E, R> {
    const before = series === undefined ? undefined : this.overlay.stagedOf(series)
    return stageSeries(this.#contents, bytes, { series, isAddition: !isAnew }, before)
  }

  /**
   * Gives staged bytes to the series that they are for, or to a new one at a path that is free. That the series has
   * changed since is a defect.
   */
  give(path: string, ready: StagedSeries, { times }: WriteOptions = {}): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const { isAddition, series, staged } = ready
      if (series === undefined) {
        const made = yield* this.#create(yield* this.#free(path), { type: "series" })
        return this.overlay.store(made, staged, true, exact(times))
      }
      const { node } = yield* resolveExisting(this.source, path)
      if (!isAsStaged(ready, node))
        return yield* Effect.die(new Error(`${path} has changed since bytes were staged for it`))
      const isSame = staged.content.sizeBytes === node.content?.sizeBytes && staged.content.hash === node.content.hash
      return isSame ? node : this.overlay.store(node, staged, isAddition, exact(times))
    }).pipe(this.#oneByOne)
  }

  /** Adds a version to a table series, which is made if it is not there; the newest version again adds none. */
  addVersion<E = never, R = never>(
    path: string,
    bytes: Bytes<E, R>,
    { times }: WriteOptions = {}
  ): Effect.Effect<Node, WriteError | E, R> {
    return this.#write(path, bytes, { mode: "add-version", types: ["table-series"], type: "table-series", times })
  }

  /** Makes a symlink. The target is kept as given; it is resolved when the link is followed. */
  symlink(target: string, path: string): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const reason = targetProblem(target)
      if (reason !== undefined) return yield* new InvalidPath({ path: target, reason })
      return yield* this.#create(yield* this.#free(path), { type: "symlink", target })
    }).pipe(this.#oneByOne)
  }

  /** Makes or changes a dynamic node: a factory's type and its configuration as given. */
  configure(path: string, factory: string, config: Uint8Array): Effect.Effect<Node, ChangeError> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(path)
      const fields = { factory, config: config.slice() }
      if (place.missing !== undefined) return yield* this.#create(place, { type: "dynamic", ...fields })
      const before = last(place)
      if (before.type !== "dynamic") {
        return yield* new WrongType({ path: placePath(place), type: before.type, needed: "a dynamic node" })
      }
      return this.#update(before, fields)
    }).pipe(this.#oneByOne)
  }

  /** Sets attributes; `null` takes one away, the others stay. */
  setAttributes(
    path: string,
    changes: Readonly<Record<string, string | number | boolean | null>>
  ): Effect.Effect<Node, PathError | InvalidAttributes> {
    return Effect.gen({ self: this }, function* () {
      const found = yield* resolveExisting(this.source, path)
      const attributes = merged(found.node.attributes, changes)
      const reason = Object.hasOwn(changes, PRUNED_ATTRIBUTE)
        ? `${PRUNED_ATTRIBUTE} is set by pruning alone`
        : attributesProblem(attributes)
      if (reason !== undefined) return yield* new InvalidAttributes({ path: found.path, reason })
      return this.#update(found.node, { attributes })
    }).pipe(this.#oneByOne)
  }

  /**
   * Forgets the bytes of committed versions on purpose; hashes and history stay. Of a series a version is what its
   * append added. Reading them fails with `Pruned` from then on.
   */
  prune(
    path: string,
    versions: ReadonlyArray<VersionSpan>
  ): Effect.Effect<Node, PathError | VersionMissing | InvalidAttributes> {
    return Effect.gen({ self: this }, function* () {
      const found = yield* resolveExisting(this.source, path)
      const newest = this.overlay.origin(found.node)?.content?.version ?? 0
      for (const { first, last: end } of versions) {
        const isThere = Number.isSafeInteger(first) && Number.isSafeInteger(end) && 1 <= first && first <= end
        if (isThere && end <= newest) continue
        return yield* new VersionMissing({ node: found.node.id, path: found.path, version: isThere ? end : first })
      }
      if (versions.length === 0) return found.node
      const attributes = withPruned(found.node.attributes, versions)
      const reason = attributesProblem(attributes)
      if (reason !== undefined) return yield* new InvalidAttributes({ path: found.path, reason })
      return this.#update(found.node, { attributes })
    }).pipe(this.#oneByOne)
  }

  /**
   * Moves or renames: the node and its history stay one. Into a directory that exists it keeps its name; what is at the
   * new path is never replaced.
   */
  move(from: string, to: string): Effect.Effect<Node, ChangeError | MoveIntoItself> {
    return Effect.gen({ self: this }, function* () {
      const source = yield* resolveExisting(this.source, from, false)
      if (source.nodes.length === 1) return yield* new InvalidPath({ path: from, reason: "the root cannot be moved" })
      const place = yield* this.destination(to, source.node.name)
      if (place.missing === undefined) {
        const taken = placePath(place)
        return yield* isMount(last(place))
          ? new InsideImport({ path: to, mount: taken })
          : new AlreadyExists({ path: taken })
      }
      if (place.nodes.some(({ id }) => id === source.node.id)) {
        return yield* new MoveIntoItself({ path: source.path, target: placePath(place) })
      }
      const node: Node = { ...source.node, parentId: last(place).id, name: place.missing }
      this.overlay.move(source.node, node)
      return node
    }).pipe(this.#oneByOne)
  }

  /**
   * Removes a node; a directory that is not empty only with `recursive`, and then everything in it, the deepest first.
   * Tells how many.
   */
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
      for (const node of doomed.toReversed()) this.overlay.remove(node)
      return doomed.length
    }).pipe(this.#oneByOne)
  }

  /**
   * Runs a part of the program that may fail by itself: what it changed is undone then. Nothing else may use the
   * transaction meanwhile.
   */
  attempt<A, E, R>(part: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const { savepoint } = this.overlay
      return Effect.onError(part, () => Effect.sync(() => this.overlay.restore(savepoint)))
    })
  }

  #write<E, R>(
    path: string,
    bytes: Bytes<E, R>,
    {
      mode,
      times,
      type,
      types
    }: Pick<WriteOptions, "times"> & {
      readonly mode: "replace" | "append" | "add-version"
      readonly type: ContentType
      readonly types: ReadonlyArray<ContentType>
    }
  ): Effect.Effect<Node, WriteError | E, R> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* this.place(path)
      const before = place.missing === undefined ? last(place) : undefined
      if (before !== undefined && !(types as ReadonlyArray<string>).includes(before.type)) {
        const needed = `a ${types.join(" or a ")}`
        return yield* new WrongType({ path: placePath(place), type: before.type, needed })
      }
      const target = { path: placePath(place), mode, before, slot: slotOf(place), times }
      return yield* storeContent(this.overlay, this.#contents, target, bytes, (store) =>
        Effect.gen({ self: this }, function* () {
          if (before === undefined) return store(yield* this.#create(yield* this.#free(target.path), { type }))
          const now = this.overlay.current(before)
          return now === undefined ? yield* new NotFound({ path: target.path }) : store(now)
        }).pipe(this.#oneByOne)
      )
    })
  }

  #free(path: string): Effect.Effect<Place, ChangeError> {
    return Effect.filterOrFail(
      this.place(path, false),
      ({ missing }) => missing !== undefined,
      (place) => new AlreadyExists({ path: placePath(place) })
    )
  }

  #create(place: Place, fields: { readonly type: NodeType } & Partial<Node>): Effect.Effect<Node> {
    return Effect.map(uuidv7, (id) => {
      const slot = { parentId: last(place).id, name: place.missing! }
      const node: Node = { id, ...slot, attributes: NOTHING, txn: 0, op: 0, timeMicros: 0, ...fields }
      this.overlay.create(node)
      return node
    })
  }

  #update(before: Node, fields: Partial<Node>): Node {
    const node = { ...before, ...fields }
    this.overlay.update(before, node)
    return node
  }
}

const last = ({ nodes }: Place): Node => nodes[nodes.length - 1]!

const slotOf = (place: Place) => ({ parentId: last(place).id, name: place.missing ?? "" })

const merged = (
  attributes: Attributes,
  changes: Readonly<Record<string, string | number | boolean | null>>
): Attributes => {
  const all = new Map<string, string | number | boolean>(Object.entries(attributes))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) all.delete(key)
    else all.set(key, value)
  }
  return Object.fromEntries(all)
}

/** The transaction that a program runs in. */
export class Transaction extends Context.Service<Transaction, OpenTransaction>()("pond/tinyfs/Transaction") {}
