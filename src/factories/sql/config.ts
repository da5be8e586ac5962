/**
 * The configuration of a derived node: a query over other paths of the pond.
 */
import { Schema } from "effect"

/** What a derived node is told. */
export const SqlConfig = Schema.Struct({
  query: Schema.NonEmptyString.annotate({
    description: "The statement whose rows it has: SELECT level, count(*) AS n FROM '/logs/*.json' GROUP BY level"
  }),
  bad_lines: Schema.optionalKey(
    Schema.Literals(["strict", "skip"]).annotate({
      description: "Lines that are no rows: strict fails whoever reads it (the default), skip leaves them out."
    })
  )
})

/** A checked configuration of a derived node. */
export type SqlConfig = typeof SqlConfig.Type
