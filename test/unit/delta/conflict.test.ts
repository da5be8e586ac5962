import { describe, expect, it } from "@effect/vitest"
import type { Action } from "../../../src/delta/actions.ts"
import { conflictWith } from "../../../src/delta/conflict.ts"
import type { Reads } from "../../../src/delta/conflict.ts"
import { decodeEntry, encodeEntry } from "../../../src/delta/entry.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import { entryOf, metadataOf } from "../../support/delta/snapshot.ts"

const add = (path: string, dataChange = true): Action => ({
  add: { path, partitionValues: new Map(), size: 1n, modificationTime: 1n, dataChange }
})
const remove = (path: string, dataChange = true): Action => ({ remove: { path, dataChange } })
const app = (appId: string): Action => ({ txn: { appId, version: 1n } })
const setDomain = (domain: string): Action => ({ domainMetadata: { domain, configuration: "", removed: false } })
const metaData: Action = { metaData: metadataOf(struct(field("x", "long"))) }
const protocol: Action = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }

describe("conflictWith", () => {
  it.each<[string, Action, Action, Reads, string | undefined]>([
    ["another file was added", add("a"), add("b"), {}, undefined],
    ["the protocol changed", protocol, add("b"), {}, "protocolChanged"],
    ["the metadata changed", metaData, add("b"), {}, "metadataChanged"],
    ["both remove a file", remove("a"), remove("a"), {}, "fileRemoved"],
    ["both remove a file, spelled differently", remove("a%20b"), remove("a b"), {}, "fileRemoved"],
    ["a file that was read is gone", remove("a", false), add("b"), { files: new Set(["a"]) }, "fileRemoved"],
    ["a file that was not read is gone", remove("a"), add("b"), { files: new Set(["c"]) }, undefined],
    ["a file was added to all that were read", add("a"), add("b"), { files: "all" }, "fileAdded"],
    ["all files were read, and some rearranged", add("a", false), add("b"), { files: "all" }, undefined],
    ["all files were read, and one lost rows", remove("a"), add("b"), { files: "all" }, "fileRemoved"],
    ["both add a file of one name", add("a"), add("a"), {}, "fileAdded"],
    ["one application twice", app("x"), app("x"), {}, "appConcurrent"],
    ["two applications", app("x"), app("y"), {}, undefined],
    ["one domain twice", setDomain("d"), setDomain("d"), {}, "domainConcurrent"],
    ["two domains", setDomain("d"), setDomain("e"), {}, undefined]
  ])("%s", (_, winner, own, reads, reason) => {
    expect(conflictWith(entryOf(1, winner), [own], reads)?.reason).toBe(reason)
  })

  it("finds the own file among the condemned", () => {
    const winner = decodeEntry(1, encodeEntry({ condemned: ["a%20b", 5] }, []))
    expect(conflictWith(winner, [add("a b")], {})).toMatchObject({ reason: "condemned", detail: /a%20b/ })
    expect(conflictWith(winner, [add("c")], {})).toBeUndefined()
  })
})
