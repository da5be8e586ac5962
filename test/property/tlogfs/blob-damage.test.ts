/**
 * Damage to the blobs of a pond: what rests on a damaged blob is read right or fails with a typed error, never a wrong byte; everything else stays
 * readable; fsck finds every damage (R4, F11 to F13).
 *
 * `POND_ROUNDS` multiplies the number of flipped bits; 60 make it more than 300 in each blob.
 */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { MemoryDisk } from "../../../src/store/memory/disk.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import { Transaction } from "../../../src/tinyfs/index.ts"
import { openAt } from "../../../src/tlogfs/index.ts"
import { noise } from "../../support/bao/content.ts"
import type { Files } from "../../support/reader/files.ts"
import { blake3 } from "../../support/reader/hashes.ts"
import { logs } from "../../support/tlogfs/contents.ts"
import { type KnownTree, storeOf } from "../../support/tlogfs/golden.ts"
import { damagesOf, findingsIn, runQuietly, survey, withDamage } from "../../support/tlogfs/pond-damage.ts"

const FLIPS = 6 * Number(process.env["POND_ROUNDS"] ?? 1)

/** A pond of series, one transaction for each list of contents. */
const pondOf = async (transactions: ReadonlyArray<Readonly<Record<string, Uint8Array>>>) => {
  const disk = new MemoryDisk()
  const tree: Record<string, KnownTree[string]> = {}
  const program = Effect.gen(function* () {
    const pond = yield* openAt(memoryStore(disk), true, undefined)
    for (const contents of transactions) {
      for (const [path, bytes] of Object.entries(contents)) {
        tree[path] = { type: "series", size: bytes.length, hash: blake3(bytes) }
      }
      const appends = Effect.flatMap(Transaction, (open) =>
        Effect.forEach(Object.entries(contents), ([path, bytes]) => open.append(path, bytes), { discard: true })
      )
      yield* pond.transaction(appends)
    }
  })
  await runQuietly(Effect.orDie(program))
  const files: Files = new Map(disk.keys().map((key) => [key, new Uint8Array(disk.read(key)!.bytes)]))
  return { files, known: { [transactions.length]: tree } }
}

const isBlob = (kind: string) => (key: string) =>
  key.startsWith("_blobs/") && (kind === "raw" ? !/\.(?:zst|obao)$/.test(key) : key.endsWith(`.${kind}`))

const [small, large] = await Promise.all([
  pondOf([
    { "/small": logs(1000, 1), "/raw": noise(70_000, 1) },
    { "/other": noise(80_000, 7), "/pack-a": logs(90_000, 2), "/pack-b": logs(1_200_000, 3) }
  ]),
  pondOf([{ "/small": logs(1000, 1), "/tree": new Uint8Array(17 * 2 ** 20).fill(32) }])
])

const keysOf = ({ files }: typeof small, kind: string) => [...files.keys()].filter(isBlob(kind))
const holding = (bytes: Uint8Array): string => keysOf(small, "raw").find((key) => key.endsWith(blake3(bytes)))!

const cases = [
  { kind: "bytes as they are", pond: small, key: holding(noise(70_000, 1)), resting: ["/raw"] },
  {
    kind: "a compressed pack",
    pond: small,
    key: keysOf(small, "zst")[0]!,
    resting: ["/pack-a", "/pack-b"]
  },
  { kind: "a hash tree", pond: large, key: keysOf(large, "obao")[0]!, resting: ["/tree"] }
]

it("finds nothing in sound ponds", async () => {
  for (const { files, known } of [small, large]) {
    expect(await runQuietly(findingsIn(files))).toEqual([])
    expect(await runQuietly(survey(storeOf(files), known))).toEqual({ wrong: [], failed: [] })
  }
  expect([keysOf(small, "raw").length, keysOf(small, "zst").length, keysOf(large, "obao").length]).toEqual([2, 1, 1])
})

it.each(cases)("damage of $kind never gives a wrong byte, and is found (R4)", { timeout: 600_000 }, async (one) => {
  const { key, pond, resting } = one
  const { files, known } = pond
  const problems: Array<string> = []
  const others = { "another blob": files.get(keysOf(small, "raw").find((other) => other !== key)!) ?? noise(80_000, 7) }
  for (const damage of damagesOf(files.get(key)!, FLIPS, others)) {
    const damaged = withDamage(files, key, damage)
    const { failed, wrong } = await runQuietly(survey(storeOf(damaged), known))
    for (const what of wrong) problems.push(`${damage.name}: ${what}`)
    for (const what of failed) {
      if (!resting.some((path) => what.startsWith(`${path}: `))) problems.push(`${damage.name}: ${what}`)
    }
    if ((await runQuietly(findingsIn(damaged))).length === 0) problems.push(`${damage.name}: fsck finds nothing`)
  }
  expect(problems).toEqual([])
})

it("an error names the file, the version and the bytes that cannot be had (R4)", async () => {
  const key = cases[0]!.key
  const bytes = small.files.get(key)!.slice()
  bytes[40_000]! ^= 1
  const damaged = withDamage(small.files, key, { name: "a bit", bytes })
  const program = Effect.gen(function* () {
    const pond = yield* openAt(storeOf(damaged), false, undefined)
    const head = yield* pond.head
    const before = yield* head.readBytes("/raw", { range: { start: 0, end: 32_768 } })
    const error = yield* Effect.flip(head.readBytes("/raw"))
    return { before, error }
  })
  const { before, error } = await runQuietly(Effect.orDie(program))
  expect(Buffer.compare(before, noise(70_000, 1).subarray(0, 32_768))).toBe(0)
  expect(error).toMatchObject({ _tag: "Damaged", version: 1, start: 32_768, end: 49_152 })
  expect(error.message).toContain("raw")
})
