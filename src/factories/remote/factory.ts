/**
 * The factory `remote`: another copy of this pond, at any URL, which is pushed to and pulled from.
 */
import { Effect, Result, Schema } from "effect"
import { defineCommand, defineFactory, type Instance } from "../contract.ts"
import { storeWithin } from "../../store/within.ts"
import { urlProblem } from "../../store/stores.ts"
import { readSelection, type Selection } from "../../tlogfs/replicate/selection.ts"
import { Stores } from "../stores.ts"
import { LIMITS, optionsOf } from "../reach.ts"
import { likeness, PARTIAL, RemoteConfig, remoteName } from "./config.ts"
import { ModeForbids, NameInvalid, RemoteUnsound, SelectionInvalid } from "./errors.ts"
import type { Known } from "./exchange.ts"
import { keptPieces } from "./kept.ts"
import { isUnsettled, linesOf, RemoteReport } from "./report.ts"

/** The stores of an instance, by the name under which this pond remembers the remote. */
const knownOf = Effect.fnUntraced(function* (
  config: RemoteConfig,
  { path }: Instance,
  limits: Pick<RemoteConfig, "limit_rate" | "limit_requests"> = {}
) {
  const name = remoteName(path.slice(path.lastIndexOf("/") + 1))
  if (Result.isFailure(name)) return yield* new NameInvalid({ path, why: name.failure })
  const stores = yield* Stores
  const bare = yield* stores.at(config.url, optionsOf({ ...config, ...limits }))
  const remote = keptPieces(bare, storeWithin(stores.control, "caches/remotes/"))
  return { name: name.success, own: stores.own, remote, bare } satisfies Known
})

/** What carries history: loaded when it is asked for, because every run of any factory knows this one. */
const exchange = Effect.promise(() => import("./exchange.ts"))

const forbidden = (config: RemoteConfig, { name }: Instance, command: string): Effect.Effect<void, ModeForbids> => {
  const mode = config.mode ?? "both"
  const isAllowed = mode === "both" || (mode === "backup") === (command === "push")
  return isAllowed ? Effect.void : Effect.fail(new ModeForbids({ remote: name, mode, command }))
}

const pushCommand = defineCommand<RemoteConfig>()({
  description: "Carry the transactions there that it lacks.",
  flags: {
    ...LIMITS,
    heal: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "Read everything there, and write again what is damaged or lost." })
    )
  },
  isReading: true,
  isNoted: true,
  report: RemoteReport,
  run: ({ config, flags, instance }) =>
    Effect.gen(function* () {
      yield* forbidden(config, instance, "push")
      return yield* (yield* exchange).push(yield* knownOf(config, instance, flags), flags.heal === true)
    }),
  lines: linesOf,
  needsAttention: isUnsettled
})

/** What may be said of which contents are pulled. */
type Partial = Pick<RemoteConfig, "path" | "since"> & { readonly all?: boolean }

/** Which contents are pulled: as the flags say, else as it is configured. */
const selectionOf = (config: RemoteConfig, flags: Partial): Effect.Effect<Selection | undefined, SelectionInvalid> => {
  const { path, since } = flags.path === undefined && flags.since === undefined ? config : flags
  const read = readSelection(flags.all === true ? {} : { paths: path, since })
  return Effect.fromResult(Result.mapError(read, (why) => new SelectionInvalid({ why })))
}

const pullCommand = defineCommand<RemoteConfig>()({
  description: "Bring the transactions here that this pond lacks.",
  flags: {
    expect: Schema.optionalKey(
      Schema.String.annotate({ description: "The root hash that must be there; otherwise nothing is taken." })
    ),
    ...LIMITS,
    ...PARTIAL,
    all: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "All contents, whatever is configured, and those that were left out." })
    ),
    heal: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "Read everything here, and write again what is damaged or lost." })
    )
  },
  isReading: true,
  isExclusive: true,
  isNoted: true,
  report: RemoteReport,
  run: ({ config, flags, instance }) =>
    Effect.gen(function* () {
      yield* forbidden(config, instance, "pull")
      return yield* (yield* exchange).pull(yield* knownOf(config, instance, flags), {
        expectedRoot: flags.expect,
        selection: yield* selectionOf(config, flags),
        isHealing: flags.heal === true
      })
    }),
  lines: linesOf,
  needsAttention: isUnsettled
})

const statusCommand = defineCommand<RemoteConfig>()({
  description: "Tell how this pond and the remote stand to each other.",
  flags: {},
  isReading: true,
  report: RemoteReport,
  run: ({ config, instance }) =>
    Effect.gen(function* () {
      return yield* (yield* exchange).compare(yield* knownOf(config, instance))
    }),
  lines: linesOf,
  needsAttention: isUnsettled
})

const verifyCommand = defineCommand<RemoteConfig>()({
  description: "Read everything at the remote and check it, as fsck does.",
  flags: {
    quick: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "Read no contents: only whether they are there." })
    )
  },
  isReading: true,
  isNoted: true,
  report: RemoteReport,
  run: ({ config, flags, instance }) =>
    Effect.gen(function* () {
      const known = yield* knownOf(config, instance)
      const report = yield* (yield* exchange).compare(known)
      if (report.state === "nothing pushed") return report
      const { fsck } = yield* Effect.promise(() => import("../../tlogfs/fsck/check.ts"))
      const { findings } = yield* fsck(known.bare, flags.quick === true)
      const damage = findings.filter(({ kind }) => kind !== "foreign").map(({ what, where }) => `${where}: ${what}`)
      return damage.length === 0 ? report : yield* new RemoteUnsound({ remote: known.remote.url, damage })
    }),
  lines: linesOf,
  needsAttention: isUnsettled
})

/** Why a remote cannot be beside others: names that are hard to tell apart, two defaults. */
const problemAmong = (
  config: RemoteConfig,
  others: ReadonlyArray<{ readonly path: string; readonly config: RemoteConfig }>,
  path: string
): string | undefined => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  const named = remoteName(name)
  if (Result.isFailure(named)) return named.failure
  // What the environment completes is judged when it is used.
  const isWhole = !`${config.url}${config.endpoint ?? ""}`.includes("${env:")
  const unreachable = isWhole ? urlProblem(config.url, optionsOf(config)) : undefined
  if (unreachable !== undefined) return unreachable
  for (const other of others) {
    const theirs = other.path.slice(other.path.lastIndexOf("/") + 1)
    if (likeness(theirs) === likeness(name)) return `${name} and ${other.path} are too much alike: choose another name`
    if (config.default === true && other.config.default === true) return `${other.path} is the default remote already`
  }
  const partial = readSelection({ paths: config.path, since: config.since })
  return Result.isFailure(partial) ? partial.failure : undefined
}

/** The remote copies of a pond. */
export const remote = defineFactory(
  {
    type: "remote",
    description: "Another copy of this pond: push to it, pull from it, verify it.",
    config: RemoteConfig,
    example: "offsite --url 's3://backups/ponds/web1?region=eu-central-1' --mode backup",
    bare: "status",
    problemAmong
  },
  { status: statusCommand, push: pushCommand, pull: pullCommand, verify: verifyCommand }
)
