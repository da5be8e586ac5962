/**
 * A Delta table in a store: create it, open it, read its versions, commit, and keep it in shape.
 *
 * The handle remembers the newest state that it saw. Asking for the head costs two requests when nobody committed; commits of one
 * process queue up, so that they do not race each other. Everything underneath is a function over a `Log`, for those who keep
 * their own state.
 */
import { Clock, Effect, Option, Ref, Semaphore } from "effect"
import type { Stream } from "effect"
import type { StoreError } from "../store/errors.ts"
import type { Action, DomainMetadata, Metadata } from "./actions.ts"
import { writeCheckpoint } from "./checkpoint.ts"
import type { CheckpointWritten } from "./checkpoint.ts"
import { cleanUpLog } from "./cleanup.ts"
import type { CleanedUp } from "./cleanup.ts"
import { commitLog } from "./commit.ts"
import type { CommitDraft, CommitError, Committed } from "./commit.ts"
import { TableExists } from "./errors.ts"
import type { LogDamaged, LogError, MissingVersion, ReadError, UnsupportedFeature } from "./errors.ts"
import { newProtocol } from "./features.ts"
import { versionAt } from "./history.ts"
import { listLog } from "./log.ts"
import type { Log } from "./log.ts"
import { openLog, refresh, requireReadable } from "./open.ts"
import { scan } from "./scan.ts"
import type { Batch, ScanOptions } from "./scan.ts"
import { encodeSchema } from "./schema.ts"
import type { StructType } from "./schema.ts"
import type { Snapshot } from "./snapshot.ts"
import { randomUuid } from "./uuid.ts"
import { vacuum } from "./vacuum.ts"
import type { Vacuumed, VacuumOptions } from "./vacuum.ts"

/** What a new table is. */
export interface NewTable {
  readonly schema: StructType
  readonly name?: string
  readonly description?: string
  readonly partitionColumns?: ReadonlyArray<string>
  /** Table properties; in-commit timestamps are enabled unless they say otherwise. */
  readonly configuration?: ReadonlyMap<string, string>
  /** Writer features of the caller; programs that do not know one refuse to write to the table. */
  readonly ownFeatures?: ReadonlyArray<string>
  readonly domains?: ReadonlyArray<DomainMetadata>
}

/** An open table. */
export interface Table {
  readonly log: Log
  /** The newest state; looks for what others committed. */
  readonly head: Effect.Effect<Snapshot, LogDamaged | UnsupportedFeature | StoreError>
  /** The state at a version. */
  readonly at: (version: number) => Effect.Effect<Snapshot, LogError | MissingVersion>
  /** The state that was the newest at an instant, milliseconds since 1970. */
  readonly asOf: (timeMs: number) => Effect.Effect<Snapshot, LogError | MissingVersion>
  /**
   * Commits on top of `base`: a state that was current before the first file of the commit was written. See `commitLog`.
   */
  readonly commit: <E = never, R = never>(
    base: Snapshot,
    draft: CommitDraft<E, R>
  ) => Effect.Effect<Committed, CommitError | E, R>
  /** The rows of a state. */
  readonly scan: <E = never>(snapshot: Snapshot, options?: ScanOptions<E>) => Stream.Stream<Batch, ReadError | E>
  /** Writes a checkpoint of the newest state. */
  readonly checkpoint: Effect.Effect<CheckpointWritten, LogDamaged | UnsupportedFeature | StoreError>
  /** Deletes unused data files. */
  readonly vacuum: (options?: VacuumOptions) => Effect.Effect<Vacuumed, CommitError>
  /** Removes old entries of the log. */
  readonly cleanUp: (options?: {
    readonly retentionMs?: number
  }) => Effect.Effect<CleanedUp, LogDamaged | UnsupportedFeature | StoreError>
}

/** The first commit of a table. */
const creation = Effect.fnUntraced(function* (definition: NewTable): Effect.fn.Return<ReadonlyArray<Action>> {
  const { configuration, description, domains = [], name, ownFeatures, partitionColumns = [], schema } = definition
  const metaData: Metadata = {
    id: yield* randomUuid,
    name,
    description,
    format: { provider: "parquet", options: new Map() },
    schemaString: encodeSchema(schema),
    partitionColumns,
    configuration: new Map([["delta.enableInCommitTimestamps", "true"], ...(configuration ?? [])]),
    createdTime: BigInt(yield* Clock.currentTimeMillis)
  }
  const protocol = newProtocol(schema, ownFeatures)
  return [{ protocol }, { metaData }, ...domains.map((domainMetadata) => ({ domainMetadata }))]
})

/** The handle of a table whose newest known state is this one. */
const tableFrom = Effect.fnUntraced(function* (log: Log, first: Snapshot): Effect.fn.Return<Table> {
  const newest = yield* Ref.make(first)
  const queue = yield* Semaphore.make(1)
  const remember = (snapshot: Snapshot) =>
    Ref.update(newest, (known) => (snapshot.version > known.version ? snapshot : known))

  const head = Effect.gen(function* () {
    const known = yield* Ref.get(newest)
    const snapshot = Option.getOrElse(yield* refresh(log, known), () => known)
    if (snapshot.protocol !== known.protocol || snapshot.metadata !== known.metadata) {
      yield* requireReadable(log, snapshot)
    }
    yield* remember(snapshot)
    return snapshot
  })

  return {
    log,
    head,
    at: (version) => openLog(log, version),
    asOf: (timeMs) =>
      Effect.gen(function* () {
        const version = yield* versionAt(log, yield* head, timeMs)
        return yield* openLog(log, version)
      }),
    commit: (base, draft) =>
      queue.withPermit(Effect.tap(commitLog(log, base, draft), ({ snapshot }) => remember(snapshot))),
    scan: (snapshot, options) => scan(log, snapshot, options),
    checkpoint: Effect.gen(function* () {
      const written = yield* writeCheckpoint(log, yield* head)
      // Same version, fewer tombstones.
      yield* Ref.update(newest, (known) => (known.version === written.version ? written.snapshot : known))
      return written
    }),
    vacuum: (options) =>
      Effect.gen(function* () {
        const vacuumed = yield* vacuum(log, yield* head, options)
        yield* remember(vacuumed.snapshot)
        return vacuumed
      }),
    cleanUp: (options) => Effect.flatMap(head, (snapshot) => cleanUpLog(log, snapshot, options))
  }
})

/** Opens a table at its newest version. */
export const openTable = Effect.fn("delta.openTable")(function* (
  log: Log
): Effect.fn.Return<Table, LogError | MissingVersion> {
  return yield* tableFrom(log, yield* openLog(log))
})

/** Creates a table in an empty place; of several who try, one succeeds. */
export const createTable = Effect.fn("delta.createTable")(function* (
  log: Log,
  definition: NewTable
): Effect.fn.Return<Table, CommitError | TableExists> {
  const { url } = log.store
  const { checkpoints, entries } = yield* listLog(log)
  if (entries.length > 0 || checkpoints.length > 0) return yield* new TableExists({ url })
  const draft = {
    operation: "CREATE TABLE",
    actions: yield* creation(definition),
    ...(definition.ownFeatures === undefined ? {} : { ownFeatures: definition.ownFeatures })
  }
  const { snapshot } = yield* commitLog(log, undefined, draft).pipe(
    Effect.catchTag("CommitConflict", () => Effect.fail(new TableExists({ url })))
  )
  return yield* tableFrom(log, snapshot)
})
