/**
 * How benchmarks tell what they found.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** One number of a benchmark. */
export interface Measure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** What the number is to be, as `docs` promise it. */
  readonly budget?: string
}

/** Prints measures as a table and writes them to `bench/results/<name>.json`. */
export const report = (name: string, measures: ReadonlyArray<Measure>): void => {
  const width = Math.max(...measures.map(({ what }) => what.length))
  for (const { budget, unit, value, what } of measures) {
    const digits = value.toFixed(value < 100 ? 2 : 0).padStart(9)
    process.stdout.write(`${what.padEnd(width)} ${digits} ${unit}${budget === undefined ? "" : ` (${budget})`}\n`)
  }
  const results = join(import.meta.dirname, "..", "results")
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(measures, undefined, 2)}\n`)
}
