/**
 * A view of a pond with the trees of others under its mounts: each as it was pinned, and checked against the pin before anything of it is
 * shown (R4).
 *
 * A mount is shown as a directory. Ids of nodes below it begin with its own, so each question goes to the pond that can answer it.
 */
import { Effect, Option, Stream } from "effect"
import {
  type ByteRange,
  type Damaged,
  type Event,
  isMount,
  type Node,
  type NodeId,
  type Pruned,
  type ReadError,
  ROOT_ID,
  type VersionMissing,
  type View
} from "../../tinyfs/index.ts"

/** What finds the trees of imports. */
export interface ImportedTrees {
  /** The view that a mount pins. */
  view(mount: Node): Effect.Effect<View, ReadError>
  /** Whether a mount of this view is read through. */
  isShown(mount: Node): boolean
  /** The same view when its bytes are not where they were: told anew where they are. Fails with what was found, or why it cannot be told. */
  renewed(mount: Node, found: Damaged): Effect.Effect<View, ReadError>
  /** What a failure of an imported pond means for whoever reads through the mount. */
  failed(mount: Node, error: ReadError): ReadError
}

/** A question about a node of an imported pond. */
interface Inside {
  readonly mount: Node
  readonly view: View
  readonly id: NodeId
}

/** A view with its imports. */
export class ImportingView implements View {
  readonly base: View
  readonly #trees: ImportedTrees

  constructor(base: View, trees: ImportedTrees) {
    this.base = base
    this.#trees = trees
  }

  get txn(): number {
    return this.base.txn
  }

  get chain(): string {
    return this.base.chain
  }

  get root(): string {
    return this.base.root
  }

  get timeMicros(): number {
    return this.base.timeMicros
  }

  node(id: NodeId): Effect.Effect<Option.Option<Node>, ReadError> {
    if (!id.includes("/")) return Effect.map(this.base.node(id), (found) => Option.map(found, this.#shown))
    return Effect.flatMap(this.#inside(id), (inside) =>
      inside === undefined
        ? Effect.succeedNone
        : Effect.map(this.#of(inside, inside.view.node(inside.id)), (found) => Option.map(found, placed(inside)))
    )
  }

  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, ReadError> {
    const own = parentId.includes("/") ? Effect.succeedNone : this.base.child(parentId, name)
    return Effect.flatMap(own, (found) => {
      if (Option.isSome(found)) return Effect.succeed(Option.map(found, this.#shown))
      return Effect.flatMap(this.#inside(parentId), (inside) =>
        inside === undefined
          ? Effect.succeed(found)
          : Effect.map(this.#of(inside, inside.view.child(inside.id, name)), (one) => Option.map(one, placed(inside)))
      )
    })
  }

  children(parentId: NodeId): Effect.Effect<ReadonlyArray<Node>, ReadError> {
    const own: Effect.Effect<ReadonlyArray<Node>, ReadError> = parentId.includes("/")
      ? Effect.succeed([])
      : this.base.children(parentId)
    return Effect.flatMap(own, (nodes) => {
      if (nodes.length > 0) return Effect.succeed(nodes.map(this.#shown))
      return Effect.flatMap(this.#inside(parentId), (inside) =>
        inside === undefined
          ? Effect.succeed([])
          : Effect.map(this.#of(inside, inside.view.children(inside.id)), (all) => all.map(placed(inside)))
      )
    })
  }

  history(id: NodeId): Effect.Effect<ReadonlyArray<Event>, ReadError> {
    if (!id.includes("/")) return this.base.history(id)
    return Effect.flatMap(this.#inside(id), (inside) =>
      inside === undefined
        ? Effect.succeed([])
        : Effect.map(this.#of(inside, inside.view.history(inside.id)), (events) =>
            events.map((event) => ({ ...event, node: placed(inside)(event.node) }))
          )
    )
  }

  read(id: NodeId, version: number, range?: ByteRange): Stream.Stream<Uint8Array, ReadError | Pruned | VersionMissing> {
    if (!id.includes("/")) return this.base.read(id, version, range)
    return Stream.unwrap(
      Effect.map(this.#inside(id), (inside) =>
        inside === undefined
          ? this.base.read(id, version, range)
          : Stream.mapError(this.#reading(inside, version, range), (error) =>
              error._tag === "Pruned" || error._tag === "VersionMissing"
                ? error
                : this.#trees.failed(inside.mount, error)
            )
      )
    )
  }

  /** Reads from an imported pond; where the bytes are not where they were, or damaged here, goes on from where they are now. */
  #reading({ id, mount, view }: Inside, version: number, range: ByteRange | undefined) {
    let readBytes = 0
    return view.read(id, version, range).pipe(
      Stream.tap(({ length }) => Effect.sync(() => (readBytes += length))),
      Stream.catchTag("Damaged", (found) =>
        Stream.unwrap(
          Effect.gen({ self: this }, function* () {
            const again = yield* this.#trees.renewed(mount, found)
            const rest = readBytes === 0 ? range : yield* restOf(again, { id, version, range, readBytes })
            return rest === undefined && readBytes > 0 ? Stream.fail(found) : again.read(id, version, rest)
          })
        )
      )
    )
  }

  /** The view that a node belongs to, and its id there. */
  home(id: NodeId): Effect.Effect<{ readonly view: View; readonly id: NodeId }, ReadError> {
    if (!id.includes("/")) return Effect.succeed({ view: this.base, id })
    return Effect.flatMap(this.#inside(id), (inside) => {
      if (inside === undefined) return Effect.succeed({ view: this.base, id })
      return inside.view instanceof ImportingView ? inside.view.home(inside.id) : Effect.succeed(inside)
    })
  }

  readonly #shown = (node: Node): Node => (isMount(node) && this.#trees.isShown(node) ? { ...node, type: "dir" } : node)

  /** Where a question about an imported node goes; nothing when the node is of this pond. */
  #inside(id: NodeId): Effect.Effect<Inside | undefined, ReadError> {
    if (id === ROOT_ID) return Effect.undefined
    const end = id.indexOf("/")
    const mountId = end < 0 ? id : id.slice(0, end)
    return Effect.flatMap(this.base.node(mountId), (found) => {
      const mount = Option.getOrUndefined(found)
      if (mount === undefined || !isMount(mount) || !this.#trees.isShown(mount)) return Effect.undefined
      return Effect.map(this.#trees.view(mount), (view) => ({ mount, view, id: end < 0 ? ROOT_ID : id.slice(end + 1) }))
    })
  }

  #of<A>({ mount }: Inside, asked: Effect.Effect<A, ReadError>): Effect.Effect<A, ReadError> {
    return Effect.mapError(asked, (error) => this.#trees.failed(mount, error))
  }
}

/** What is left of a read; nothing where the end is not known. */
const restOf = Effect.fnUntraced(function* (
  view: View,
  asked: {
    readonly id: NodeId
    readonly version: number
    readonly range: ByteRange | undefined
    readonly readBytes: number
  }
) {
  const { id, range, readBytes, version } = asked
  if (range !== undefined) return { start: range.start + readBytes, end: range.end }
  const content = Option.getOrUndefined(yield* view.node(id))?.content
  return content?.version === version ? { start: readBytes, end: content.sizeBytes } : undefined
})

/** A node of an imported pond as it is seen here. */
const placed =
  ({ mount }: Inside) =>
  (node: Node): Node => {
    const idOf = (id: NodeId): NodeId => (id === ROOT_ID ? mount.id : `${mount.id}/${id}`)
    return { ...node, id: idOf(node.id), parentId: idOf(node.parentId) }
  }
