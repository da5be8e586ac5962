/**
 * Syncs of a directory into a pond in memory, with faults of the host and another time.
 */
import { Effect, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { decoders } from "../../../src/formats/decoders.ts"
import type { EventTimeField } from "../../../src/factories/logfile/event-times.ts"
import { decodeFacts, encodeFacts } from "../../../src/factories/logfile/facts.ts"
import { sync } from "../../../src/factories/logfile/mirror.ts"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { type OpenTransaction, parseGlob } from "../../../src/tinyfs/index.ts"
import { openAt, type Snapshot } from "../../../src/tlogfs/pond.ts"
import { within } from "../tlogfs/open.ts"
import { type HostHooks, hookedHostFiles } from "./hooked.ts"

/** How one sync is run. */
export interface SyncOptions extends HostHooks {
  /** The time of the sync; by default the machine's. */
  readonly nowMs?: number
  readonly active?: string
  readonly archived?: string
  readonly isFull?: boolean
  readonly isFollowing?: boolean
  readonly eventTime?: EventTimeField
}

/** The pattern that matches just a path. */
export const escaped = (path: string): string => path.replace(/[\\*?[\]{}]/g, "\\$&")

/** Begins with a new pond. */
export const mirroring = async (directory: string) => {
  const disk = new MemoryDisk()
  const store = memoryStore(disk)
  const pond = await Effect.runPromise(openAt(store, true, undefined))
  const own = escaped(directory)
  let record: Uint8Array | undefined

  const synced = ({ active, archived, eventTime, isFollowing = false, isFull = false, nowMs, ...hooks }: SyncOptions) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(nowMs ?? Date.now())
      const mirror = {
        active: Result.getOrThrow(parseGlob(active ?? join(own, "app.json"))),
        archived: Result.getOrThrow(parseGlob(archived ?? join(own, "app-*"))),
        directory: "/logs",
        isFollowing,
        isFull,
        ...(eventTime === undefined ? {} : { eventTime }),
        decoderOf: decoders()
      }
      return yield* within(pond, (open) => sync(mirror, open, decodeFacts(record)))
    }).pipe(Effect.provide([hookedHostFiles(hooks), TestClock.layer()]))

  const run = <A, E>(look: (head: Snapshot) => Effect.Effect<A, E>): Promise<A> =>
    Effect.runPromise(Effect.flatMap(pond.head, look))

  return {
    pond,
    run,
    sync: async (options: SyncOptions = {}) => {
      const { committed, value } = await Effect.runPromise(synced(options))
      record = encodeFacts(value.facts)
      const codes = Object.fromEntries(value.outcomes.map(({ code, name }) => [name, code as string]))
      return { codes, isCommitted: Option.isSome(committed) }
    },
    failure: async (options: SyncOptions): Promise<string> =>
      (await Effect.runPromise(Effect.flip(synced(options)))).message,
    change: (program: (open: OpenTransaction) => Effect.Effect<unknown, unknown>) =>
      Effect.runPromise(within(pond, program)),
    read: (name: string, version?: number): Promise<Buffer | undefined> =>
      run((head) =>
        Effect.gen(function* () {
          const path = `/logs/${name}`
          if (!(yield* head.exists(path))) return undefined
          return Buffer.from(yield* head.readBytes(path, version === undefined ? {} : { version }))
        })
      ),
    list: (): Promise<ReadonlyArray<string>> =>
      run((head) =>
        Effect.gen(function* () {
          if (!(yield* head.exists("/logs"))) return []
          return (yield* head.list("/logs")).map(({ node }) => node.name)
        })
      ),
    damageRecord: (damage: (record: Uint8Array) => unknown): void => void damage(record!),
    storedBytes: (): number => {
      let sum = 0
      for (const key of disk.keys()) sum += disk.read(key)!.bytes.length
      return sum
    },
    writeBytes: (name: Uint8Array): void =>
      writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), "something")
  }
}

/** A mirror of a directory. */
export type Mirroring = Awaited<ReturnType<typeof mirroring>>
