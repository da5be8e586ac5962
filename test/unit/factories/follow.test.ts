import { it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { defineCommand, defineFactory, Factories } from "../../../src/factories/index.ts"
import { follow } from "../../../src/factories/follow.ts"
import { putNew } from "../../../src/factories/instance.ts"
import { Workplace } from "../../../src/factories/workplace.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { openPlaces, placesAt } from "../../../src/tlogfs/places.ts"
import { note, NoteBroken } from "../../support/factories/note.ts"
import { Folder } from "../../support/pond.ts"

const Config = Schema.Struct({ watched: Schema.String, failures: Schema.Int })

/** A factory that counts its runs in a file; the first ones fail. */
const counting = () => {
  let runs = 0
  const count = defineCommand<typeof Config.Type>()({
    description: "Count.",
    flags: {},
    report: Schema.Struct({ runs: Schema.Int }),
    run: ({ config }) =>
      Effect.gen(function* () {
        runs += 1
        if (runs <= config.failures) return yield* new NoteBroken({ file: `run ${runs}` })
        yield* (yield* Transaction).write("/runs", new TextEncoder().encode(String(runs)))
        return { runs }
      }),
    lines: (report) => [`${report.runs} runs`],
    watches: ({ watched }) => [watched]
  })
  return defineFactory({ type: "counting", description: "Counts.", config: Config, bare: "count" }, { count })
}

const inWorkplace = <A, E>(
  program: (folder: string) => Effect.Effect<A, E, Workplace | Factories>
): Effect.Effect<A, unknown> =>
  Effect.gen(function* () {
    using folder = new Folder()
    const places = placesAt(join(folder.path, "pond"))
    const pond = yield* openPlaces(places, true)
    const workplace = Workplace.of({ pond, places, isDryRun: false, author: "", environment: {} })
    return yield* program(folder.path).pipe(
      Effect.provideService(Workplace, workplace),
      Effect.provide(Factories.layer([note, counting()]))
    )
  })

const put = (type: string, config: unknown) =>
  Effect.gen(function* () {
    const { pond } = yield* Workplace
    yield* pond.transaction(putNew({ type, name: "it", config: new TextEncoder().encode(JSON.stringify(config)) }))
  })

describe("follow", () => {
  it.live("survives runs that fail, runs again when something changes, and at its interval", () =>
    inWorkplace((folder) =>
      Effect.gen(function* () {
        const watched = join(folder, "watched")
        mkdirSync(watched)
        yield* put("counting", { watched, failures: 2 })
        const heard: Array<string> = []
        // An hour is the interval: only the change makes it run again. Until then, failures are tried again soon.
        const stopAfter = (runs: number, intervalMs: number) =>
          follow(
            { instance: "it" },
            {
              intervalMs,
              onFailure: (problem) => Effect.sync(() => void heard.push(problem)),
              onOutcome: ({ commandName, report, txn }) =>
                Effect.suspend(() => {
                  heard.push(`${commandName} ${txn} ${JSON.stringify(report)}`)
                  writeFileSync(join(watched, "file"), "changed")
                  return heard.length < runs ? Effect.void : Effect.fail("enough")
                })
            }
          ).pipe(Effect.flip)
        expect(yield* stopAfter(4, 20)).toBe("enough")
        expect(heard).toStrictEqual([
          "the note run 1 cannot be written: it is broken",
          "the note run 2 cannot be written: it is broken",
          'count 2 {"runs":3}',
          'count 3 {"runs":4}'
        ])
        expect(yield* stopAfter(6, 3_600_000)).toBe("enough")
        expect(heard.slice(4)).toStrictEqual(['count 4 {"runs":5}', 'count 5 {"runs":6}'])
      })
    )
  )

  it.live("refuses what it cannot begin with", () =>
    inWorkplace(() =>
      Effect.gen(function* () {
        const nothing = { intervalMs: 10, onFailure: () => Effect.void, onOutcome: () => Effect.void }
        yield* put("note", { file: "/x" })
        expect(yield* Effect.flip(follow({ instance: "it" }, nothing))).toMatchObject({ _tag: "NotFollowable" })
        expect(yield* Effect.flip(follow({ instance: "no" }, nothing))).toMatchObject({ _tag: "InstanceMissing" })
      })
    )
  )
})
