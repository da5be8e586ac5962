/**
 * The configuration of a mirror: what people write, checked once, and what a sync works with.
 */
import { Result, Schema } from "effect"
import { type Glob, parseGlob, parsePath } from "../../tinyfs/index.ts"

const pattern = (about: string, alias: string) =>
  Schema.NonEmptyString.pipe(
    Schema.check(
      Schema.makeFilter((text: string) => {
        if (!text.startsWith("/")) return `a pattern is an absolute path: ${JSON.stringify(text)} does not begin with /`
        const glob = parseGlob(text)
        if (Result.isFailure(glob)) return glob.failure.message
        return glob.success.alternatives.every(({ length }) => length > 0) || "the root of the host is no file"
      })
    )
  ).annotate({ description: about, alias })

const limit = (about: string) => Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0))).annotate({ description: about })

/** What a mirror of log files is told. */
export const LogfileConfig = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Label in reports; by default the name of the instance." })
  ),
  archived_pattern: pattern(
    "Glob of the files that were rotated away, as an absolute path: /var/log/app-*.json.",
    "archived"
  ),
  active_pattern: pattern("Glob of the files that grow, as an absolute path: /var/log/app.json.", "active"),
  pond_path: Schema.NonEmptyString.pipe(
    Schema.check(
      Schema.makeFilter((text: string) => {
        const path = parsePath(text)
        if (Result.isFailure(path)) return path.failure.message
        return path.success.names.length > 0 || "the root cannot be a mirror: name a directory in it"
      })
    )
  ).annotate({ description: "Directory of the mirror in the pond: /logs/app." }),
  timestamp_field: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "Field of each JSON line that holds its time: bounds of each version."
    })
  ),
  timestamp_unit: Schema.optionalKey(
    Schema.Literals(["s", "ms", "us", "ns", "iso"]).annotate({
      description: "Unit of that field; by default iso, a text as in RFC 3339."
    })
  ),
  symlinks: Schema.optionalKey(
    Schema.Literals(["skip", "follow"]).annotate({ description: "What becomes of symbolic links; by default skip." })
  ),
  compressed: Schema.optionalKey(
    Schema.Literals(["recognise", "opaque"]).annotate({
      description: "Whether compressed archives complete what was mirrored before; by default recognise."
    })
  ),
  verification: Schema.optionalKey(
    Schema.Literals(["standard", "full"]).annotate({
      description: "full: every sync compares every byte; by default standard, which skips what cannot have changed."
    })
  ),
  limits: Schema.optionalKey(
    Schema.Struct({
      decompressed_bytes: Schema.optionalKey(limit("Most bytes that a compressed archive may decompress to.")),
      decompression_ratio: Schema.optionalKey(limit("Most times its size that a compressed archive may decompress to."))
    }).annotate({ description: "Bounds for compressed archives; what is beyond is kept as it is." })
  )
})

/** A checked configuration of a mirror. */
export type LogfileConfig = typeof LogfileConfig.Type

/** A pattern that was checked, as a glob. */
export const globOf = (text: string): Glob => Result.getOrThrow(parseGlob(text))

/** A path in the pond that was checked, in its only form. */
export const pondPathOf = (text: string): string => `/${Result.getOrThrow(parsePath(text)).names.join("/")}`
