/**
 * Making instances from files.
 */
import { Effect, Schema } from "effect"
import { readFile } from "node:fs/promises"
import { factoriesLayer } from "./registry.ts"
import { write } from "./add.ts"

/** A configuration file cannot be read. */
export class ConfigUnreadable extends Schema.TaggedError<ConfigUnreadable>()("ConfigUnreadable", {
  file: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the configuration ${JSON.stringify(this.file)} cannot be read: ${why}`
  }
}

/** Makes an instance out of a file. */
export const mknod = (options: {
  readonly type: string
  readonly path: string
  readonly configPath: string
  readonly isReplacing: boolean
}) =>
  Effect.gen(function* () {
    const { configPath, isReplacing, path, type } = options
    const yaml = yield* Effect.tryPromise({
      try: () => readFile(configPath === "-" ? "/dev/stdin" : configPath, "utf8"),
      catch: (cause) => new ConfigUnreadable({ file: configPath, cause })
    })
    yield* write({ command: "mknod", type, instance: path.startsWith("/") ? path : `/${path}`, yaml, isReplacing })
  }).pipe(Effect.provide(factoriesLayer))
