/**
 * The configuration of an import: another pond, whose tree appears under a path of this one.
 */
import { Result, Schema } from "effect"
import { urlProblem } from "../../store/stores.ts"
import { formatPath, parsePath } from "../../tinyfs/index.ts"
import { isPlace } from "../../tlogfs/imports/pin.ts"
import { BUCKET, LIMITS, optionsOf } from "../reach.ts"

/** What an import is told. */
export const ImportConfig = Schema.Struct({
  name: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Label in reports; by default the name of the instance." })
  ),
  url: Schema.NonEmptyString.annotate({
    description:
      "Where the other pond is: s3://bucket/prefix?region=…, the absolute path of a directory, https://host/path."
  }),
  path: Schema.NonEmptyString.annotate({ description: "Where its tree appears, as in /imports/team." }),
  whole: Schema.optionalKey(
    Schema.Boolean.annotate({
      description: "Each pull brings all bytes; by default they are fetched when they are read."
    })
  ),
  transitive: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "What the other pond imports appears as well; by default it does not." })
  ),
  ...BUCKET,
  ...LIMITS
})

/** A checked configuration of an import. */
export type ImportConfig = typeof ImportConfig.Type

/** Directories of the pond in which what lies is run: nothing of another pond may appear there. */
const OWN = "system"

/** The stored form of the path of a mount, or why there can be none. */
export const mountPath = (path: string): Result.Result<string, string> => {
  const parsed = parsePath(path)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure.message)
  const { names } = parsed.success
  if (names.length === 0) return Result.fail("the root is this pond's own: name a path below it")
  return names[0] === OWN
    ? Result.fail(`/${OWN} is this pond's own: name another path`)
    : Result.succeed(formatPath(names))
}

/** What is wrong with a configuration beside those of other imports. */
export const problemAmong = (
  config: ImportConfig,
  others: ReadonlyArray<{ readonly path: string; readonly config: ImportConfig }>
): string | undefined => {
  const path = mountPath(config.path)
  if (Result.isFailure(path)) return path.failure
  if (`${config.url}${config.endpoint ?? ""}`.includes("${")) {
    return "a mount is read by every copy of this pond: its url and endpoint cannot be completed by the environment"
  }
  if (!isPlace(config.url)) return `${JSON.stringify(config.url)} is relative: a mount needs a URL or an absolute path`
  const unreachable = urlProblem(config.url, optionsOf(config))
  if (unreachable !== undefined) return unreachable
  const same = others.find((other) => Result.getOrUndefined(mountPath(other.config.path)) === path.success)
  return same === undefined ? undefined : `${same.path} appears at ${path.success} already: name another path`
}
