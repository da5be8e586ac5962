/**
 * Makes the golden ponds of the format in `test/golden/ponds`: archives of small ponds, and for each what must be found in it.
 *
 * What must be found is noted by a plain model beside the pond, with hashes by others; ids, nonces and times come from a seed. Ponds of a
 * released format are never made anew. Run: `node scripts/golden-ponds.ts`.
 */
import { Effect, Option, Random } from "effect"
import { TestClock } from "effect/testing"
import { mkdirSync, writeFileSync } from "node:fs"
import { zstdCompressSync } from "node:zlib"
import { MemoryDisk } from "../src/store/memory/disk.ts"
import { memoryStore } from "../src/store/memory/store.ts"
import type { Store } from "../src/store/ObjectStore.ts"
import { Transaction } from "../src/tinyfs/index.ts"
import { maintain, openAt, type PondInterface } from "../src/tlogfs/index.ts"
import { agreed } from "../test/support/bao/oracles.ts"
import { noise } from "../test/support/bao/content.ts"

/** One node, as the expectation of a pond tells it. */
type Expected = Readonly<Record<string, string | number | boolean | object>>

const hashOf = (bytes: Uint8Array): string => agreed((oracle) => oracle.hash(bytes))
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A pond that is being made, and what was done to it. */
class Making {
  readonly pond: PondInterface
  readonly store: Store
  readonly tree = new Map<string, Expected>()
  readonly #bytes = new Map<string, Uint8Array>()
  readonly states: Record<string, Readonly<Record<string, Expected>>> = {}
  readonly chain: Array<{ readonly chain: string; readonly root: string }> = []

  constructor(pond: PondInterface, store: Store) {
    this.pond = pond
    this.store = store
  }

  mkdir(path: string) {
    return this.#do(
      (open) => open.mkdir(path),
      () => this.tree.set(path, { type: "dir" })
    )
  }

  write(path: string, bytes: Uint8Array, type: "file" | "table" = "file") {
    return this.#do(
      (open) => open.write(path, bytes, { type }),
      () => this.#content(path, type, bytes)
    )
  }

  append(path: string, bytes: Uint8Array) {
    const times = { minMicros: -1, maxMicros: 1_700_000_000_000_000 + bytes.length }
    return this.#do(
      (open) => open.append(path, bytes, { times }),
      () => this.#content(path, "series", Buffer.concat([this.#bytes.get(path) ?? Buffer.alloc(0), bytes]))
    )
  }

  addVersion(path: string, bytes: Uint8Array) {
    return this.#do(
      (open) => open.addVersion(path, bytes),
      () => this.#content(path, "table-series", bytes)
    )
  }

  symlink(target: string, path: string) {
    return this.#do(
      (open) => open.symlink(target, path),
      () => this.tree.set(path, { type: "symlink", target })
    )
  }

  configure(path: string, factory: string, config: string) {
    return this.#do(
      (open) => open.configure(path, factory, utf8(config)),
      () => this.tree.set(path, { ...this.tree.get(path), type: "dynamic", factory, config })
    )
  }

  attributes(path: string, attributes: Readonly<Record<string, string | number | boolean>>) {
    return this.#do(
      (open) => open.setAttributes(path, attributes),
      () => path !== "/" && this.tree.set(path, { ...this.tree.get(path), attributes })
    )
  }

  move(from: string, to: string) {
    return this.#do(
      (open) => open.move(from, to),
      () => {
        for (const map of [this.tree, this.#bytes] as ReadonlyArray<Map<string, unknown>>) {
          for (const [path, value] of map) {
            if (path !== from && !path.startsWith(`${from}/`)) continue
            map.delete(path)
            map.set(`${to}${path.slice(from.length)}`, value)
          }
        }
      }
    )
  }

  /** Forgets the bytes of the first version. */
  prune(path: string) {
    return this.#do(
      (open) => open.prune(path, [{ first: 1, last: 1 }]),
      () => this.tree.set(path, { ...this.tree.get(path), attributes: { "pond.pruned": "1" } })
    )
  }

  remove(path: string) {
    return this.#do(
      (open) => open.remove(path, { recursive: true }),
      () => {
        for (const map of [this.tree, this.#bytes] as ReadonlyArray<Map<string, unknown>>) {
          for (const one of map.keys()) if (one === path || one.startsWith(`${path}/`)) map.delete(one)
        }
      }
    )
  }

  /** Commits steps as one transaction, a second after the one before; `isNoted`: what is there then is part of the expectation. */
  commit(steps: ReadonlyArray<ReturnType<Making["mkdir"]>>, isNoted = true) {
    return Effect.gen({ self: this }, function* () {
      yield* TestClock.adjust("1 second")
      const options = { author: "golden", request: `step ${this.chain.length + 1}` }
      const { committed } = yield* this.pond.transaction(Effect.all(steps, { discard: true }), options)
      const { hash, header } = Option.getOrThrow(committed)
      this.chain.push({ chain: hash, root: header.root })
      if (isNoted) this.states[header.txn] = Object.fromEntries([...this.tree].toSorted())
    })
  }

  #content(path: string, type: string, bytes: Uint8Array): void {
    const attributes = this.tree.get(path)?.["attributes"]
    this.#bytes.set(path, bytes)
    const content = { type, size: bytes.length, hash: hashOf(bytes) }
    this.tree.set(path, attributes === undefined ? content : { ...content, attributes })
  }

  #do<A, E>(change: (open: Transaction["Service"]) => Effect.Effect<A, E>, note: () => unknown) {
    return Effect.gen(function* () {
      yield* change(yield* Transaction)
      note()
    }).pipe(Effect.orDie)
  }
}

/** Every type of node, every kind of event, names that are easily got wrong. */
const types = (making: Making) =>
  Effect.gen(function* () {
    const long = "n".repeat(255)
    yield* making.commit([
      making.mkdir("/logs"),
      making.write("/notes.txt", utf8("hello\n")),
      making.write("/void", utf8(""))
    ])
    yield* making.commit([
      making.append("/logs/app.json", utf8('{"seq":1}\n')),
      making.symlink("app.json", "/logs/latest"),
      making.configure("/mirror", "logfile", "source: /var/log\n"),
      making.attributes("/logs", { owner: "ann", "10": 1, "9": true, "\u{10000}": -1, "\u{fffd}": '"\n' })
    ])
    yield* making.commit([
      making.addVersion("/days", utf8("PAR1 monday PAR1")),
      making.write("/table.parquet", utf8("PAR1 PAR1"), "table"),
      making.write("/caf\u{e9}", utf8("composed")),
      making.write("/cafe\u{301}", utf8("decomposed")),
      making.write(`/${long}`, utf8("long")),
      making.write("/__proto__", utf8("proto")),
      making.write("/constructor", utf8("constructor"))
    ])
    yield* making.commit([making.mkdir("/archive"), making.move("/logs", "/archive/logs")])
    yield* making.commit([
      making.append("/archive/logs/app.json", utf8('{"seq":2}\n')),
      making.addVersion("/days", utf8("PAR1 tuesday PAR1"))
    ])
    yield* making.commit([making.remove("/notes.txt"), making.write("/void", utf8("no longer"))])
    yield* making.commit([
      making.write("/notes.txt", utf8("another node\n")),
      making.configure("/mirror", "logfile", "source: /srv\n")
    ])
    yield* making.commit([
      making.attributes("/", { label: "golden" }),
      making.move("/table.parquet", `/archive/${long}`)
    ])
    yield* making.commit([making.remove("/archive")])
  })

const lines = (sizeBytes: number, seed: number): Uint8Array => {
  const one = (at: number): string => `{"seq":${at},"sensor":"pump-${(at * seed) % 7}","level":"info"}\n`
  const text = Array.from({ length: Math.ceil(sizeBytes / 30) }, (_, at) => one(at)).join("")
  return utf8(text).slice(0, sizeBytes)
}

const GROUP = 16 * 1024

/** Contents in rows, blobs and packs, compressed or not; series that end before, on and after every kind of edge; a blob of a second generation. */
const contents = (making: Making) =>
  Effect.gen(function* () {
    yield* making.commit([
      making.write("/inline", lines(64 * 1024, 1)),
      making.write("/raw", noise(70_000).slice()),
      making.write("/pack-a", lines(80_000, 2)),
      making.write("/pack-b", lines(90_000, 3)),
      making.write("/pack-c", lines(80_000, 2))
    ])
    let size = 0
    for (const end of [
      1,
      GROUP - 1,
      GROUP,
      GROUP + 1,
      2 * GROUP,
      3 * GROUP,
      3 * GROUP + 5,
      8 * GROUP,
      13 * GROUP,
      13 * GROUP + 9
    ]) {
      yield* making.commit([making.append("/series", lines(end, 4).slice(size))])
      size = end
    }
    yield* making.commit([
      making.write("/large", lines(5 * 2 ** 20 + 11, 5)),
      making.append("/tree", lines(17 * 2 ** 20, 6))
    ])
    yield* making.commit([making.append("/tree", lines(100_000, 7))])

    yield* making.commit(
      [making.write("/forgotten", lines(70_000, 9)), making.write("/forgotten-inline", utf8("first"))],
      false
    )
    yield* making.commit([
      making.write("/forgotten", lines(70_000, 10)),
      making.write("/forgotten-inline", utf8("second"))
    ])
    yield* making.commit([making.prune("/forgotten"), making.prune("/forgotten-inline")])

    // A blob that nothing names, as a writer that died leaves it: vacuum condemns it, and whoever writes it again names it anew.
    const again = lines(4_500_000, 8)
    const elsewhere = memoryStore()
    const other = yield* openAt(elsewhere, true, undefined)
    yield* other.transaction(Effect.flatMap(Transaction, (open) => open.write("/leftover", again)))
    const name = `_blobs/${hashOf(again).slice(0, 2)}/${hashOf(again)}.zst`
    yield* making.store.putIfAbsent(name, yield* elsewhere.get(name))
    yield* making.commit([making.write("/small", utf8("newer than the leftover"))])
    yield* maintain(making.store, 0)
    yield* making.commit([making.write("/again", again)])
  }).pipe(Effect.orDie)

/** Many transactions: publications, merged files, index pieces and checkpoints, and a tail after the last of them. */
const history = (making: Making) =>
  Effect.gen(function* () {
    yield* making.commit([making.mkdir("/many"), making.mkdir("/logs")])
    for (let at = 1; at <= 150; at++) {
      const steps = [making.append(`/logs/${at % 5}.json`, utf8(`{"seq":${at}}\n`))]
      if (at % 4 === 0) steps.push(making.write(`/many/${at}.txt`, utf8(`number ${at}\n`)))
      if (at % 12 === 0) steps.push(making.move(`/many/${at - 4}.txt`, `/many/moved-${at - 4}.txt`))
      if (at % 20 === 0)
        steps.push(
          making.remove(
            `/many/${at - 8}.txt`.replace(/(\d+)\.txt$/, (name, id: string) =>
              Number(id) % 12 === 8 ? `moved-${name}` : name
            )
          )
        )
      yield* making.commit(steps, at % 25 === 0 || at === 1)
      if (at === 100) yield* Effect.orDie(maintain(making.store, 0))
    }
  })

const BLOCK = 512

/** A tar archive (ustar) of files, with nothing in it that depends on when or where it was made. */
const tarOf = (files: ReadonlyArray<readonly [string, Uint8Array]>): Buffer => {
  const parts: Array<Uint8Array> = []
  for (const [path, bytes] of files) {
    const header = Buffer.alloc(BLOCK)
    header.write(path, 0)
    header.write("0000600\0" + "0000000\0".repeat(2), 100)
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0        0`, 124)
    header.write("ustar\x0000", 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
    parts.push(header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK))
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

const PONDS = { types, contents, history }
const folder = new URL("../test/golden/ponds/", import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, make] of Object.entries(PONDS)) {
  const disk = new MemoryDisk()
  const program = Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 10, 21))
    const store = memoryStore(disk)
    const making = new Making(yield* openAt(store, true, undefined), store)
    yield* make(making)
    return { id: making.pond.id, chain: making.chain, states: making.states }
  }).pipe(Random.withSeed(name), Effect.provide(TestClock.layer()))
  const { chain, id, states } = await Effect.runPromise(program)
  const archive = tarOf(disk.keys().map((key) => [`data/${key}`, disk.read(key)!.bytes] as const))
  writeFileSync(new URL(`${name}.tar.zst`, folder), zstdCompressSync(archive))
  const list = (entries: ReadonlyArray<string>): string => entries.map((entry) => `    ${entry}`).join(",\n")
  const chains = list(chain.map((one) => JSON.stringify(one)))
  const noted = list(Object.entries(states).map(([txn, state]) => `${JSON.stringify(txn)}: ${JSON.stringify(state)}`))
  const text = `{\n  "id": ${JSON.stringify(id)},\n  "chain": [\n${chains}\n  ],\n  "states": {\n${noted}\n  }\n}\n`
  writeFileSync(new URL(`${name}.json`, folder), text)
}
