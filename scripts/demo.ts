/**
 * `npm start`: shows in a few seconds what Pond's content addressing does, on a file made for it in a temporary
 * directory. Every sentence it prints was checked a moment before: what is not true ends the demonstration with an error.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { appendFileSync, closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { styleText } from "node:util"
import type { HashTree } from "../src/bao/index.ts"
import {
  GROUP_BYTES,
  hash,
  hashTree,
  PAIR_BYTES,
  Pool,
  resume,
  run,
  stablePairs,
  tailStart,
  toHex,
  verifyRange,
  VerificationFailed
} from "../src/bao/index.ts"

const LINES = 200_000
const FLIPPED = 7_000_000
const root = join(import.meta.dirname, "..")

const count = (value: number): string => value.toLocaleString("en")
const milliseconds = (start: number): string => `${(performance.now() - start).toFixed(2)} ms`
const heading = (text: string): void =>
  console.log(`
${styleText("bold", text)}`)
const say = (text: string): void => console.log(`   ${text}`)

/** The lines of a log from `first` on: the same on every machine. */
const logLines = (first: number, lines: number): string =>
  Array.from({ length: lines }, (_, index) => {
    const number = first + index
    return `line ${number} GET /orders/${(number * 7919) % 100_003} 200 ${(number * 104_729) % 997} ms\n`
  }).join("")

/** Reads a range of a file, verified; throws when a byte of it is not what was hashed. */
const readVerified = (
  file: number,
  tree: HashTree,
  start: number,
  end: number
): { bytes: Buffer; readBytes: number } => {
  let readBytes = 0
  const read = (from: number, to: number): Uint8Array => {
    const bytes = new Uint8Array(to - from)
    readBytes += bytes.length
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from))
  }
  return { bytes: Buffer.concat([...run(verifyRange(tree, start, end), read)]), readBytes }
}

/** Hashes a file with the `pond` command, as a person would. */
const command = (path: string): string => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "bin/pond"), "b3sum", "--no-names", path])
  assert.equal(status, 0, "the command is not built: run `npm install`")
  return stdout.toString().trim()
}

const demonstrate = async (path: string): Promise<void> => {
  heading("1. A log file")
  writeFileSync(path, logLines(1, LINES))
  const file = openSync(path, "r+")
  await using pool = new Pool()
  const tree = await pool.outboard(file)
  say(`${count(LINES)} lines, ${count(tree.sizeBytes)} bytes.`)
  say(`Its BLAKE3 hash, also printed by \`pond b3sum\` and by any b3sum:`)
  say(toHex(tree.root))
  assert.equal(command(path), toHex(tree.root))

  heading("2. Its hash tree")
  const share = ((100 * tree.outboard.length) / tree.sizeBytes).toFixed(2)
  say(`${count(tree.outboard.length)} bytes, ${share} % of the file, prove any part of it.`)

  heading("3. A few lines from the middle, verified")
  const start = performance.now()
  const { bytes, readBytes } = readVerified(file, tree, FLIPPED, FLIPPED + 200)
  say(`Read and checked ${count(readBytes)} bytes instead of ${count(tree.sizeBytes)}, in ${milliseconds(start)}:`)
  for (const line of bytes.toString().split("\n").slice(1, -1)) say(`| ${line}`)
  assert.ok(logLines(1, LINES).includes(bytes.toString()))

  heading("4. One bit of the file flips")
  showDamage(file, tree)

  heading("5. The log grows")
  showAppend(path, file, tree)
  closeSync(file)
}

const showDamage = (file: number, tree: HashTree): void => {
  const sound = Buffer.alloc(1)
  readSync(file, sound, 0, 1, FLIPPED)
  writeSync(file, Buffer.of(sound[0]! ^ 4), 0, 1, FLIPPED)
  say(`Bit 2 of byte ${count(FLIPPED)} is now the other way round. Reading the file tells:`)
  assert.throws(
    () => readVerified(file, tree, 0, tree.sizeBytes),
    (error) => {
      assert.ok(error instanceof VerificationFailed && error.start <= FLIPPED && FLIPPED < error.end)
      say(`"${error.message}"`)
      return true
    }
  )
  const group = FLIPPED - (FLIPPED % GROUP_BYTES)
  readVerified(file, tree, 0, group)
  readVerified(file, tree, group + GROUP_BYTES, tree.sizeBytes)
  say(`The other ${count(tree.sizeBytes - GROUP_BYTES)} bytes are still read, and still proved.`)
  writeSync(file, sound, 0, 1, FLIPPED)
  readVerified(file, tree, 0, tree.sizeBytes)
  say("With the bit back, every byte is as it was.")
}

const showAppend = (path: string, file: number, tree: HashTree & { readonly outboard: Uint8Array }): void => {
  const added = logLines(LINES + 1, 3)
  const tail = new Uint8Array(tree.sizeBytes - tailStart(tree.sizeBytes))
  readSync(file, tail, 0, tail.length, tailStart(tree.sizeBytes))
  const start = performance.now()
  const builder = resume(tree, tail)
  builder.update(Buffer.from(added))
  const grown = toHex(builder.root())
  say(
    `${count(added.length)} bytes more. The new hash, from the last ${count(tail.length)} bytes and the tree, in ${milliseconds(start)}:`
  )
  say(grown)
  appendFileSync(path, added)
  const content = new Uint8Array(tree.sizeBytes + added.length)
  readSync(file, content, 0, content.length, 0)
  assert.equal(toHex(hash(content)), grown)
  assert.equal(command(path), grown)
  const kept = stablePairs(tree.sizeBytes)
  const anew = hashTree(content).outboard.subarray(0, kept * PAIR_BYTES)
  assert.deepEqual(Buffer.from(anew), Buffer.from(tree.outboard.subarray(0, kept * PAIR_BYTES)))
  say(
    `The whole file hashed anew gives the same; of the old tree ${count(kept)} of ${count(tree.outboard.length / PAIR_BYTES)} pairs never change again.`
  )
}

const directory = mkdtempSync(join(tmpdir(), "pond-demo-"))
process.once("exit", () => rmSync(directory, { recursive: true, force: true }))
process.once("SIGINT", () => process.exit(130))

console.log("Pond keeps what machines write, and proves that no byte of it was lost or changed.")
await demonstrate(join(directory, "orders.log"))
console.log("\nAll of this was checked while it was printed. Next: node bin/pond --help")
