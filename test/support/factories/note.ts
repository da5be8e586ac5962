/**
 * A real, small factory for tests: it writes a text into a file of the pond, and what is wrong with it can be chosen.
 */
import { Data, Effect, Schema } from "effect"
import { defineCommand, defineFactory } from "../../../src/factories/contract.ts"
import { Transaction } from "../../../src/tinyfs/transaction.ts"

const NoteConfig = Schema.Struct({
  name: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "Label in reports." })),
  file: Schema.NonEmptyString.annotate({ description: "File of the pond.", alias: "to" }),
  text: Schema.optionalKey(Schema.String.annotate({ description: "What is written." })),
  count: Schema.optionalKey(Schema.Int.annotate({ description: "How often." })),
  token: Schema.optionalKey(Schema.String.annotate({ description: "Something secret.", secret: true })),
  service: Schema.optionalKey(
    Schema.Struct({ key: Schema.String.annotate({ description: "Something secret.", secret: true }) })
  ),
  mood: Schema.optionalKey(Schema.Literals(["fine", "worried", "broken"]).annotate({ description: "How it ends." }))
})
type NoteConfig = typeof NoteConfig.Type

/** What the factory does not like. */
export class NoteBroken extends Data.TaggedError("NoteBroken")<{ readonly file: string }> {
  override get message(): string {
    return `the note ${this.file} cannot be written: it is broken`
  }
}

const NoteReport = Schema.Struct({
  label: Schema.String,
  file: Schema.String,
  sizeBytes: Schema.Int,
  mood: Schema.String
})

const write = defineCommand<NoteConfig>()({
  description: "Write the note.",
  flags: {
    text: Schema.optionalKey(Schema.String.annotate({ description: "Another text." })),
    times: Schema.optionalKey(Schema.Int.annotate({ description: "How often, instead." })),
    append: Schema.optionalKey(Schema.Boolean.annotate({ description: "Add to what is there." }))
  },
  operands: ["text"],
  report: NoteReport,
  run: ({ config, flags, instance }) =>
    Effect.gen(function* () {
      const { count = 1, file, mood = "fine", text = "", token = "" } = config
      const transaction = yield* Transaction
      const line = `${flags.text ?? text}\n`.repeat(flags.times ?? count)
      // What is kept of a secret is its length.
      const bytes = new TextEncoder().encode(token === "" ? line : `${token.length}\n${line}`)
      yield* flags.append === true ? transaction.append(file, bytes) : transaction.write(file, bytes)
      if (mood === "broken") return yield* new NoteBroken({ file })
      return { label: instance.name, file, sizeBytes: bytes.length, mood }
    }),
  lines: ({ file, label, sizeBytes }) => [`${label}: ${sizeBytes} bytes in ${file}`],
  needsAttention: ({ mood }) => mood === "worried"
})

const read = defineCommand<NoteConfig>()({
  description: "Tell how long the note is.",
  flags: {},
  isReading: true,
  report: Schema.Struct({ sizeBytes: Schema.Int }),
  run: ({ config }) =>
    Effect.gen(function* () {
      return { sizeBytes: (yield* (yield* Transaction).readBytes(config.file)).length }
    }),
  lines: ({ sizeBytes }) => [`${sizeBytes} bytes`]
})

/** A factory that writes a note. */
export const note = defineFactory(
  {
    type: "note",
    aliases: ["memo"],
    description: "Writes a note.",
    config: NoteConfig,
    bare: "write",
    problemAmong: (config, others) => {
      const same = others.find((other) => other.config.file === config.file)
      return same === undefined ? undefined : `${config.file} is written by ${same.path}`
    }
  },
  { write, read }
)

/** What a configuration that names this module gets. */
export const factories = [note]
