/**
 * Makes `test/golden/bao/values.json`: hashes of noise, by two BLAKE3 implementations of others that must agree.
 *
 * Nothing of `src` takes part but the sizes of a tree's parts. Run: `node scripts/golden-bao.ts`.
 */
import { writeFileSync } from "node:fs"
import { EDGES, noise } from "../test/support/bao/content.ts"
import { agreed, extendedHash } from "../test/support/bao/oracles.ts"

const KEY = "whats the Elvish word for friend"
const CONTEXT = "pondfs 2026-11-21 golden values v1"
const EXTENDED_BYTES = 200

const sizes = [...new Set([...EDGES, 100_000, 1_000_000, 5_000_003, 8 * 2 ** 20 + 1])].toSorted((a, b) => a - b)

const cases = sizes.map((sizeBytes, seed) => {
  const bytes = noise(sizeBytes, seed)
  const hash = agreed((oracle) => oracle.hash(bytes))
  const extended = extendedHash(bytes, EXTENDED_BYTES)
  if (!extended.startsWith(hash)) throw new Error(`extended output of ${sizeBytes} bytes does not begin with the hash`)
  return {
    sizeBytes,
    seed,
    hash,
    keyed: agreed((oracle) => oracle.keyed(Buffer.from(KEY), bytes)),
    derived: agreed((oracle) => oracle.derived(CONTEXT, bytes)),
    extended
  }
})

const path = new URL("../test/golden/bao/values.json", import.meta.url)
const lines = cases.map((value) => `    ${JSON.stringify(value)}`)
const head = `  "key": ${JSON.stringify(KEY)},\n  "context": ${JSON.stringify(CONTEXT)},\n`
writeFileSync(path, `{\n${head}  "cases": [\n${lines.join(",\n")}\n  ]\n}\n`)
