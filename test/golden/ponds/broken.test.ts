/**
 * Broken ponds: what is wrong is said with its place, and never taken for something else (F13, F14, F35).
 */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { fsck, openAt } from "../../../src/tlogfs/index.ts"
import type { Files } from "../../support/reader/files.ts"
import { sealDigest } from "../../support/reader/hashes.ts"
import { goldenPond, storeOf } from "../../support/tlogfs/golden.ts"
import { runQuietly } from "../../support/tlogfs/pond-damage.ts"

const { files: types } = goldenPond("types")
const { files: history } = goldenPond("history")
const entry = (version: number): string => `_delta_log/${String(version).padStart(20, "0")}.json`
const first: Files = new Map([[entry(0), types.get(entry(0))!]])
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const having = (files: Files, key: string, bytes: Uint8Array): Files => new Map([...files, [key, bytes]])
const lacking = (files: Files, key: string): Files => new Map([...files].filter(([other]) => other !== key))
const cut = (files: Files, key: string, sizeBytes: number): Files =>
  having(files, key, files.get(key)!.slice(0, sizeBytes))

/** An entry with other text, sealed anew: what another version, or a forger, would write. */
const rewritten = (files: Files, key: string, change: (text: string) => string): Files => {
  const text = change(Buffer.from(files.get(key)!).toString())
  const sealed = text.replace(/("digest":")[0-9a-f]{64}/, `$1${sealDigest(utf8(text))}`)
  return having(files, key, utf8(sealed))
}

const without = (part: string) => (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.includes(part))
    .join("\n")

const published = entry(Number(Buffer.from(history.get("_index/_head")!).toString()))

/** What is broken, the error's tag, and what its message must say. */
const CASES: ReadonlyArray<readonly [string, Files, string, string]> = [
  [
    "an empty place",
    new Map(),
    "NotAPond",
    "memory: is not a pond: there is no log in it. Create one there with `pond init`"
  ],
  ["a place with other files", new Map([["notes.txt", utf8("x")]]), "NotAPond", "there is no log in it"],
  [
    "leftovers of a creation that never was",
    new Map([["_delta_log/.tmp-1", utf8("x")]]),
    "NotAPond",
    "there is no log in it"
  ],
  ["data without a log", lacking(types, entry(0)), "LogDamaged", "at version 0 (_delta_log/00000000000000000000.json)"],
  [
    "an empty first entry",
    having(first, entry(0), utf8("")),
    "LogDamaged",
    "at version 0 (_delta_log/00000000000000000000.json): it is empty"
  ],
  [
    "a torn first entry",
    cut(first, entry(0), 300),
    "LogDamaged",
    "at version 0 (_delta_log/00000000000000000000.json): line 1: not JSON"
  ],
  [
    "a table of another kind",
    rewritten(first, entry(0), without('"domain":"pond"')),
    "NotAPond",
    "it is a Delta table of another kind"
  ],
  [
    "a newer format",
    rewritten(first, entry(0), (text) => text.replace('{\\"format\\":1', '{\\"format\\":2')),
    "NewerFormat",
    "memory: has format 2; this version knows formats up to 1. Upgrade pond to use it"
  ],
  [
    "a newer format in a publication",
    rewritten(history, published, (text) => text.replace('{\\"format\\":1', '{\\"format\\":7')),
    "NewerFormat",
    "has format 7; this version knows formats up to 1"
  ],
  [
    "a newer reader version",
    rewritten(first, entry(0), (text) => text.replace('"minReaderVersion":1', '"minReaderVersion":9')),
    "UnsupportedFeature",
    "needs reader version 9"
  ],
  [
    "a missing entry",
    lacking(types, entry(4)),
    "LogDamaged",
    "at version 4 (_delta_log/00000000000000000004.json): the entry is missing"
  ],
  [
    "a torn entry",
    cut(types, entry(4), 700),
    "LogDamaged",
    "at version 4 (_delta_log/00000000000000000004.json): line 2: not JSON"
  ],
  [
    "an empty newest entry",
    having(types, entry(9), utf8("")),
    "LogDamaged",
    "at version 9 (_delta_log/00000000000000000009.json): it is empty"
  ],
  [
    "a torn newest entry",
    cut(types, entry(9), 700),
    "LogDamaged",
    "at version 9 (_delta_log/00000000000000000009.json): line 2: not JSON"
  ],
  [
    "an entry rolled back",
    having(types, entry(4), types.get(entry(3))!),
    "LogDamaged",
    "at version 4 (_delta_log/00000000000000000004.json): it does not follow"
  ],
  [
    "an entry rewritten with a seal of its own",
    rewritten(types, entry(4), (text) => text.replace('"author":"golden"', '"author":"nobody"')),
    "LogDamaged",
    "at version 5 (_delta_log/00000000000000000005.json): it does not follow the entry before it: one of the two was replaced"
  ]
]

it.each(CASES)("%s", async (_what, files, tag, message) => {
  const opened = Effect.flatMap(openAt(storeOf(files), false, undefined), (pond) => pond.head)
  const error = await runQuietly(Effect.orDie(Effect.flip(opened)))
  expect(error).toMatchObject({ _tag: tag })
  expect(error.message).toContain(message)
})

it.each(CASES.filter(([, files]) => files.size > 1))("%s: fsck does not find it sound", async (_what, files) => {
  const found = await runQuietly(
    Effect.match(fsck(storeOf(files)), {
      onFailure: (error) => [error._tag],
      onSuccess: ({ findings }) => findings.filter(({ kind }) => kind !== "foreign").map(({ kind }) => kind)
    })
  )
  expect(found).not.toEqual([])
})
