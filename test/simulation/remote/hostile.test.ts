/**
 * Histories that somebody made by hand: every hash in them is right, and they are not those of a filesystem. None of it is taken (R11).
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Result } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { commitLog } from "../../../src/delta/commit.ts"
import { sealEntry } from "../../../src/delta/seal.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { type Event, ROOT, Transaction } from "../../../src/tinyfs/index.ts"
import { createPond } from "../../../src/tlogfs/create.ts"
import { fsck } from "../../../src/tlogfs/index.ts"
import { openPersistence } from "../../../src/tlogfs/persistence.ts"
import { openAt } from "../../../src/tlogfs/pond.ts"
import { Pieces } from "../../../src/tlogfs/index/pieces.ts"
import { addAction } from "../../../src/tlogfs/names.ts"
import { Namespace } from "../../../src/tlogfs/namespace.ts"
import { openState } from "../../../src/tlogfs/open.ts"
import { requireFit } from "../../../src/tlogfs/replicate/following.ts"
import type { DataFileInfo } from "../../../src/tlogfs/publication.ts"
import { putDataFile } from "../../../src/tlogfs/publish.ts"
import { replicate } from "../../../src/tlogfs/replicate/replicate.ts"
import { readSelection } from "../../../src/tlogfs/replicate/selection.ts"
import type { Row } from "../../../src/tlogfs/row.ts"
import { rowsOfFile } from "../../../src/tlogfs/state.ts"
import { OWN_FEATURE, pondLog } from "../../../src/tlogfs/table.ts"
import { Folder } from "../../support/pond.ts"
import { eventOf, idOf, nodeOf } from "../../support/tinyfs/events.ts"

const dir = nodeOf(1, "dir")
const inner = nodeOf(2, "dir", { parentId: dir.id })
const link = nodeOf(3, "symlink")
const good = [dir, inner, link].map((node) => eventOf("created", node))

const named = (name: string): ReadonlyArray<Event> => [eventOf("created", nodeOf(9, "file", { name }))]

/** What comes after the good events, and a word of why it is refused. */
const HOSTILE: Readonly<Record<string, readonly [ReadonlyArray<Event>, string]>> = {
  "the name of the directory above": [named(".."), "is not a name"],
  "the name of the directory itself": [named("."), "is not a name"],
  "an empty name": [named(""), "empty"],
  "a path for a name": [named("../../etc/passwd"), "holds a slash"],
  "a NUL in a name": [named("a\0b"), "NUL"],
  "a name that is too long": [named("x".repeat(256)), "256 bytes"],
  "two nodes of one name": [named("n3"), "is taken"],
  "a node in a link": [[eventOf("created", nodeOf(9, "file", { parentId: link.id }))], "is a symlink"],
  "a node in nowhere": [[eventOf("created", nodeOf(9, "file", { parentId: idOf(77) }))], "does not exist"],
  "a removed directory that is not empty": [[eventOf("removed", dir)], "is not empty"],
  "a node that is made twice": [[eventOf("created", { ...inner, name: "again" })], "exists already"],
  "a link that becomes a directory": [[eventOf("attributed", { ...nodeOf(3, "dir") })], "cannot become"],
  "another target for a link": [[eventOf("attributed", { ...link, target: "/etc/passwd" })], "cannot change"],
  "a factory in a file": [
    [eventOf("created", nodeOf(9, "file", { factory: "logfile", config: new Uint8Array() }))],
    "dynamic node"
  ],
  "an unknown type": [[eventOf("created", nodeOf(9, "device" as "file"))], "no node of the type"],
  "a removed root": [[eventOf("removed", ROOT)], "the root cannot be removed"],
  "a root that moves": [[eventOf("moved", { ...ROOT, parentId: dir.id, name: "root" })], "the root cannot be moved"]
}

/** Commits events as they are, past every rule of the filesystem. */
const commitRaw = (store: Store, events: ReadonlyArray<Event>) =>
  Effect.gen(function* () {
    const persistence = yield* openPersistence(store)
    const none: ReadonlySet<string> = new Set()
    yield* persistence.commit({
      base: yield* persistence.head,
      changes: events.map((event) => ({ event })),
      reads: { nodes: none, slots: none, listings: none },
      author: "mallory",
      request: "{}"
    })
  })

/** Names of objects that lead elsewhere, or nowhere. */
const ELSEWHERE = [
  "../outside",
  "../../../../etc/passwd",
  "/etc/passwd",
  "file:///etc/passwd",
  "s3://other/object",
  "https://example.org/object",
  "a/../../outside",
  "a//b",
  "nul\0byte",
  ""
]

/** A pond with one large file, in memory, and the rows of its history. */
const withRows = Effect.gen(function* () {
  const store = memoryStore()
  const pond = yield* openAt(store, true, undefined)
  const write = Effect.flatMap(Transaction, (open) => open.write("/large", new Uint8Array(200_000).fill(7)))
  yield* pond.transaction(write)
  const state = yield* openState(store, new Pieces(store))
  const [info] = state.files
  return { id: pond.id, info: info!, rows: yield* rowsOfFile(store, info!), store }
})

/** Makes a pond in an empty store whose log names a data file as if it were its own. */
const naming = (store: Store, id: string, info: DataFileInfo, rows: ReadonlyArray<Row>) =>
  Effect.gen(function* () {
    yield* createPond(store, id)
    const { table } = yield* openState(store, new Pieces(store))
    yield* commitLog(pondLog(store), table, {
      operation: "WRITE",
      ownFeatures: [OWN_FEATURE],
      actions: [addAction(info, rows, 0, false)],
      info: {}
    })
  })

/** Writes the log entry of a pond's only commit anew, with another text in it, and seals it as its own. */
const rewritten = (store: Store, before: string, after: string) =>
  Effect.gen(function* () {
    const key = "_delta_log/00000000000000000001.json"
    const text = Buffer.from(yield* store.get(key)).toString()
    const changed = text.replaceAll(JSON.stringify(before), JSON.stringify(after))
    const bytes = Buffer.from(changed.replace(/"digest":"[0-9a-f]{64}"/, `"digest":"${"0".repeat(64)}"`))
    sealEntry(bytes, pondLog(store).seal!)
    yield* store.delete(key)
    yield* store.putIfAbsent(key, bytes)
    return { isChanged: changed !== text }
  })

/** A directory for copies, with a file beside them that nobody may touch, and what it looks like. */
const inDirectory = Effect.map(Effect.acquireDisposable(Effect.sync(() => new Folder())), ({ path }) => {
  writeFileSync(join(path, "outside"), "not of any pond")
  const target = localStore(join(path, "inner/copy/data"))
  const outside = () =>
    readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => !/^inner(\/copy(\/data.*)?)?$/.test(name))
  return { target, outside }
})

describe("a remote that leads elsewhere", () => {
  it.live.each(ELSEWHERE)("with a log that names the data file %j is refused, and nothing outside is touched", (file) =>
    Effect.gen(function* () {
      const { id, info, rows } = yield* withRows
      const source = memoryStore()
      yield* naming(source, id, { ...info, file: "placeholder" }, rows)
      expect(yield* rewritten(source, "placeholder", file)).toEqual({ isChanged: true })
      const { outside, target } = yield* inDirectory
      yield* createPond(target, id)
      const error = yield* Effect.flip(replicate(source, target))
      expect([error._tag, error.message]).toEqual([
        "InvalidObjectKey",
        expect.stringContaining("is not a key of a store")
      ])
      expect((yield* openState(target, new Pieces(target))).head.txn).toBe(0)
      expect(outside()).toEqual(["outside"])
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live.each(ELSEWHERE)("with rows that name the blob %j is refused, also where its bytes are left out", (blob) =>
    Effect.gen(function* () {
      const { id, rows } = yield* withRows
      const source = memoryStore()
      const named = rows.map((row) => (row.blob === null ? row : { ...row, blob }))
      expect(named).not.toEqual(rows)
      yield* naming(source, id, yield* putDataFile(source, named, 0), named)
      const { outside, target } = yield* inDirectory
      yield* createPond(target, id)
      const selection = Result.getOrThrow(readSelection({ paths: ["/nothing"] }))
      for (const options of [{}, { selection }, { withBlobs: false }]) {
        const error = yield* Effect.flip(replicate(source, target, options))
        expect([error._tag, error.message]).toEqual(["HistoryTampered", expect.stringContaining("is no blob")])
      }
      expect((yield* openState(target, new Pieces(target))).head.txn).toBe(0)
      expect(outside()).toEqual(["outside"])
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

describe("a history made by hand", () => {
  it.live.each(Object.entries(HOSTILE))("with %s is refused, and named by fsck", ([, [events, why]]) =>
    Effect.gen(function* () {
      const source = memoryStore()
      const id = yield* createPond(source)
      yield* commitRaw(source, good)
      const target = memoryStore()
      yield* createPond(target, id)
      yield* replicate(source, target)
      yield* commitRaw(source, events)
      const error = yield* Effect.flip(replicate(source, target))
      expect([error._tag, error.message]).toEqual(["HistoryTampered", expect.stringContaining(why)])
      const head = yield* Effect.flatMap(openAt(target, false, undefined), (pond) => pond.head)
      expect(head.view.txn).toBe(1)
      expect((yield* fsck(target)).findings).toEqual([])
      const found = (yield* fsck(source)).findings.filter(({ kind }) => kind !== "foreign")
      expect(found.map(({ what }) => what).join("\n")).toContain(why)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("with a directory in itself is refused, and no search for the root goes on for ever", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      yield* createPond(store)
      yield* commitRaw(store, good)
      const circle = [eventOf("moved", { ...dir, parentId: inner.id })]
      expect((yield* Effect.flip(commitRaw(store, circle))).message).toContain(
        `directory ${inner.id} lies within itself`
      )
      const state = yield* openState(store, new Pieces(store))
      const refused = yield* Effect.promise(() => requireFit(new Namespace(state, 1), circle).catch(String))
      expect(refused).toContain("it would lie within itself")
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
