/**
 * Makes `test/golden/bao/encodings.json`: the BLAKE3 of encodings of noise that implementations of others made, the
 * crates `bao` (combined, outboard, slices of chunks) and `bao-tree` (outboards and slices of 16 KiB groups).
 *
 * Slices are of four ranges, as start and length: all, a fifth from a third on, the middle byte, the last byte. Slices
 * of groups begin with the size, as bao's do. Needs cargo. Run: `node scripts/golden-encodings.ts`.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { EDGES, noise } from "../test/support/bao/content.ts"

const sizes = [...new Set([...EDGES, 100_000, 1_000_000, 3_000_001])].toSorted((a, b) => a - b)
const folder = mkdtempSync(join(tmpdir(), "golden-encodings-"))
try {
  const files = sizes.map((sizeBytes, seed) => {
    const path = join(folder, String(sizeBytes))
    writeFileSync(path, noise(sizeBytes, seed))
    return path
  })
  const manifest = fileURLToPath(new URL("golden-encodings/Cargo.toml", import.meta.url))
  const command = ["run", "--release", "--quiet", "--manifest-path", manifest, "--target-dir", join(folder, "target")]
  const lines = execFileSync("cargo", [...command, "--", ...files], { encoding: "utf8" })
    .trim()
    .split("\n")
  const cases = lines.map(
    (line, seed) => `    ${JSON.stringify({ sizeBytes: sizes[seed], seed, ...JSON.parse(line) })}`
  )
  const path = new URL("../test/golden/bao/encodings.json", import.meta.url)
  writeFileSync(path, `{\n  "cases": [\n${cases.join(",\n")}\n  ]\n}\n`)
} finally {
  rmSync(folder, { recursive: true })
  rmSync(new URL("golden-encodings/Cargo.lock", import.meta.url), { force: true })
}
