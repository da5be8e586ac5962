/**
 * Mirrors in ponds, as the cases of the policy run them: each sync is told beforehand by a dry run that touches nothing (R8), and followed
 * by maintenance that keeps no grace.
 */
import { Effect, Option, Result, Stream } from "effect"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decoders } from "../../../src/formats/decoders.ts"
import type { Facts } from "../../../src/factories/logfile/facts.ts"
import { type Mirror, sync } from "../../../src/factories/logfile/mirror.ts"
import { reportOf } from "../../../src/factories/logfile/report.ts"
import { parseGlob } from "../../../src/tinyfs/index.ts"
import { maintain } from "../../../src/tlogfs/maintain.ts"
import { dryPlaces, openPlaces, type Places, placesAt } from "../../../src/tlogfs/places.ts"
import type { PondInterface } from "../../../src/tlogfs/pond.ts"
import { within } from "../tlogfs/open.ts"
import type { CaseMirror, Hooks, MakeMirror } from "./cases.ts"
import { hookedHostFiles } from "./hooked.ts"
import type { HostOperation } from "./host.ts"
import { escaped } from "./mirroring.ts"

/** Everything that can be told of a directory: names, sizes, times, bytes. */
const fingerprint = (directory: string): string => {
  const digest = createHash("sha256")
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const { mtimeNs, size } = statSync(path, { bigint: true })
    digest.update(`${path}\0${size}\0${mtimeNs}\n`)
    if (entry.isFile()) digest.update(readFileSync(path))
  }
  return digest.digest("hex")
}

/** The host with the hooks of a case; no file may be opened twice. */
const hostOf = (hooks: Hooks, doHooks: (operations: ReadonlyArray<HostOperation>) => void) => {
  const opened = new Set<string>()
  return hookedHostFiles({
    afterList: () => doHooks(hooks.afterList ?? []),
    afterOpen: (name) => {
      if (opened.has(name)) throw new Error(`${name} is opened twice in one sync`)
      opened.add(name)
      doHooks(hooks.afterOpen?.[name] ?? [])
    }
  })
}

/** One sync through a pond: its report, what it remembers, and whether it committed. */
const syncOnce = (pond: PondInterface, mirror: Mirror, facts: Facts, host: ReturnType<typeof hostOf>) =>
  within(pond, (transaction) => sync(mirror, transaction, facts)).pipe(
    Effect.map(({ committed, value }) => ({
      facts: value.facts,
      report: reportOf(value.outcomes, mirror.directory),
      committed: Option.isSome(committed)
    })),
    Effect.provide(host)
  )

/** Runs a sync that must leave the pond as it is, and gives what it would report. */
const foretell = async (places: Places, mirror: Mirror, facts: Facts) => {
  const before = fingerprint(places.url)
  const pond = await Effect.runPromise(openPlaces(dryPlaces(places)))
  const told = await Effect.runPromise(syncOnce(pond, mirror, facts, hookedHostFiles({})))
  if (fingerprint(places.url) !== before) throw new Error("a dry run changed the pond")
  return { report: told.report, committed: told.committed }
}

/** A mirror in a directory of its own; what it remembers of files is remembered between syncs. */
export const storedMirror: MakeMirror = async (directory, { active, archived, compressed }) => {
  const url = mkdtempSync(join(tmpdir(), "pond-mirror-"))
  const places = placesAt(url)
  const pond = await Effect.runPromise(openPlaces(places, true))
  const mirror: Mirror = {
    active: Result.getOrThrow(parseGlob(join(escaped(directory), active))),
    archived: Result.getOrThrow(parseGlob(join(escaped(directory), archived))),
    directory: "/logs",
    isFollowing: false,
    isFull: false,
    decoderOf: compressed === "opaque" ? () => undefined : decoders()
  }
  let facts: Facts = new Map()

  const syncAndTell: CaseMirror["sync"] = async (hooks, doHooks) => {
    // What others do in the middle of a sync they do once.
    const foretold = Object.keys(hooks).length > 0 ? undefined : await foretell(places, mirror, facts)
    const { facts: next, ...synced } = await Effect.runPromise(syncOnce(pond, mirror, facts, hostOf(hooks, doHooks)))
    if (foretold !== undefined && JSON.stringify(foretold) !== JSON.stringify(synced)) {
      throw new Error(`a dry run foretold ${JSON.stringify(foretold)}, and it came to ${JSON.stringify(synced)}`)
    }
    facts = next
    await Effect.runPromise(maintain(places.data, 0))
    const report = Object.fromEntries(synced.report.files.map(({ name, outcome }) => [name, outcome]))
    return { report, committed: synced.committed }
  }

  const read = (name: string) =>
    Effect.gen(function* () {
      const head = yield* pond.head
      if (!(yield* head.exists(`/logs/${name}`))) return undefined
      return yield* Stream.mkUint8Array(head.read(`/logs/${name}`))
    })
  const list = Effect.gen(function* () {
    const head = yield* pond.head
    if (!(yield* head.exists("/logs"))) return []
    return (yield* head.list("/logs")).map(({ node }) => node.name)
  })
  return {
    sync: syncAndTell,
    read: (name) => Effect.runPromise(read(name)),
    list: () => Effect.runPromise(list),
    close: async () => rmSync(url, { recursive: true, force: true })
  }
}
