/**
 * The imports of a pond, and what they show: as its own nodes say, without asking anybody else.
 */
import { Effect, Option, Schema } from "effect"
import { checkConfig } from "../../factories/config.ts"
import type { ImportConfig } from "../../factories/imports/config.ts"
import { importing } from "../../factories/imports/factory.ts"
import { allInstances } from "../../factories/instance.ts"
import { publicUrl } from "../../store/url.ts"
import { isMount } from "../../tinyfs/index.ts"
import { pinOf } from "../../tlogfs/imports/pin.ts"
import { Tip } from "../../tlogfs/replicate/errors.ts"
import { Session } from "../session.ts"
import { exactTime, formatDuration, toSecond } from "../text/units.ts"

/** An import by its name; the configuration only where it is valid. */
export interface NamedImport {
  readonly name: string
  readonly path: string
  readonly config: ImportConfig | undefined
}

/** The imports of the pond. */
export const imports = Effect.fnUntraced(function* () {
  const pond = yield* (yield* Session).pond
  const all = yield* allInstances(yield* pond.head)
  return yield* Effect.forEach(
    all.filter(({ node }) => node.factory === importing.type),
    ({ node, path }) =>
      Effect.map(Effect.option(checkConfig(importing, path, node.config)), (config): NamedImport => ({
        path,
        name: node.name,
        config: Option.getOrUndefined(config) as ImportConfig | undefined
      }))
  )
})

/** The mount of an import, if it is there, and what it pins. */
export const mountOf = Effect.fnUntraced(function* ({ config }: NamedImport) {
  if (config === undefined) return undefined
  const head = yield* (yield* (yield* Session).pond).head
  const node = Option.getOrUndefined(yield* Effect.orElseSucceed(head.find(config.path), Option.none))
  const pin = node === undefined || !isMount(node) ? undefined : Option.getOrUndefined(pinOf(node))
  return node === undefined || pin === undefined ? undefined : { node, pin }
})

/** What the mount of an import shows, if it is there. */
export const shownBy = (one: NamedImport) =>
  Effect.map(mountOf(one), (found) =>
    found === undefined ? null : { txn: found.pin.txn, chain: found.pin.chain, root: found.pin.root }
  )

/** One import in reports of the state of a pond. */
export const ImportState = Schema.Struct({
  name: Schema.String,
  path: Schema.NullOr(Schema.String).annotate({ description: "where it appears" }),
  url: Schema.NullOr(Schema.String),
  state: Schema.Literals(["mounted", "not mounted", "not valid"]).annotate({
    description: "not mounted: it was never pulled, or its node was moved or removed"
  }),
  mode: Schema.NullOr(Schema.Literals(["lazy", "whole"])),
  pond: Schema.NullOr(Schema.String),
  shown: Schema.NullOr(Tip).annotate({ description: "the transaction of the other pond that is shown" }),
  time: Schema.NullOr(Schema.String).annotate({ description: "when that transaction was" }),
  pinned: Schema.NullOr(Schema.String).annotate({ description: "when this pond began to show it" })
})
/** One import in reports of the state of a pond. */
export type ImportState = typeof ImportState.Type

/** What the imports of the pond show, as their mounts say: nobody else is asked. */
export const importStates = Effect.fnUntraced(function* () {
  return yield* Effect.forEach(yield* imports(), (one) =>
    Effect.map(mountOf(one), (found): ImportState => {
      const { config, name } = one
      const configured = { name, path: config?.path ?? null, url: config === undefined ? null : publicUrl(config.url) }
      if (found === undefined) {
        const state = config === undefined ? "not valid" : "not mounted"
        return { ...configured, state, mode: null, pond: null, shown: null, time: null, pinned: null }
      }
      const { chain, mode, pond, root, time, txn } = found.pin
      return {
        ...configured,
        state: "mounted",
        mode,
        pond,
        shown: { txn, chain, root },
        time: time === undefined ? null : exactTime(time),
        pinned: exactTime(found.node.timeMicros)
      }
    })
  )
})

/** An import for people: where, what of which time, and how. */
export const importRow = (one: ImportState, nowMs: number): ReadonlyArray<string> => {
  const { mode, name, path, shown, state, time, url } = one
  if (shown === null)
    return [path ?? name, state === "not valid" ? "its configuration is not valid" : state, "", url ?? ""]
  const age = time === null ? "" : `, ${formatDuration(Math.max(0, nowMs - Date.parse(time)))} old`
  return [path ?? name, mode ?? "", `txn ${shown.txn}${time === null ? "" : `, ${toSecond(time)}`}${age}`, url ?? ""]
}
