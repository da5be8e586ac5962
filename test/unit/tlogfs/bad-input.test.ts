/**
 * Places and stores that no pond can be opened in, made in, or written to: each is a typed error with the place, the cause and what to do, and
 * nothing is changed by it.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { countingStore } from "../../../src/store/counting.ts"
import { crashAfter, crashAt, faultyStore } from "../../../src/store/faults.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { oneByOne } from "../../../src/store/order.ts"
import { probedStore } from "../../../src/store/probe.ts"
import { createPond, fsck, openAt, openPlaces, placesOf } from "../../../src/tlogfs/index.ts"
import { picture } from "../../support/cli.ts"
import { bytes, within } from "../../support/tlogfs/open.ts"
import { bytesOfStore } from "../../support/tlogfs/store.ts"

const openUrl = (url: string, isCreating = false) =>
  Effect.flatMap(placesOf(url, false), (places) => openPlaces(places, isCreating))

const inFolder = <A, E>(use: (folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "pond-test-"))),
    use,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

const FOREIGN_ENTRY = [
  { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
  {
    metaData: {
      id: "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
      format: { provider: "parquet", options: {} },
      schemaString: '{"type":"struct","fields":[]}',
      partitionColumns: [],
      configuration: {}
    }
  }
]

const foreignTable = (folder: string): void => {
  mkdirSync(join(folder, "_delta_log"), { recursive: true })
  const text = FOREIGN_ENTRY.map((action) => `${JSON.stringify(action)}\n`).join("")
  writeFileSync(join(folder, "_delta_log/00000000000000000000.json"), text)
}

/** What lies at the place, the error of opening it, and that of making a pond there, where that fails. */
const PLACES: ReadonlyArray<
  readonly [what: string, make: (place: string) => void, opening: RegExp, making: RegExp | undefined]
> = [
  [
    "nothing",
    () => undefined,
    /^NotAPond .*place is not a pond: there is no log in it\. Create one.*pond init/,
    undefined
  ],
  [
    "an empty directory",
    (place) => mkdirSync(place),
    /^NotAPond .*place is not a pond: there is no log in it/,
    undefined
  ],
  [
    "a file",
    (place) => writeFileSync(place, "x"),
    /^StoreFailed .*place.*not a directory|^NotAPond .*place/,
    /^StoreReadOnly .*place.*not a directory.*Name another place/
  ],
  [
    "a file where its table should be",
    (place) => {
      mkdirSync(place)
      writeFileSync(join(place, "data"), "x")
    },
    /^StoreFailed .*place.*not a directory|^NotAPond .*place/,
    /^StoreReadOnly .*place.*not a directory.*Name another place/
  ],
  [
    "files of somebody else",
    (place) => {
      mkdirSync(join(place, "data"), { recursive: true })
      writeFileSync(join(place, "data/notes.txt"), "mine")
    },
    /^NotAPond .*there is no log in it/,
    undefined
  ],
  ["a Delta table of another program", foreignTable, /^NotAPond .*there is no log in it/, undefined],
  [
    "a Delta table of another program where its own should be",
    (place) => foreignTable(join(place, "data")),
    /^NotAPond .*place is not a pond: it is a Delta table of another program/,
    /^NotAPond .*place is not a pond: it is a Delta table of another program/
  ],
  [
    "the log folder of a pond whose making was stopped",
    (place) => mkdirSync(join(place, "data/_delta_log"), { recursive: true }),
    /^NotAPond .*there is no log in it/,
    undefined
  ]
]

const saidOf = <A, E extends { readonly _tag: string; readonly message: string }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), ({ _tag, message }) => `${_tag} ${message}`)

describe("a place that holds", () => {
  it.live.each(PLACES)("%s", ([, make, opening, making]) =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const place = join(folder, "place")
        make(place)
        const before = picture(folder)
        expect(yield* saidOf(openUrl(place))).toMatch(opening)
        expect(picture(folder)).toEqual(before)
        if (making === undefined) {
          const pond = yield* openUrl(place, true)
          yield* within(pond, (tx) => tx.write("/a", bytes("a")))
          return
        }
        expect(yield* saidOf(openUrl(place, true))).toMatch(making)
        expect(picture(folder)).toEqual(before)
      })
    )
  )
})

describe("a URL", () => {
  it.effect.each([
    ["", /is empty/],
    ["ftp://host/path", /nothing serves ftp:/],
    ["s3://", /bucket is missing/],
    ["https://", /cannot be parsed/],
    ["https://user:secret@host/path", /credentials do not belong/],
    ["file:relative", /not absolute/],
    ["file://host/path", /file:\/\/host\/path/]
  ] as const)("%s is refused with the form that is right", ([url, why]) =>
    Effect.gen(function* () {
      const said = yield* saidOf(openUrl(url))
      expect(said).toMatch(/^UnknownStoreUrl .*Use a path, file:\/\/\/path, s3:\/\/bucket\/prefix/)
      expect(said).toMatch(why)
      expect(said).not.toContain("secret")
    })
  )
})

describe("a pond that was half made", () => {
  it.live("after every request of its making: it is none yet, or it is whole, and making it again works", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const counted = countingStore(localStore(join(folder, "whole")))
        yield* createPond(counted.store)
        expect(counted.requests()).toBeGreaterThan(0)
        for (let at = 0; at < counted.requests(); at++) {
          for (const [name, crash] of Object.entries({ before: crashAt, after: crashAfter })) {
            const store = localStore(join(folder, `${name}-${at}`))
            yield* Effect.exit(createPond(faultyStore(store, crash(at)).store))
            const opened = yield* Effect.result(openAt(store, false, undefined))
            if (opened._tag === "Failure") expect(opened.failure._tag).toBe("NotAPond")
            const pond = yield* openAt(store, true, undefined)
            yield* within(pond, (tx) => tx.write("/a", bytes("a")))
            expect((yield* fsck(store)).findings).toEqual([])
          }
        }
      })
    )
  )
})

/** A store that answers 200 to a conditional write and overwrites, as some servers do. */
const overwriting = (store: Store): Store => {
  const putIfAbsent: Store["putIfAbsent"] = (key, content) => Effect.as(store.put(key, content), true)
  return { ...store, putIfAbsent, putInOrder: oneByOne(putIfAbsent) }
}

describe("a store that ignores conditional writes", () => {
  it.effect("makes no pond, and is written to by none: reading goes on (F26)", () =>
    Effect.gen(function* () {
      const empty = memoryStore()
      expect(yield* saidOf(createPond(probedStore(overwriting(empty))))).toMatch(/^ConditionalPutIgnored .*memory:/)
      expect((yield* Stream.runCollect(empty.list(""))).map(({ key }) => key)).toEqual(["_pond_probe"])
      const store = memoryStore()
      yield* within(yield* openAt(store, true, undefined), (tx) => tx.write("/a", bytes("kept")))
      const before = yield* bytesOfStore(store)
      const pond = yield* openAt(probedStore(overwriting(store)), false, undefined)
      const error = yield* Effect.flip(within(pond, (tx) => tx.write("/a", bytes("lost"))))
      expect(`${error._tag} ${error.message}`).toMatch(/ConditionalPutIgnored|conditional/)
      expect(yield* (yield* pond.head).readText("/a")).toBe("kept")
      expect((yield* bytesOfStore(store)).filter(([key]) => key !== "_pond_probe")).toEqual(before)
    })
  )
})

describe("paths and names", () => {
  it.effect.each([
    ["of no characters", "", /empty/],
    ["with a NUL", "a\0b", /NUL/],
    ["of 300 characters", `/${"n".repeat(300)}`, /255/],
    ["with half a character", "/\ud800", /./]
  ] as const)("%s are refused by every operation, with the reason, and nothing is committed", ([, path, why]) =>
    Effect.gen(function* () {
      const pond = yield* openAt(memoryStore(), true, undefined)
      const operations = yield* Effect.forEach(
        [
          within(pond, (tx) => tx.write(path, bytes("x"))),
          within(pond, (tx) => tx.append(path, bytes("x"))),
          within(pond, (tx) => tx.mkdir(path)),
          within(pond, (tx) => Effect.andThen(tx.write("/fine", bytes("x")), tx.move("/fine", path))),
          within(pond, (tx) => tx.symlink("/fine", path))
        ],
        (operation) => saidOf(operation)
      )
      for (const said of operations) {
        expect(said).toMatch(/^InvalidPath /)
        expect(said).toMatch(why)
      }
      expect((yield* pond.head).view.txn).toBe(0)
    })
  )
})
