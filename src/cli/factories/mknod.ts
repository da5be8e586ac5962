/**
 * Making instances from files.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Option, Schema, Stream } from "effect"
import { createReadStream } from "node:fs"
import { YAML_LENGTH_MAX } from "../../factories/yaml.ts"
import { standardInput } from "../standardInput.ts"
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

/** Reads a little more than a configuration may have: one that is too long is told as such. */
const READ_BYTES_MAX = YAML_LENGTH_MAX + 1

const fileStream = (file: string): Stream.Stream<Uint8Array, unknown> =>
  NodeStream.fromReadable({
    evaluate: () => createReadStream(file, { end: READ_BYTES_MAX - 1 }),
    onError: (error) => error
  })

/** The text of a configuration; it must be UTF-8. */
const textOf = (file: string) =>
  (file === "-" ? standardInput : fileStream(file)).pipe(
    Stream.scan(
      () => new Uint8Array(),
      (before: Uint8Array, chunk) => Buffer.concat([before, chunk])
    ),
    Stream.takeUntil(({ length }) => length >= READ_BYTES_MAX),
    Stream.runLast,
    Effect.mapError((cause) => new ConfigUnreadable({ file, cause })),
    Effect.flatMap((bytes) =>
      Effect.try({
        try: () => new TextDecoder("utf-8", { fatal: true }).decode(Option.getOrElse(bytes, () => new Uint8Array())),
        catch: (cause) => new ConfigUnreadable({ file, cause })
      })
    )
  )

/** Makes an instance out of a file. */
export const mknod = (options: {
  readonly type: string
  readonly path: string
  readonly configPath: string
  readonly isReplacing: boolean
}) =>
  Effect.gen(function* () {
    const { configPath, isReplacing, path, type } = options
    const yaml = yield* textOf(configPath)
    yield* write({ command: "mknod", type, instance: path.startsWith("/") ? path : `/${path}`, yaml, isReplacing })
  }).pipe(Effect.provide(factoriesLayer))
