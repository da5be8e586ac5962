/**
 * What the store in a directory costs: durable small objects, large staged ones, reading, absence, lists.
 *
 * Prints a table, and writes the numbers to `bench/results/store.json`. An argument names the directory to measure in.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Stream } from "effect"
import { localStore } from "../src/store/local/store.ts"
import type { Store } from "../src/store/ObjectStore.ts"

interface Measure {
  readonly what: string
  readonly value: number
  readonly unit: string
}

const SMALL_BYTES = 3000
const ROUNDS = 1000
const LARGE_BYTES = 1024 ** 3
const STEP_BYTES = 1024 ** 2

const millis = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Runs an effect and gives the milliseconds it took. */
const took = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.gen(function* () {
    const began = yield* millis
    yield* effect
    return (yield* millis) - began
  })

/** Runs an effect for each number, and gives the milliseconds of each, sorted. */
const tookEach = <E>(count: number, effect: (number: number) => Effect.Effect<unknown, E>) =>
  Effect.map(
    Effect.forEach(Array.from({ length: count }), (_, number) => took(effect(number))),
    (times) => times.toSorted((left, right) => left - right)
  )

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN

const small = (store: Store) =>
  Effect.gen(function* () {
    const bytes = new Uint8Array(SMALL_BYTES).fill(7)
    const created = yield* tookEach(ROUNDS, (number) => store.putIfAbsent(`_delta_log/${number}.json`, bytes))
    const read = yield* tookEach(ROUNDS, (number) => store.get(`_delta_log/${number}.json`))
    const absent = yield* tookEach(ROUNDS, (number) => store.head(`_delta_log/absent-${number}.json`))
    const listed = yield* took(Stream.runDrain(store.list("")))
    const perSecond = (ROUNDS * 1000) / created.reduce((sum, time) => sum + time, 0)
    return [
      { what: `create ${SMALL_BYTES} B durably, p50`, value: quantile(created, 0.5), unit: "ms" },
      { what: `create ${SMALL_BYTES} B durably, p99`, value: quantile(created, 0.99), unit: "ms" },
      { what: `create ${SMALL_BYTES} B durably`, value: perSecond, unit: "per second" },
      { what: `read ${SMALL_BYTES} B, p50`, value: quantile(read, 0.5) * 1000, unit: "µs" },
      { what: "look up an absent key, p50", value: quantile(absent, 0.5) * 1000, unit: "µs" },
      { what: `list ${ROUNDS} objects`, value: listed, unit: "ms" }
    ]
  })

const large = (store: Store) =>
  Effect.gen(function* () {
    const step = crypto.getRandomValues(new Uint8Array(65_536))
    const bytes = new Uint8Array(STEP_BYTES)
    for (let at = 0; at < STEP_BYTES; at += step.length) bytes.set(step, at)
    const written = yield* took(
      Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* store.stage
          for (let at = 0; at < LARGE_BYTES; at += STEP_BYTES) yield* staged.write(bytes)
          yield* staged.publish("large")
        })
      )
    )
    const streamed = yield* took(Stream.runDrain(store.stream("large")))
    yield* store.delete("large")
    const megabytesPerSecond = (elapsedMs: number): number => LARGE_BYTES / 1000 / elapsedMs
    return [
      { what: "stage and publish 1 GiB durably", value: megabytesPerSecond(written), unit: "MB/s" },
      { what: "stream 1 GiB back", value: megabytesPerSecond(streamed), unit: "MB/s" }
    ]
  })

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "pond-bench-"))
try {
  const store = localStore(join(directory, "pond"))
  const measures: ReadonlyArray<Measure> = await Effect.runPromise(
    Effect.zipWith(small(store), large(store), (first, second) => [...first, ...second])
  )
  for (const { what, value, unit } of measures) {
    process.stdout.write(`${what.padEnd(36)} ${value.toFixed(value < 100 ? 2 : 0).padStart(8)} ${unit}\n`)
  }
  const results = join(import.meta.dirname, "results")
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, "store.json"), `${JSON.stringify(measures, undefined, 2)}\n`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
