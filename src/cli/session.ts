/**
 * What every command of one invocation shares: which pond is meant, whether the run is dry, how the answer is given.
 *
 * The engine is loaded when a pond is opened, not before: help and usage errors must not wait for it.
 */
import { Context, Effect, Layer, Option } from "effect"
import { Flag, GlobalFlag } from "effect/cli"
import { join, resolve } from "node:path"
import { QueryMemory } from "../query/allowance.ts"
import type { UnknownStoreUrl } from "../store/url.ts"
import type { LeaveOut, Transaction } from "../tinyfs/index.ts"
import type { openPlaces, Places } from "../tlogfs/places.ts"
import type { CommitFailure, PondInterface } from "../tlogfs/pond.ts"
import { Opened } from "./advice.ts"
import { Attention } from "./attention.ts"
import { type ConfigLayer, type Configured, configLayers, configured, nearestUpwards } from "./config/layers.ts"
import { reachOf } from "./config/reach.ts"
import type { Settings } from "./config/settings.ts"
import { toggle } from "./grammar.ts"
import { Output } from "./output.ts"

const pondFlag = GlobalFlag.Setting("pond")({
  flag: Flag.String("pond").pipe(
    Flag.withDescription("Where the pond is (POND_URL; else the nearest .pond upwards)"),
    Flag.withMetavar("URL"),
    Flag.optional
  )
})

const dryRunFlag = GlobalFlag.Setting("dry-run")({
  flag: toggle("dry-run", "Tell what would be done, and change nothing").pipe(Flag.withAlias("n"))
})

const jsonFlag = GlobalFlag.Setting("json")({ flag: toggle("json", "Answer in JSON, for programs") })

/** The flags that every command takes. */
export const GLOBAL_FLAGS = [pondFlag, dryRunFlag, jsonFlag] as const

/** Where instances of factories lie that run after each commit. */
const RUN_DIRECTORY = "/system/run"

/** What the pond's directory is called where nobody names one. */
export const POND_DIRECTORY = ".pond"

/** The attribute of the root that holds what people call the pond. */
export const POND_NAME = "name"

/** Where the pond is that a value of `url` means. */
export const placeFor = (url: string, directory: string): string => {
  if (url === "") return nearestUpwards(process.cwd(), POND_DIRECTORY) ?? join(process.cwd(), POND_DIRECTORY)
  return /^[a-z][a-z0-9+.-]+:/i.test(url) ? url : resolve(directory, url)
}

/** What a transaction is asked for: the command, its bare words as a list, its flags by name. */
export interface Request {
  readonly command: string
  readonly paths: ReadonlyArray<string>
  readonly [flag: string]: string | number | boolean | ReadonlyArray<string> | undefined
}

/** Whether anything runs after commits; where that cannot be told, the next commit tells. */
const hasRunDirectory = (pond: PondInterface): Effect.Effect<boolean> =>
  Effect.orElseSucceed(
    Effect.flatMap(pond.head, (head) => head.exists(RUN_DIRECTORY)),
    () => false
  )

/** What opening the pond can fail with. */
export type OpenFailure = UnknownStoreUrl | Effect.Error<ReturnType<typeof openPlaces>>

/** One invocation of the command. */
export class Session extends Context.Service<
  Session,
  {
    /** Where the pond is. */
    readonly url: string
    readonly isDryRun: boolean
    readonly isJson: boolean
    /** What is configured, and the same with where each value comes from. */
    readonly settings: Settings
    readonly configured: ReadonlyArray<Configured>
    /** Who changes things, as the history shall name them. */
    readonly author: string
    /** The places of the pond: in a dry run those that keep nothing. */
    readonly places: Effect.Effect<Places, UnknownStoreUrl>
    /** The pond, opened when it is asked for. */
    readonly pond: Effect.Effect<PondInterface, OpenFailure>
    /**
     * Runs a program in a transaction of the pond, and what runs after commits. The history keeps the request: nothing secret belongs
     * into it.
     */
    transaction<A, E, R>(
      request: Request,
      program: Effect.Effect<A, E, R>
    ): Effect.Effect<
      { readonly value: A; readonly txn: number | undefined },
      E | OpenFailure | CommitFailure,
      Exclude<R, Transaction>
    >
  }
>()("pond/cli/Session") {
  /** What is configured for code that takes it from where it runs. */
  static readonly settingsLayer = Layer.effect(
    QueryMemory,
    Effect.map(Session, ({ settings }) => settings["sql.memory"])
  )

  /** The session that the global flags, the environment and the current directory mean. */
  static readonly layer = Layer.effect(
    Session,
    Effect.gen(function* () {
      const context = yield* Effect.context<Attention | Output>()
      const given = yield* pondFlag
      const isDryRun = yield* dryRunFlag
      const isJson = yield* jsonFlag
      const { layers, warnings } = yield* configLayers({ directory: process.cwd(), environment: process.env })
      const { message } = yield* Output
      const { remember } = yield* Opened
      for (const warning of warnings) yield* message(`pond: ${warning}`)
      const flags: ConfigLayer = {
        origin: "--pond",
        directory: process.cwd(),
        values: Option.match(given, { onNone: () => ({}), onSome: (url) => ({ url }) })
      }
      const all = configured([...layers, flags])
      const settings = Object.fromEntries(all.map(({ key, value }) => [key, value])) as unknown as Settings
      const { author } = settings
      const url = placeFor(settings.url, all.find(({ key }) => key === "url")!.directory)
      const attention = yield* Attention
      const leftOut = new Set<string>()
      // Said once, however often a command walks.
      const leaveOut: LeaveOut = (path, error) =>
        Effect.gen(function* () {
          if (leftOut.has(path)) return
          leftOut.add(path)
          yield* message(`pond: ${path} is left out: ${error.message}`)
          yield* attention.note(path)
        })
      const engine = Effect.promise(() => import("../tlogfs/places.ts"))
      const places = yield* Effect.cached(
        Effect.flatMap(engine, ({ placesOf }) => placesOf(url, isDryRun, reachOf(settings)))
      )
      const pond = yield* Effect.cached(
        Effect.gen(function* () {
          const waitMs = settings["lock.wait"] * 1000
          const opened = yield* (yield* engine).openPlaces(yield* places, false, waitMs, leaveOut)
          // Where a pond is far away, nobody waits for hints.
          if (!(yield* places).data.capabilities.remote) yield* remember(opened)
          return opened
        })
      )
      return Session.of({
        url,
        isDryRun,
        isJson,
        settings,
        configured: all,
        author,
        places,
        pond,
        transaction: Effect.fnUntraced(function* (request, program) {
          const open = yield* pond
          const { committed, value } = yield* open.transaction(program, { author, request: JSON.stringify(request) })
          const isFollowed = Option.isSome(committed) && (yield* hasRunDirectory(open))
          if (isFollowed) {
            const { afterCommit } = yield* Effect.promise(() => import("./factories/after.ts"))
            const workplace = { author, environment: process.env, isDryRun, places: yield* places, pond: open }
            yield* Effect.provideContext(afterCommit(workplace, all), context)
          }
          return { value, txn: Option.getOrUndefined(Option.map(committed, ({ header }) => header.txn)) }
        })
      })
    })
  )
}
