import { expect, it } from "vitest"
import { BlobDamaged, blobKey, formatBlobName, parseBlobName } from "../../../../src/tlogfs/content/blob.ts"

const hash = "ab".repeat(32)

it("reads and writes the names of blobs of every kind and generation", () => {
  const names = {
    [hash]: { hash, kind: "raw", generation: 0 },
    [`${hash}.zst`]: { hash, kind: "zst", generation: 0 },
    [`${hash}.obao`]: { hash, kind: "obao", generation: 0 },
    [`${hash}.1`]: { hash, kind: "raw", generation: 1 },
    [`${hash}.12.zst`]: { hash, kind: "zst", generation: 12 },
    [`${hash}.3.obao`]: { hash, kind: "obao", generation: 3 }
  } as const
  for (const [text, name] of Object.entries(names)) {
    expect(parseBlobName(text)).toEqual(name)
    expect(formatBlobName(name)).toBe(text)
  }
})

it("takes nothing else for a name", () => {
  const odd = [
    "",
    "ab",
    hash.toUpperCase(),
    `${hash}.gz`,
    `${hash}.0.zst`,
    `${hash}.01`,
    `${hash}.-1`,
    `${hash}.zst.1`,
    `${hash}.zst\n`,
    ` ${hash}`,
    `../${hash}`,
    `${hash}/..`,
    `${hash}.9999999999`
  ]
  for (const text of odd) expect(parseBlobName(text), text).toBeUndefined()
})

it("keeps blobs in folders by their first two digits", () => {
  expect(blobKey(`${hash}.zst`)).toBe(`_blobs/ab/${hash}.zst`)
})

it("says which blob, which bytes, why, and what to do", () => {
  const damage = new BlobDamaged({ blob: `${hash}.zst`, start: 5, end: 9, why: "it was cut short" })
  expect(damage.message).toBe(
    `the blob ${hash}.zst, bytes 5 to 9 is damaged: it was cut short. Restore it from a copy of the pond`
  )
})
