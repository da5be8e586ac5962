/**
 * `--attach NAME=URL`: other ponds that a statement may name. Each is opened when the statement does name it, with what is configured for this machine; a
 * statement never sees where it is.
 */
import { Effect, Option } from "effect"
import { readConfig } from "../../factories/config.ts"
import { importing } from "../../factories/imports/factory.ts"
import { allInstances } from "../../factories/instance.ts"
import { optionsOf } from "../../factories/reach.ts"
import type { RemoteConfig } from "../../factories/remote/config.ts"
import { remote } from "../../factories/remote/factory.ts"
import { type Attached, type AttachedPond, attachProblem } from "../../query/sources.ts"
import { mergedOptions, type StoreOptions } from "../../store/options.ts"
import type { PondInterface } from "../../tlogfs/pond.ts"
import { openPlaces, placesOf } from "../../tlogfs/places.ts"
import { reachOf } from "../config/reach.ts"
import { parsePoint, type Point, snapshotAt } from "../diff/point.ts"
import { WrongUsage } from "../failure.ts"
import { placeFor, Session } from "../session.ts"

type State = Exclude<Point, { readonly kind: "path" }>

/** What was given to one `--attach`. */
interface Given {
  readonly name: string
  /** Undefined: the remote or import of that name. */
  readonly url: string | undefined
  readonly state: State | undefined
}

/** Reads `NAME=URL`, `NAME=URL@POINT`, `NAME=@POINT` or `NAME`; text is what is wrong with it. */
export const parseAttach = (text: string): Given | string => {
  const equals = text.indexOf("=")
  const name = equals < 0 ? text : text.slice(0, equals)
  const problem = attachProblem(name)
  if (problem !== undefined) return problem
  if (equals < 0) return { name, url: undefined, state: undefined }
  const place = text.slice(equals + 1)
  if (place === "") return `${JSON.stringify(text)} names no pond: a directory or a URL is missing`
  const [, url = place, point] = /^(.*)@([^@/]+)$/su.exec(place) ?? []
  const state = point === undefined ? undefined : parsePoint(point)
  return state === undefined || state.kind === "path" ? { name, url: place, state: undefined } : { name, url, state }
}

/** Where the remote or import of a name is, and how it is reached. */
const configuredPlace = Effect.fnUntraced(function* (name: string) {
  const all = yield* allInstances(yield* (yield* (yield* Session).pond).head)
  const found = all.find((one) => one.node.name === name && [remote.type, importing.type].includes(one.node.factory))
  if (found === undefined) {
    const problem = `${JSON.stringify(name)} is no remote of this pond: give its place, as in --attach ${name}=s3://bucket/prefix`
    return yield* new WrongUsage({ problem, command: "pond sql" })
  }
  const factory = found.node.factory === remote.type ? remote : importing
  const config = yield* readConfig(factory, found.path, found.node.config, process.env)
  const { url, ...reach } = config as RemoteConfig
  return { url, options: optionsOf(reach) }
})

/** Opens what was meant, in the state that was meant. */
const opened = Effect.fnUntraced(function* ({ name, state, url }: Given, time: State | undefined) {
  const { isDryRun, pond: own, settings } = yield* Session
  let pond: PondInterface
  if (url === "") pond = yield* own
  else {
    const place: { readonly url: string; readonly options: StoreOptions } =
      url === undefined ? yield* configuredPlace(name) : { url, options: {} }
    const reach = mergedOptions(reachOf(settings), place.options)
    const places = yield* placesOf(placeFor(place.url, process.cwd()), isDryRun, reach)
    pond = yield* openPlaces(places, false, settings["lock.wait"] * 1000)
  }
  const asked = state ?? time
  return { pond, snapshot: yield* asked === undefined ? pond.head : snapshotAt(pond, asked) } satisfies AttachedPond
})

/** The ponds that a statement may name. A time of `--at` holds for all of them, a transaction only for the pond itself. */
export const attachedPonds = Effect.fnUntraced(function* (texts: ReadonlyArray<string>, at: Option.Option<string>) {
  const context = yield* Effect.context<Session>()
  const point = Option.map(at, parsePoint)
  const time = Option.isSome(point) && point.value.kind === "time" ? point.value : undefined
  const attached: Record<string, Attached[string]> = {}
  for (const text of texts) {
    const given = parseAttach(text)
    const wrong = (problem: string) => new WrongUsage({ problem, command: "pond sql" })
    if (typeof given === "string") return yield* wrong(given)
    if (Object.hasOwn(attached, given.name)) return yield* wrong(`two ponds are called ${JSON.stringify(given.name)}`)
    attached[given.name] = yield* Effect.cached(Effect.provideContext(opened(given, time), context))
  }
  return attached satisfies Attached
})
