/**
 * Finding whose bytes a file begins with, where many may claim it.
 */
import { expect, it } from "vitest"
import { Effect, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hash, toHex } from "../../../../src/bao/index.ts"
import { compare } from "../../../../src/factories/logfile/holding.ts"
import type { Known } from "../../../../src/factories/logfile/known.ts"
import { contentOf } from "../../../support/logfile/content.ts"
import { doOnHost } from "../../../support/logfile/host.ts"
import { mirroring } from "../../../support/logfile/mirroring.ts"

const content = contentOf("a:50000")

const knownOf = (name: string, bytes: Uint8Array): Known => ({
  entry: { name, kind: "archive", host: name, sizeBytes: bytes.length, hash: toHex(hash(bytes)), isEdited: false },
  // Nothing looks at the nodes here.
  node: {} as Known["node"]
})

const seekers = new Set(
  Array.from({ length: 100 }, (_, index) => knownOf(`seeker-${index}`, content.subarray(0, 100 * (index + 1))))
)

/** Compares, and counts how often the file is read. */
const compared = (own: Known, isOwnLikely: boolean) => {
  let reads = 0
  const from = (start: number, end = content.length) => {
    reads += 1
    return Stream.make(content.subarray(start, end))
  }
  const source = { path: "a", sizeBytes: content.length, from }
  return Effect.runPromise(compare(source, { own, isOwnLikely, seekers }, false)).then((found) => ({ ...found, reads }))
}

it("is its own entry, if that is likely, before anybody else is asked", async () => {
  const own = knownOf("own", content.subarray(0, 40_000))
  expect(await compared(own, true)).toMatchObject({ base: own, starts: [own], reads: 1 })
  expect((await compared(own, false)).starts).toHaveLength(101)
})

it("is found to be another's where it is not its own", async () => {
  const other = knownOf("own", contentOf("b:40000"))
  for (const [isOwnLikely, reads] of [
    [true, 2],
    [false, 1]
  ] as const) {
    const found = await compared(other, isOwnLikely)
    expect([found.base?.entry.name, found.starts.length, found.reads]).toEqual(["seeker-99", 100, reads])
  }
})

it("is found in all of many archives that change their names at once, without a record of files", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pond-logs-"))
  try {
    const mirror = await mirroring(directory)
    const names = Array.from({ length: 50 }, (_, index) => `app-${index}`)
    const bytes = (index: number) => `s${index}:${index + 1}`
    doOnHost(
      directory,
      names.map((name, index) => ({ write: [name, bytes(index)] }))
    )
    await mirror.sync()
    doOnHost(directory, [
      ...names.map((name) => ({ rename: [name, `${name}.aside`] as const })),
      ...names.map((name, index) => ({ rename: [`${name}.aside`, names[(index + 7) % 50]!] as const }))
    ])
    const { codes } = await mirror.sync()
    expect(new Set(Object.values(codes))).toEqual(new Set(["renamed"]))
    for (const index of names.keys()) {
      expect((await mirror.read(names[(index + 7) % 50]!))?.equals(contentOf(bytes(index)))).toBe(true)
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
