/**
 * The factory `import`: another pond, whose tree appears under a path of this one, read-only and pinned.
 */
import { Effect, Schema } from "effect"
import { defineCommand, defineFactory } from "../contract.ts"
import { ImportConfig, problemAmong } from "./config.ts"
import { ImportReport, isUnsettled, linesOf } from "./report.ts"
import { LIMITS } from "../reach.ts"

/** What carries history: loaded when it is asked for, because every run of any factory knows this one. */
const bringing = Effect.promise(() => import("./bring.ts"))

const statusCommand = defineCommand<ImportConfig>()({
  description: "Tell how the import stands to the pond that it shows.",
  flags: {},
  isReading: true,
  report: ImportReport,
  run: ({ config }) => Effect.flatMap(bringing, ({ compare }) => compare(config)),
  lines: linesOf,
  needsAttention: isUnsettled
})

const pullCommand = defineCommand<ImportConfig>()({
  description: "Show the newest of the other pond, all of it checked before.",
  flags: {
    expect: Schema.optionalKey(
      Schema.String.annotate({ description: "The root hash that must be there; otherwise nothing is taken." })
    ),
    whole: Schema.optionalKey(
      Schema.Boolean.annotate({
        description: "Bring all bytes, now and from now on: nothing is fetched when it is read."
      })
    ),
    heal: Schema.optionalKey(
      Schema.Boolean.annotate({
        description: "Of an import whose bytes are all here: read everything, and bring again what is damaged or lost."
      })
    ),
    ...LIMITS
  },
  report: ImportReport,
  run: ({ config, flags: { expect, heal, whole, ...limits } }) =>
    Effect.flatMap(bringing, ({ bring }) =>
      bring({ ...config, ...limits }, { isHealing: heal, isWhole: whole, expected: expect })
    ),
  lines: linesOf,
  needsAttention: isUnsettled
})

/** The imports of a pond. */
export const importing = defineFactory(
  {
    type: "import",
    description: "Another pond under a path of this one: read-only, pinned, fetched when it is read.",
    config: ImportConfig,
    bare: "status",
    problemAmong
  },
  { status: statusCommand, pull: pullCommand }
)
