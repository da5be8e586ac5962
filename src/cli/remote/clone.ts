/**
 * Copying a whole pond: under a name of its own until it is complete, so that half a copy never looks like a whole one.
 */
import { Effect, Result, Schema } from "effect"
import { existsSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { optionsOf, RemoteConfig } from "../../factories/remote/config.ts"
import { memoryStore } from "../../store/memory/store.ts"
import { mergedOptions } from "../../store/options.ts"
import { storeAt } from "../../store/stores.ts"
import { createPond, openTip, placesAt, replicate, setRole, tableUrl, Tip } from "../../tlogfs/index.ts"
import { reachOf } from "../config/reach.ts"
import { WrongUsage } from "../failure.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"

/** What `pond clone --json` prints. */
export const CloneReport = Schema.Struct({
  url: Schema.String,
  directory: Schema.String,
  pond: Schema.String,
  tip: Tip,
  blobs: Schema.Int,
  bytes: Schema.Int.annotate({ description: "of blobs, as they are stored" })
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
  reach: Readonly<Record<string, unknown>>
) {
  const { isDryRun, settings } = yield* Session
  const said = Schema.decodeResult(RemoteConfig)({ url, ...reach })
  if (Result.isFailure(said)) return yield* new WrongUsage({ problem: said.failure.message, command: "pond clone" })
  const directory = resolve(given)
  if (existsSync(directory)) return yield* new PlaceTaken({ directory })
  const source = yield* storeAt(tableUrl(url), mergedOptions(reachOf(settings), optionsOf(said.success)))
  const { pondId } = yield* openTip(source)
  const unfinished = join(dirname(directory), `.${basename(directory)}.cloning`)
  const places = placesAt(unfinished)
  const target = isDryRun ? memoryStore() : places.data
  yield* Effect.catchTag(createPond(target, pondId), "PondExists", () => Effect.void)
  const { after, carried } = yield* replicate(source, target)
  if (!isDryRun) {
    yield* setRole(places.local, "replica")
    yield* Effect.sync(() => {
      rmSync(join(unfinished, "control"), { recursive: true, force: true })
      renameSync(unfinished, directory)
    })
  }
  const report = { url: source.url, directory, pond: pondId, tip: after, ...carried }
  yield* present(CloneReport, report, () => [
    `Copied ${source.url} to ${directory}: txn ${after.txn}, root ${after.root}`,
    "It is a replica: nothing in it runs by itself until `pond promote`"
  ])
})
