/**
 * Checks the tests: `npm run mutate` plants faults, one at a time, each of which some test must find.
 *
 * A fault is a replacement in a copy of the sources; the copy's tests run until the first failure. Ends with 1 when a
 * fault survives, when the tests fail without one, or when a replacement no longer applies and must be written anew.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A fault, and the tests that are to find it. */
interface Fault {
  readonly name: string
  readonly file: string
  /** Text that stands in the file exactly once. */
  readonly from: string
  readonly to: string
  readonly tests: ReadonlyArray<string>
  /** The fault is a race between threads, which goes well more often than not: the tests have so many tries. */
  readonly tries?: number
}

const KERNELS = ["test/property/bao/kernels.test.ts", "test/unit/bao/kernels.test.ts"]
const HASHES = ["test/property/bao/hash.test.ts"]
const APPENDS = ["test/property/bao/append.test.ts"]
const SLICES = ["test/property/bao/slice.test.ts", "test/property/bao/damage.test.ts"]
const READS = ["test/property/bao/verify.test.ts", "test/property/bao/damage.test.ts"]
const ROWS = ["test/property/query/shred.test.ts", "test/unit/query/text.test.ts"]
const POOL = ["test/unit/bao/pool.test.ts"]

const FAULTS: ReadonlyArray<Fault> = [
  {
    name: "a rotation by another count, in vectors",
    file: "src/bao/wasm/rounds.ts",
    from: "half === 0 ? 12 : 7",
    to: "half === 0 ? 12 : 9",
    tests: KERNELS
  },
  {
    name: "a rotation by another count, in the portable kernel",
    file: "src/bao/portable.ts",
    from: "vb = rotate(vb ^ vc, 7)",
    to: "vb = rotate(vb ^ vc, 9)",
    tests: KERNELS
  },
  {
    name: "no ROOT flag for a content of one group",
    file: "src/bao/wasm/kernel.ts",
    from: "const rootFlag = root ? Flags.root : 0",
    to: "const rootFlag = root ? 0 : 0",
    tests: KERNELS
  },
  {
    name: "a counter of 32 bits",
    file: "src/bao/wasm/kernel.ts",
    from: "Math.floor(counter / 2 ** 32)",
    to: "0",
    tests: KERNELS
  },
  {
    name: "no carry into the counter's high word between lanes",
    file: "src/bao/wasm/lanes.ts",
    from: "code.get(sum).get(low).op(Op.splat).op(Op.less)",
    to: "code.get(sum).get(sum).op(Op.less)",
    tests: KERNELS
  },
  {
    name: "an odd last node is not promoted",
    file: "src/bao/wasm/kernel.ts",
    from: "if (nodes % 2 === 1) this.memory.copyWithin",
    to: "if (nodes % 2 === 2) this.memory.copyWithin",
    tests: KERNELS
  },
  {
    name: "one level of parents too few",
    file: "src/bao/wasm/kernel.ts",
    from: "nodes >= groups",
    to: "nodes > groups",
    tests: KERNELS
  },
  {
    name: "bytes behind a ragged end",
    file: "src/bao/wasm/kernel.ts",
    from: "this.memory.fill(0, PADDED + input.length, PADDED + blocks * BLOCK_BYTES)",
    to: "",
    tests: KERNELS
  },
  {
    name: "the last full group is closed at once",
    file: "src/bao/tree.ts",
    from: "Math.floor((size - 1) / GROUP_BYTES)",
    to: "Math.floor(size / GROUP_BYTES)",
    tests: [...HASHES, ...APPENDS]
  },
  {
    name: "halves of a pair swapped",
    file: "src/bao/frontier.ts",
    from: "pair.set(cv, HASH_BYTES)\n    for (let i = this.#depth - 1; ; i--) {\n      pair.set(this.#stack.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))",
    to: "pair.set(cv)\n    for (let i = this.#depth - 1; ; i--) {\n      pair.set(this.#stack.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), HASH_BYTES)",
    tests: HASHES
  },
  {
    name: "subtrees that are not merged",
    file: "src/bao/frontier.ts",
    from: "for (; neighbours % 2 === 1;",
    to: "for (; neighbours % 4 === 1;",
    tests: HASHES
  },
  {
    name: "pairs of an outboard in another place",
    file: "src/bao/tree.ts",
    from: "pairsWithin(node.start) + node.length - 2",
    to: "node.start + node.length - 2",
    tests: READS
  },
  {
    name: "a leaf of a slice that is not checked",
    file: "src/bao/slice.ts",
    from: "walk.leaf(walk.leafCv(node.start, bytes))",
    to: "walk.pass()",
    tests: SLICES
  },
  {
    name: "a leaf of a verified read that is not checked",
    file: "src/bao/verify.ts",
    from: "walk.leaf(batch.cvOf(node.start))",
    to: "walk.pass()",
    tests: READS
  },
  {
    name: "a pair that is not checked",
    file: "src/bao/walk.ts",
    from: `if (!sameHash(this.#cv, cv)) throw this.#failed("pair", node)`,
    to: "",
    tests: READS
  },
  {
    name: "an append to another content",
    file: "src/bao/append.ts",
    from: "if (!sameHash(builder.root(), stored.root)) throw new StateMismatch(stored.sizeBytes)",
    to: "",
    tests: [...APPENDS, "test/unit/bao/append.test.ts"]
  },
  {
    name: "regions of a file joined as they come",
    file: "src/bao/job.ts",
    from: "this.#early.get(this.#joined)\n    this.#early.delete(this.#joined)",
    to: "this.#early.values().next().value\n    this.#early.clear()",
    tests: POOL
  },
  {
    name: "a job that ends while a thread reads its file",
    file: "src/bao/job.ts",
    from: "if (Atomics.load(this.work.words, i) === 1) return",
    to: "if (Atomics.load(this.work.words, i) === 2) return",
    tests: POOL,
    tries: 12
  },
  {
    name: "a key of a line of JSON twice",
    file: "src/query/shred/wasm/lines.ts",
    from: "seen.set(v128.or(seen.value, v128.load(part.value, Part.bits)))",
    to: "seen.set(seen.value)",
    tests: ROWS
  },
  {
    name: "a bit too many before packed numbers are written",
    file: "src/query/shred/wasm/pack.ts",
    from: "i64.more(taken.value, i64.of(63n))",
    to: "i64.more(taken.value, i64.of(64n))",
    tests: ROWS
  },
  {
    name: "a leap year too often",
    file: "src/query/shred/wasm/times.ts",
    from: "i32.isZero(i32.and(year.value, i32.of(3)))",
    to: "i32.isZero(i32.and(year.value, i32.of(1)))",
    tests: ROWS
  },
  {
    name: "long texts compared with themselves",
    file: "src/query/shred/wasm/texts.ts",
    from: "jump(done, i64.ne(wordOf(left), wordOf(right)))",
    to: "jump(done, i64.ne(wordOf(left), wordOf(left)))",
    tests: ROWS
  },
  {
    name: "objects that are not there where those around them are",
    file: "src/query/shred/depths.ts",
    from: "if (outer !== undefined) this.#kernel.deepen(this.of(outer), rows, cellsAt)",
    to: "if (outer === undefined) this.#kernel.deepen(cellsAt, 0, cellsAt)",
    tests: ROWS
  }
]

const root = join(import.meta.dirname, "..")
const copy = mkdtempSync(join(tmpdir(), "pond-mutate-"))

/** Runs tests of the copy up to the first failure, and returns whether all passed. */
const passes = (tests: ReadonlyArray<string>): boolean => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "source", "--bail", "1", ...tests], {
    cwd: copy,
    // A fault may make a test run for ever: that is caught, too.
    timeout: 300_000
  })
  return status === 0
}

/** Plants a fault, runs its tests, and takes the fault out again. Returns what came of it. */
const outcomeOf = ({ file, from, tests, to, tries = 1 }: Fault): "caught" | "SURVIVED" | "DOES NOT APPLY" => {
  const path = join(copy, file)
  const source = readFileSync(path, "utf8")
  if (source.split(from).length !== 2) return "DOES NOT APPLY"
  writeFileSync(
    path,
    source.replace(from, () => to)
  )
  let survived = true
  for (let at = 0; survived && at < tries; at++) survived = passes(tests)
  writeFileSync(path, source)
  return survived ? "SURVIVED" : "caught"
}

try {
  for (const name of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  if (passes([...new Set(FAULTS.flatMap(({ tests }) => tests))])) {
    for (const fault of FAULTS) {
      const outcome = outcomeOf(fault)
      process.stdout.write(`${outcome.padEnd(15)} ${fault.file.padEnd(28)} ${fault.name}\n`)
      if (outcome !== "caught") process.exitCode = 1
    }
  } else {
    process.stderr.write("the tests fail without any fault: nothing can be said about them\n")
    process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true })
}
