/**
 * A pond with its factories: what programs open. It runs instances, and lets run by itself after commits what does.
 */
import { Context, Effect, Layer, Option } from "effect"
import { memoryStore } from "../store/memory/store.ts"
import type { Committed, LeaveOut, Transaction, TransactionOptions } from "../tinyfs/index.ts"
import { dryPlaces, openPlaces, type Places, placesOf } from "../tlogfs/places.ts"
import type { CommitFailure, PondInterface } from "../tlogfs/pond.ts"
import { runAfterCommit, runInstance } from "./after.ts"
import type { Environment } from "./config.ts"
import { putNew } from "./instance.ts"
import { type AfterRun, encodeOutcome, type RunReport } from "./outcome.ts"
import { Factories } from "./registry.ts"
import { Workplace } from "./workplace.ts"

/** How an instance is run. */
export interface RunOptions {
  /** The command's flags by name. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** Tells what the run would do, and changes nothing (R8). */
  readonly dryRun?: boolean
  /** Who runs it, as the history shall name them. */
  readonly author?: string
  /** What stands for `${env:…}` in configurations; by default the environment of this process. */
  readonly environment?: Environment
}

/** What running an instance can fail with, beyond what its factory can. */
export type RunFailure = Effect.Error<ReturnType<typeof runInstance>> | Effect.Error<ReturnType<typeof openPlaces>>

/** What making an instance can fail with. */
export type AddFailure = Effect.Error<ReturnType<typeof putNew>> | CommitFailure

/** What came of a transaction, and of what ran after it. */
export interface FollowedOutcome<A> {
  readonly value: A
  readonly committed: Option.Option<Committed>
  readonly after: ReadonlyArray<AfterRun>
}

/** An open pond with its factories. */
export interface FactoryPond extends PondInterface {
  /** Runs a program inside a transaction, and after its commit, on a primary, the instances in `/system/run`. */
  transaction<A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: TransactionOptions
  ): Effect.Effect<FollowedOutcome<A>, E | CommitFailure, Exclude<R, Transaction>>
  /** Makes an instance of a factory from YAML, or from keys and values: at a path, or by a bare name in `/system/etc`. */
  add(type: string, name: string, config: string | Readonly<Record<string, unknown>>): Effect.Effect<string, AddFailure>
  /** Runs an instance by its path or bare name; without a command what its factory does when none is named. */
  run(instance: string, command?: string, options?: RunOptions): Effect.Effect<RunReport, RunFailure>
}

/** The pond, with its factories, that a program works with. */
export class Pond extends Context.Service<Pond, FactoryPond>()("pond/Pond") {
  /**
   * Opens the pond at a URL, or in a directory; with `create` it is made if there is none, with `dryRun` everything is done to a copy that is
   * forgotten (R8). Further factories come from a layer of `Factories`, where there is one. Walks tell `leaveOut` of imports that cannot be
   * read and go on; without it they fail.
   */
  static readonly layer = (options: {
    readonly url: string
    readonly create?: boolean
    readonly dryRun?: boolean
    readonly leaveOut?: LeaveOut
  }) =>
    Layer.effect(
      Pond,
      Effect.gen(function* () {
        const isDryRun = options.dryRun === true
        const places = yield* placesOf(options.url, isDryRun)
        return yield* openOver(places, isDryRun, options.create === true, options.leaveOut)
      })
    )

  /** A new, empty pond in memory. */
  static readonly layerMemory = Layer.effect(
    Pond,
    Effect.suspend(() => openOver(memoryPlaces(), false, true))
  )
}

const memoryPlaces = (): Places => {
  const data = memoryStore()
  return {
    url: "memory:",
    data,
    bare: data,
    control: memoryStore(),
    local: memoryStore(),
    lockDirectory: undefined,
    cacheDirectory: undefined,
    reach: {}
  }
}

const openOver = Effect.fnUntraced(function* (
  places: Places,
  isDry: boolean,
  isCreating: boolean,
  leaveOut?: LeaveOut
) {
  const pond = yield* openPlaces(places, isCreating, undefined, leaveOut)
  const further = yield* Effect.serviceOption(Factories)
  const registry = yield* Option.match(further, {
    onNone: () => Effect.provide(Factories, Factories.layer()),
    onSome: Effect.succeed
  })
  const workingIn = (options: RunOptions, over: Places, isDryRun: boolean, base: PondInterface) =>
    Context.make(Factories, registry).pipe(
      Context.add(Workplace, {
        pond: base,
        places: over,
        isDryRun,
        author: options.author ?? "",
        environment: options.environment ?? process.env
      })
    )

  const run = Effect.fn("Pond.run")(function* (instance: string, command?: string, options: RunOptions = {}) {
    const isOverlaid = options.dryRun === true && !isDry
    const over = isOverlaid ? dryPlaces(places) : places
    const base = isOverlaid ? yield* openPlaces(over) : pond
    const asked = { instance, command, flags: options.flags }
    const outcome = yield* Effect.provide(runInstance(asked), workingIn(options, over, isDry || isOverlaid, base))
    return encodeOutcome(outcome)
  })

  const transaction = Effect.fnUntraced(function* <A, E, R>(
    program: Effect.Effect<A, E, R>,
    options?: TransactionOptions
  ) {
    const outcome = yield* pond.transaction(program, options)
    if (Option.isNone(outcome.committed)) return { ...outcome, after: [] }
    const by = options?.author === undefined ? {} : { author: options.author }
    return { ...outcome, after: yield* Effect.provide(runAfterCommit(), workingIn(by, places, isDry, pond)) }
  })

  const add: FactoryPond["add"] = (type, name, config) => {
    const text = typeof config === "string" ? config : JSON.stringify(config)
    const made = putNew({ type, name, config: new TextEncoder().encode(text) })
    return Effect.map(transaction(made), ({ value }) => value).pipe(Effect.provideService(Factories, registry))
  }

  return Pond.of({ ...pond, transaction, add, run })
})
