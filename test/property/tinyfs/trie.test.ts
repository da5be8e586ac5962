import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash, toHex } from "../../../src/bao/index.ts"
import {
  branchesIn,
  branchFromPage,
  type BranchPage,
  buildTrie,
  countOf,
  emptyTrie,
  type TrieChange,
  type TrieEntry,
  type TrieNode,
  type TrieSource,
  updateTrie
} from "../../../src/tinyfs/trie.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const nibblesOf = (nameHash: Uint8Array): ReadonlyArray<number> =>
  [...nameHash].flatMap((byte) => [byte >> 4, byte & 15])

/** A directory as it should be: names to entry hashes. */
const sorted = (model: ReadonlyMap<string, Uint8Array>): ReadonlyArray<TrieEntry> =>
  [...model]
    .map(([name, entryHash]) => ({ nameHash: hash(bytes(name)), entryHash }))
    .toSorted((left, right) => Buffer.compare(left.nameHash, right.nameHash))

/** Pages of a trie as an index would keep them. */
const pagesOf = (model: ReadonlyMap<string, Uint8Array>, trie: TrieNode): TrieSource => {
  const entries = sorted(model)
  const pages = new Map<string, BranchPage>()
  for (const [prefix, page] of branchesIn(trie)) pages.set(prefix.join(","), page)
  return {
    entries: async (prefix) =>
      entries.filter(({ nameHash }) => prefix.every((nibble, at) => nibblesOf(nameHash)[at] === nibble)),
    branch: async (prefix) => pages.get(prefix.join(","))!
  }
}

const reopened = (trie: TrieNode): TrieNode => {
  for (const [, page] of branchesIn(trie)) return branchFromPage(page)
  return trie
}

describe("the trie of a directory", () => {
  it("has the same hash however it came about, also when parts of it are loaded from pages (R7)", async () => {
    const batch = fc.record({
      first: fc.nat({ max: 700 }),
      count: fc.constantFrom(1, 2, 200, 256, 257, 600),
      isRemoval: fc.boolean(),
      isReopened: fc.boolean()
    })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
        const model = new Map<string, Uint8Array>()
        let trie = emptyTrie()
        for (const { count, first, isRemoval, isReopened } of batches) {
          const source = pagesOf(model, trie)
          const base = isReopened ? reopened(trie) : trie
          const changes: Array<TrieChange> = []
          for (let at = first; at < first + count; at++) {
            const name = `file-${at}`
            const entryHash = isRemoval ? null : hash(bytes(`${name}/${count}`))
            changes.push({ nameHash: hash(bytes(name)), entryHash })
            if (entryHash === null) model.delete(name)
            else model.set(name, entryHash)
          }
          trie = await updateTrie(source, base, changes)
          const built = buildTrie(sorted(model))
          expect(toHex(trie.hash)).toBe(toHex(built.hash))
          expect(countOf(trie)).toBe(model.size)
          // Pages of parts that stayed on disk come from the full build: they must be the same.
          trie = built
        }
      }),
      { numRuns: 60 }
    )
  })

  it("splits at 257 entries and not at 256", () => {
    const entriesOf = (count: number) =>
      sorted(new Map(Array.from({ length: count }, (_, at) => [`n${at}`, hash(bytes(String(at)))])))
    expect(buildTrie(entriesOf(256)).kind).toBe("leaf")
    expect(buildTrie(entriesOf(257)).kind).toBe("branch")
  })

  it("has the same hash however it came about where names share a long beginning (R7)", async () => {
    /** Hashes of names as chance never makes them: the same for many nibbles. */
    const hashOf = (depth: number, number: number): Uint8Array => {
      const nibbles = [
        ...Array.from({ length: depth }, () => 7),
        ...[12, 8, 4, 0].map((shift) => (number >> shift) & 15)
      ]
      const text = nibbles.map((nibble) => nibble.toString(16)).join("")
      return new Uint8Array(Buffer.from(text.padEnd(64, "0"), "hex"))
    }
    const batch = fc.record({
      first: fc.nat({ max: 300 }),
      count: fc.constantFrom(1, 255, 256, 257),
      isRemoval: fc.boolean()
    })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 5, 60), fc.array(batch, { maxLength: 6 }), async (depth, batches) => {
        const model = new Map<number, TrieEntry>()
        let trie = emptyTrie()
        const source: TrieSource = {
          entries: () => Promise.reject(new Error("everything is in memory")),
          branch: () => Promise.reject(new Error("everything is in memory"))
        }
        for (const { count, first, isRemoval } of batches) {
          const changes: Array<TrieChange> = []
          for (let at = first; at < first + count; at++) {
            const entry = { nameHash: hashOf(depth, at), entryHash: hash(bytes(`${at}`)) }
            changes.push(isRemoval ? { ...entry, entryHash: null } : entry)
            if (isRemoval) model.delete(at)
            else model.set(at, entry)
          }
          trie = await updateTrie(source, trie, changes)
          const all = [...model.values()].toSorted((left, right) => Buffer.compare(left.nameHash, right.nameHash))
          expect(toHex(trie.hash)).toBe(toHex(buildTrie(all).hash))
          expect(countOf(trie)).toBe(model.size)
        }
      }),
      { numRuns: 40 }
    )
  })

  it("takes no part from elsewhere that does not have its hash (R6)", async () => {
    const entriesOf = (salt: string) =>
      sorted(new Map(Array.from({ length: 5000 }, (_, at) => [`n${at}`, hash(bytes(`${at}${salt}`))] as const)))
    const trie = buildTrie(entriesOf(""))
    const other = buildTrie(entriesOf("!"))
    const pages = new Map(Array.from(branchesIn(other), ([prefix, page]) => [prefix.join(","), page]))
    const source: TrieSource = {
      entries: (prefix) =>
        Promise.resolve(
          entriesOf("!").filter(({ nameHash }) => prefix.every((nibble, at) => nibblesOf(nameHash)[at] === nibble))
        ),
      branch: (prefix) => Promise.resolve(pages.get(prefix.join(","))!)
    }
    const change = { nameHash: hash(bytes("n1")), entryHash: null }
    await expect(updateTrie(source, reopened(other), [change])).resolves.toMatchObject({ kind: "branch" })
    await expect(updateTrie(source, reopened(trie), [change])).rejects.toThrow(
      /the part of a trie at \[\d+\] does not have the hash that its branch says/
    )
  })

  it("loads a handful of nodes for one change among 100,000 entries (R9)", async () => {
    const model = new Map(Array.from({ length: 100_000 }, (_, at) => [`n${at}`, hash(bytes(String(at)))] as const))
    const entries = sorted(model)
    const trie = buildTrie(entries)
    const pages = new Map<string, BranchPage>()
    for (const [prefix, page] of branchesIn(trie)) pages.set(prefix.join(","), page)
    let loads = 0
    let loadedEntries = 0
    const source: TrieSource = {
      entries: async (prefix) => {
        loads += 1
        const found = entries.filter(({ nameHash }) =>
          prefix.every((nibble, at) => (at % 2 === 0 ? nameHash[at >> 1]! >> 4 : nameHash[at >> 1]! & 15) === nibble)
        )
        loadedEntries += found.length
        return found
      },
      branch: async (prefix) => {
        loads += 1
        return pages.get(prefix.join(","))!
      }
    }
    const change = { nameHash: hash(bytes("n77")), entryHash: hash(bytes("other")) }
    const updated = await updateTrie(source, reopened(trie), [change])
    expect(loads).toBeLessThanOrEqual(4)
    expect(loadedEntries).toBeLessThanOrEqual(256)
    model.set("n77", change.entryHash)
    expect(toHex(updated.hash)).toBe(toHex(buildTrie(sorted(model)).hash))
  })
})
