/**
 * A mirror in a pond in memory, as the cases of the policy run it.
 */
import { Effect, Option, Result, Stream } from "effect"
import { join } from "node:path"
import type { Facts } from "../../../src/factories/logfile/facts.ts"
import { sync } from "../../../src/factories/logfile/mirror.ts"
import { parseGlob } from "../../../src/tinyfs/index.ts"
import type { PondInterface } from "../../../src/tlogfs/pond.ts"
import { emptyPond, within } from "../tlogfs/open.ts"
import type { MakeMirror } from "./cases.ts"
import { gunzip } from "./gunzip.ts"
import { hookedHostFiles } from "./hooked.ts"
import { escaped } from "./mirroring.ts"

const readNames = (pond: PondInterface) =>
  Effect.gen(function* () {
    const head = yield* pond.head
    if (!(yield* head.exists("/logs"))) return []
    return (yield* head.list("/logs")).map(({ node }) => node.name)
  })

/** A mirror in memory; what it remembers of files is remembered between syncs. */
export const memoryMirror: MakeMirror = async (directory, { active, archived, compressed }) => {
  const pond = await Effect.runPromise(emptyPond)
  const mirror = {
    active: Result.getOrThrow(parseGlob(join(escaped(directory), active))),
    archived: Result.getOrThrow(parseGlob(join(escaped(directory), archived))),
    directory: "/logs",
    isFollowing: false,
    isFull: false,
    decoderOf: (name: string) => (compressed !== "opaque" && name.endsWith(".gz") ? gunzip : undefined)
  }
  let facts: Facts = new Map()
  return {
    sync: async (hooks, doHooks) => {
      const opened = new Set<string>()
      const host = hookedHostFiles({
        afterList: () => doHooks(hooks.afterList ?? []),
        afterOpen: (name) => {
          if (opened.has(name)) throw new Error(`${name} is opened twice in one sync`)
          opened.add(name)
          doHooks(hooks.afterOpen?.[name] ?? [])
        }
      })
      const { committed, value } = await Effect.runPromise(
        Effect.provide(
          within(pond, (transaction) => sync(mirror, transaction, facts)),
          host
        )
      )
      facts = value.facts
      const report = Object.fromEntries(value.outcomes.map(({ code, name }) => [name, code]))
      return { report, committed: Option.isSome(committed) }
    },
    read: (name) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const head = yield* pond.head
          if (!(yield* head.exists(`/logs/${name}`))) return undefined
          return yield* Stream.mkUint8Array(head.read(`/logs/${name}`))
        })
      ),
    list: () => Effect.runPromise(readNames(pond)),
    close: async () => {}
  }
}
