/**
 * Copying a whole pond: under a name of its own until it is complete, so that half a copy never looks like a whole one.
 */
import { Effect, Result, Schema } from "effect"
import { existsSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { optionsOf } from "../../factories/reach.ts"
import { RemoteConfig } from "../../factories/remote/config.ts"
import { damageLines, DamagedFiles } from "../../factories/remote/report.ts"
import { memoryStore } from "../../store/memory/store.ts"
import { overlayStore } from "../../store/overlay/store.ts"
import { mergedOptions } from "../../store/options.ts"
import { storeAt } from "../../store/stores.ts"
import { createPond, openCopy, placesAt, readSelection, replicate, setRole, tableUrl, Tip } from "../../tlogfs/index.ts"
import { reachOf } from "../config/reach.ts"
import { NeedsAttention, WrongUsage } from "../failure.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"

/** What `pond clone --json` prints. */
export const CloneReport = Schema.Struct({
  url: Schema.String,
  directory: Schema.String,
  pond: Schema.String,
  tip: Tip,
  blobs: Schema.Int,
  bytes: Schema.Int.annotate({ description: "of blobs, as they are stored" }),
  damaged: Schema.optionalKey(DamagedFiles)
})

/** There is something where the copy should go. */
export class PlaceTaken extends Schema.TaggedError<PlaceTaken>()("PlaceTaken", { directory: Schema.String }) {
  override get message(): string {
    return `${JSON.stringify(this.directory)} exists already: name a directory that is not there yet`
  }
}

/** Copies the pond at a URL into a directory. An interrupted copy is carried on by the next one. */
export const clone = Effect.fn("pond.clone")(function* (
  url: string,
  given: string,
  how: Readonly<Record<string, unknown>>,
  expectedRoot: string | undefined
) {
  const { isDryRun, settings } = yield* Session
  const wrong = (problem: string) => new WrongUsage({ problem, command: "pond clone" })
  const said = Schema.decodeResult(RemoteConfig)({ url, ...how })
  if (Result.isFailure(said)) return yield* wrong(said.failure.message)
  const selection = readSelection({ paths: said.success.path, since: said.success.since })
  if (Result.isFailure(selection)) return yield* wrong(selection.failure)
  const directory = resolve(given)
  if (existsSync(directory)) return yield* new PlaceTaken({ directory })
  const source = yield* storeAt(tableUrl(url), mergedOptions(reachOf(settings), optionsOf(said.success)))
  const from = yield* openCopy(source)
  const { pondId } = from.state
  const unfinished = join(dirname(directory), `.${basename(directory)}.cloning`)
  const places = placesAt(unfinished)
  const target = isDryRun ? overlayStore(memoryStore()) : places.data
  yield* Effect.catchTag(createPond(target, pondId), "PondExists", () => Effect.void)
  const { after, carried, damaged } = yield* replicate(source, target, {
    from,
    expectedRoot,
    selection: selection.success,
    isCompleting: selection.success === undefined,
    isSparing: true,
    // A dry run checks the history, and moves no contents.
    isMeasuring: isDryRun
  })
  if (!isDryRun) {
    yield* setRole(places.local, "replica")
    yield* Effect.sync(() => {
      rmSync(join(unfinished, "control"), { recursive: true, force: true })
      renameSync(unfinished, directory)
    })
  }
  const report = {
    url: source.url,
    directory,
    pond: pondId,
    tip: after,
    ...carried,
    ...(damaged.length === 0 ? {} : { damaged })
  }
  yield* present(CloneReport, report, () => [
    `${isDryRun ? "Would copy" : "Copied"} ${source.url} to ${directory}: txn ${after.txn}, root ${after.root}`,
    ...damageLines(source.url, damaged),
    "It is a replica: nothing in it runs by itself until `pond promote`"
  ])
  if (damaged.length > 0) return yield* new NeedsAttention({ what: directory })
})
