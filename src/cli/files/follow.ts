/**
 * Following what is called by a name, through rotations: what a transaction adds to the file is shown, and when another file takes the name, first what
 * was still added to the one before, then what lies between them, then the new one. Each line once, in the order in which it was written.
 *
 * The one before is known by its node, whatever it is called now. What lies between are archives of the same family of names that came in the same
 * transaction: a log that was rotated more than once since it was last looked at.
 */
import { Effect, Option, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import { families, oldestFirst } from "../../factories/logfile/families.ts"
import { decoders } from "../../formats/decoders.ts"
import type { Event, Node, NodeId } from "../../tinyfs/index.ts"
import type { Snapshot } from "../../tlogfs/index.ts"
import { Output } from "../output.ts"

/** Where the bytes of a file go. */
export type Show = (bytes: Uint8Array) => Effect.Effect<void, Effect.Error<ReturnType<(typeof Output.Service)["data"]>>>

/** How much of a node was shown, and the hash of just that. */
interface Shown {
  readonly sizeBytes: number
  readonly hash: string | undefined
}

const decoderOf = decoders()

const FOLLOWED: ReadonlySet<string> = new Set(["file", "series"])

const shownOf = ({ content }: Node): Shown => ({ sizeBytes: content?.sizeBytes ?? 0, hash: content?.hash })

/** The files of the family of a name in a directory, in the order in which their lines were written; the one of that name is last. */
const familyOf = (nodes: ReadonlyArray<Node>, name: string): ReadonlyArray<Node> => {
  const byName = new Map(nodes.filter(({ type }) => FOLLOWED.has(type)).map((node) => [node.name, node]))
  const family = families([...new Set([...byName.keys(), name])]).find(({ active }) => active === name)
  const names = family === undefined ? [name] : oldestFirst(family)
  return names.flatMap((one) => byName.get(one) ?? [])
}

/** Whether bytes begin with all that was shown. */
const beginWith = Effect.fnUntraced(function* <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  { hash, sizeBytes }: Shown
) {
  const hasher = new Hasher()
  yield* Stream.runForEach(
    Stream.takeWhile(bytes, () => hasher.sizeBytes < sizeBytes),
    (part) => Effect.sync(() => hasher.update(part.subarray(0, sizeBytes - hasher.sizeBytes)))
  )
  return hasher.sizeBytes === sizeBytes && toHex(hasher.root()) === hash
})

/** Bytes from one of them on. */
const from = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>, start: number) => {
  let left = start
  return Stream.map(bytes, (part) => {
    const rest = part.subarray(Math.min(left, part.length))
    left -= part.length - rest.length
    return rest
  })
}

/** A name that is followed. */
export class Following {
  readonly path: string
  readonly #show: Show
  readonly #names: ReadonlySet<string>
  /** How much was shown of the file, of those before it, and of the archives that were there at the beginning. */
  readonly #shown: Map<NodeId, Shown>
  #current: Node

  private constructor(path: string, current: Node, family: ReadonlyArray<Node>, show: Show) {
    this.path = path
    this.#show = show
    this.#names = new Set([...path.split("/"), current.name])
    this.#current = current
    this.#shown = new Map([...family, current].map((node) => [node.id, shownOf(node)]))
  }

  /** Follows a name, all of whose file in a state was shown. */
  static readonly from = Effect.fnUntraced(function* (state: Snapshot, path: string, node: Node, show: Show) {
    const siblings = yield* state.source.children(node.parentId)
    return new Following(path, node, familyOf(siblings, node.name), show)
  })

  /** Whether a transaction may have something for it. */
  isTouchedBy(events: ReadonlyArray<Event>): boolean {
    return events.some(
      ({ kind, node }) =>
        this.#shown.has(node.id) ||
        this.#names.has(node.name) ||
        (kind === "created" && node.parentId === this.#current.parentId)
    )
  }

  /** Shows what a transaction brought; `state` is the one after it. False: there is nothing left to follow. */
  step(state: Snapshot, events: ReadonlyArray<Event>) {
    return Effect.gen({ self: this }, function* () {
      const { message } = yield* Output
      const found = Option.filter(yield* state.find(this.path), ({ type }) => FOLLOWED.has(type))
      const active = Option.getOrUndefined(found)
      const before = this.#current
      const { name, parentId } = active ?? before
      const family = familyOf(yield* state.source.children(parentId), name)
      const between = this.#between(family, active, events)
      const prior = this.#shown.get(before.id)!
      const changed = new Map(events.map(({ node }) => [node.id, node]))
      const elsewhere = [...this.#shown.keys()].flatMap((id) =>
        family.some((node) => node.id === id) ? [] : [changed.get(id) ?? []].flat()
      )
      for (const node of [...elsewhere, ...family]) {
        const own = events.filter((event) => event.node.id === node.id)
        const isNext = node.id === active?.id && active.id !== before.id
        if (own.some(({ kind }) => kind === "removed")) this.#shown.delete(node.id)
        else if (between.has(node.id) || this.#isFilled(node)) yield* this.#unpack(state, node, prior)
        else if (this.#shown.has(node.id)) yield* this.#grow(state, node, own)
        else if (isNext) {
          yield* message(`pond: ${this.path} is another file now, and follows from its beginning`)
          yield* this.#add(state, node, 0)
        }
      }
      if (active !== undefined) this.#current = active
      const isGone =
        active === undefined && events.some(({ kind, node }) => node.id === before.id && kind === "removed")
      if (isGone) yield* message(`pond: ${this.path} was removed`)
      return !isGone
    })
  }

  /** Archives that came between what was shown and the file of now; none where that goes on from what was shown. */
  #between(family: ReadonlyArray<Node>, active: Node | undefined, events: ReadonlyArray<Event>): ReadonlySet<NodeId> {
    const archives = family.filter(({ id }) => id !== active?.id)
    // An empty one tells nothing of its place: any file may have taken its name since.
    const last = archives.findLastIndex(({ id }) => (this.#shown.get(id)?.sizeBytes ?? 0) > 0)
    const own = events.filter(({ node }) => node.id === this.#current.id)
    const isEmpty = this.#shown.get(this.#current.id)?.sizeBytes === 0
    const isAnew = own.some(({ kind }) => kind === "written")
    // A log that rests while a newer archive comes is one whose file is gone: a mirror keeps it.
    const isResting = own.length === 0 && last >= 0
    if (active?.id === this.#current.id && !isAnew && !isEmpty && !isResting) return new Set()
    const created = new Set(events.filter(({ kind }) => kind === "created").map(({ node }) => node.id))
    return new Set(archives.slice(last + 1).flatMap(({ id }) => (created.has(id) ? [id] : [])))
  }

  /** Whether an archive that was empty until now has something: it may be what the followed file was. */
  #isFilled({ content, id }: Node): boolean {
    return id !== this.#current.id && this.#shown.get(id)?.sizeBytes === 0 && (content?.sizeBytes ?? 0) > 0
  }

  /** Shows what a known node has more than before; where it was written anew all of it, unless it was rotated away. */
  #grow(state: Snapshot, node: Node, own: ReadonlyArray<Event>) {
    return Effect.gen({ self: this }, function* () {
      const shown = this.#shown.get(node.id)!
      const newest = own.at(-1)?.node
      if (newest === undefined || newest.content === undefined || newest.content.hash === shown.hash) return
      const path = yield* state.pathOf(node.id)
      const isAnew = own.some(({ kind }) => kind === "written") && !(yield* beginWith(state.read(path), shown))
      if (!isAnew) return yield* this.#add(state, newest, shown.sizeBytes)
      if (node.id !== this.#current.id) {
        this.#shown.set(node.id, shownOf(newest))
        return
      }
      const { message } = yield* Output
      yield* message(`pond: ${this.path} was written anew: version ${newest.content.version} follows whole`)
      yield* this.#add(state, newest, 0)
    })
  }

  /** Shows an archive, decompressed, but for what was shown when the followed file had it. */
  #unpack(state: Snapshot, node: Node, prior: Shown) {
    return Effect.gen({ self: this }, function* () {
      const { message } = yield* Output
      const path = yield* state.pathOf(node.id)
      const decode = decoderOf(node.name)
      const bytes = decode === undefined ? state.read(path) : decode(state.read(path))
      const show = Effect.gen({ self: this }, function* () {
        const start = (yield* beginWith(bytes, prior)) ? prior.sizeBytes : 0
        yield* Stream.runForEach(from(bytes, start), this.#show)
      })
      yield* Effect.catchTag(show, "Undecodable", (error) => message(`pond: ${path} is left out: ${error.message}`))
      this.#shown.set(node.id, shownOf(node))
    })
  }

  /** Shows a node from a byte on. */
  #add(state: Snapshot, node: Node, start: number) {
    return Effect.gen({ self: this }, function* () {
      const end = node.content?.sizeBytes ?? 0
      const path = yield* state.pathOf(node.id)
      if (end > start) yield* Stream.runForEach(state.read(path, { range: { start, end } }), this.#show)
      this.#shown.set(node.id, shownOf(node))
    })
  }
}
