/**
 * `pond run NAME b3sum`: the BLAKE3 of each file of the mirror, as lines that `b3sum --check` reads in a directory that holds them.
 */
import { Effect, Schema } from "effect"
import { compareKeys } from "../../store/key.ts"
import { Transaction } from "../../tinyfs/index.ts"
import { defineCommand } from "../contract.ts"
import type { LogfileConfig } from "./config.ts"
import { entriesIn } from "./mirror.ts"
import { mirrorOf } from "./settings.ts"

const ChecksumReport = Schema.Struct({
  files: Schema.Array(Schema.Struct({ name: Schema.String, hash: Schema.String, size: Schema.Finite }))
})

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" }

/** A line as b3sum writes it: a name with a backslash or the end of a line is escaped, and a backslash in front says so. */
export const checksumLine = (name: string, hash: string): string => {
  const escaped = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!)
  return `${escaped === name ? "" : "\\"}${hash}  ${escaped}`
}

/** `b3sum` of the factory `logfile`. */
export const b3sumCommand = defineCommand<LogfileConfig>()({
  description: "Print the BLAKE3 of each file of the mirror, as `b3sum --check` reads it.",
  flags: {},
  isReading: true,
  report: ChecksumReport,
  run: ({ config }) =>
    Effect.gen(function* () {
      const { known } = yield* entriesIn(yield* Transaction, mirrorOf(config).directory)
      const files = [...known.values()]
        .map(({ entry, node: { content } }) => ({
          name: entry.name,
          hash: content?.hash ?? entry.hash,
          size: content?.sizeBytes ?? 0
        }))
        .toSorted((left, right) => compareKeys(left.name, right.name))
      return { files }
    }),
  lines: ({ files }) => files.map(({ hash, name }) => checksumLine(name, hash))
})
