/**
 * The imports of an open pond: what its mounts pin, opened when somebody looks.
 */
import { Clock, Effect, Option, Semaphore } from "effect"
import type { Shelf } from "../../store/cache.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { REST_MS, restingStore } from "../../store/resting.ts"
import { publicUrl } from "../../store/url.ts"
import {
  type Damaged,
  ImportUnavailable,
  type LeaveOut,
  type Node,
  type ReadError,
  type View
} from "../../tinyfs/index.ts"
import { openPersistence } from "../persistence.ts"
import type { originOf } from "./copies.ts"
import { type Pin, pinOf, type Reach, reachOfPin } from "./pin.ts"
import { forgetCopy, type ImportPlaces, namesCopy, wholeCopy } from "./places.ts"
import { type ImportedTrees, ImportingView } from "./view.ts"

/** Imports of imports that are read through, one below the other: a chain of them may be as long as somebody likes. */
const DEPTH_MAX = 8

/** Opened imports that are kept. */
const OPENED_MAX = 64

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const unavailable = ({ pond, url }: Pin, why: string, advice: string): ImportUnavailable =>
  new ImportUnavailable({ url: publicUrl(url), pond, why, advice })

const UNREACHABLE = "See that it can be reached, with credentials of its own; what was read before stays readable"
const CHANGED = "It was rolled back, replaced or rewritten: find out why, or remove the import and add it again"

/** The view of a store's pond after the pinned transaction, when it is the pinned one; also nothing where there is no pond. */
const pinnedIn = Effect.fnUntraced(function* (store: Store, { chain, root, txn }: Pin) {
  const persistence = yield* openPersistence(store)
  const view = yield* persistence.at(txn)
  return view.chain === chain && view.root === root ? Option.some(view) : Option.none<View>()
})

const sought = (store: Store, pin: Pin) => Effect.map(Effect.option(pinnedIn(store, pin)), Option.flatten)

const keyOf = ({ chain, transitive, url }: Pin): string => `${chain} ${transitive} ${url}`

/** The imports under the mounts of one pond. */
export class Imports implements ImportedTrees {
  readonly #places: ImportPlaces
  /** The ponds through which this one is seen, itself included: none of them appears again below. */
  readonly #above: ReadonlySet<string>
  /** The mount that this pond is seen through, where it is one of another pond, or where it is served by others. */
  readonly #through: Reach | undefined
  /** Where bytes are kept: one account of them for all imports. */
  #kept: Shelf | undefined
  readonly #opened = new Map<string, View>()
  /** The places of imports, each asked through one store: what cannot be reached is known to all who ask. */
  readonly #origins = new Map<string, Store>()
  /** Imports of which it was asked again where their bytes are, and what came of it: asked once in a while is enough. */
  readonly #renewed = new Map<string, { readonly untilMs: number; readonly failure: ReadError | undefined }>()
  /** Copies of names are made by one at a time. */
  readonly #gate = Semaphore.makeUnsafe(1)

  constructor(places: ImportPlaces, pond: string, above?: Imports, through?: Reach) {
    this.#places = places
    this.#kept = above === undefined ? undefined : above.#kept
    this.#above = new Set([...(above === undefined ? [] : above.#above), pond])
    this.#through = through
  }

  /** What is told of imports that walks leave out. */
  get leaveOut(): LeaveOut | undefined {
    return this.#places.leaveOut
  }

  /** A view with the imports under its mounts. */
  over(view: View): ImportingView {
    return new ImportingView(view, this)
  }

  isShown(mount: Node): boolean {
    if (this.#above.size > DEPTH_MAX) return false
    return Option.match(pinOf(mount), { onNone: () => true, onSome: ({ pond }) => !this.#above.has(pond) })
  }

  failed(mount: Node, error: ReadError): ReadError {
    const pin = Option.getOrUndefined(pinOf(mount))
    if (pin === undefined || error._tag !== "PersistenceFailed") return error
    return unavailable(pin, messageOf(error.cause), UNREACHABLE)
  }

  view(mount: Node): Effect.Effect<View, ReadError> {
    return Effect.suspend(() => {
      const pin = Option.getOrUndefined(pinOf(mount))
      if (pin === undefined) {
        const why = `${JSON.stringify(mount.name)} does not say which pond it is`
        const advice = "Remove it, and add the import again"
        return Effect.fail(new ImportUnavailable({ url: "?", pond: "?", why, advice }))
      }
      const known = this.#opened.get(keyOf(pin))
      return known === undefined ? this.#gate.withPermit(this.#keeping(pin, false)) : Effect.succeed(known)
    })
  }

  renewed(mount: Node, found: Damaged): Effect.Effect<View, ReadError> {
    return Effect.gen({ self: this }, function* () {
      const pin = Option.getOrUndefined(pinOf(mount))
      if (pin === undefined) return yield* found
      const nowMs = yield* Clock.currentTimeMillis
      const known = this.#renewed.get(keyOf(pin))
      if (known !== undefined && nowMs < known.untilMs) return yield* known.failure ?? found
      const note = (failure: ReadError | undefined) =>
        Effect.sync(() => this.#renewed.set(keyOf(pin), { untilMs: nowMs + REST_MS, failure }))
      return yield* Effect.tapError(
        Effect.tap(this.#keeping(pin, true), () => note(undefined)),
        note
      )
    }).pipe(this.#gate.withPermit)
  }

  #keeping(pin: Pin, isAnew: boolean): Effect.Effect<View, ImportUnavailable> {
    return Effect.gen({ self: this }, function* () {
      // Somebody may have opened it while this one waited.
      const known = this.#opened.get(keyOf(pin))
      if (known !== undefined && !isAnew) return known
      const view = yield* this.#open(pin, isAnew)
      this.#opened.set(keyOf(pin), view)
      if (this.#opened.size > OPENED_MAX) this.#opened.delete(this.#opened.keys().next().value!)
      return view
    })
  }

  #origin(pin: Pin, make: typeof originOf) {
    return Effect.suspend(() => {
      const key = JSON.stringify([pin.url, reachOfPin(pin)])
      const known = this.#origins.get(key)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(make(this.#places, pin), (store) => {
        const resting = restingStore(store)
        this.#origins.set(key, resting)
        return resting
      })
    })
  }

  #open(pin: Pin, isAnew: boolean): Effect.Effect<View, ImportUnavailable> {
    return Effect.gen({ self: this }, function* () {
      if (this.#through !== undefined) {
        const { problemElsewhere } = yield* Effect.promise(() => import("./elsewhere.ts"))
        const problem = problemElsewhere(this.#places.reach, this.#through, pin)
        if (problem !== undefined) return yield* unavailable(pin, problem, "Import that pond itself")
      }
      const view = yield* this.#pinned(pin, isAnew)
      return pin.transitive ? new Imports(this.#places, pin.pond, this, pin).over(view) : view
    })
  }

  /** The view that is pinned, from what is here; with `isAnew`, or where it is not here, from its own place. */
  #pinned(pin: Pin, isAnew: boolean): Effect.Effect<View, ImportUnavailable> {
    return Effect.gen({ self: this }, function* () {
      // Loaded when somebody looks: most ponds import nothing.
      const { bringNames, keptBytes, originOf, readingThrough } = yield* Effect.promise(() => import("./copies.ts"))
      const { openCopy } = yield* Effect.promise(() => import("../replicate/relation.ts"))
      const from = (why: string) => unavailable(pin, why, UNREACHABLE)
      const whole = isAnew ? Option.none() : yield* sought(wholeCopy(this.#places, pin.pond), pin)
      if (Option.isSome(whole)) return whole.value
      const origin = yield* Effect.mapError(this.#origin(pin, originOf), ({ message }) => from(message))
      const names = namesCopy(this.#places, pin.pond)
      this.#kept ??= keptBytes(this.#places)
      const through = readingThrough(this.#kept, names, origin)
      const known = isAnew ? Option.none() : yield* sought(through, pin)
      if (Option.isSome(known)) return known.value
      const there = yield* Effect.mapError(openCopy(origin), (error) =>
        from(error._tag === "NotAPond" ? `no pond is there any more: ${error.why}` : error.message)
      )
      if (there.state.pondId !== pin.pond) {
        return yield* unavailable(pin, `the pond ${there.state.pondId} is there now`, CHANGED)
      }
      if (isAnew) yield* Effect.mapError(forgetCopy(names), ({ message }) => from(message))
      yield* Effect.mapError(bringNames(there, names), ({ message }) => from(message))
      const brought = yield* Effect.mapError(pinnedIn(through, pin), ({ message }) =>
        unavailable(pin, message, CHANGED)
      )
      return Option.isSome(brought)
        ? brought.value
        : yield* unavailable(pin, `txn ${pin.txn} there is not the one that was pinned`, CHANGED)
    })
  }
}
