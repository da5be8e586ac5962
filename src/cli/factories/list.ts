/**
 * The factories there are.
 */
import { Effect, Schema, Stream } from "effect"
import { Factories } from "../../factories/registry.ts"
import { presentAll } from "../present.ts"
import { factoriesLayer } from "./registry.ts"

/** One line of `pond factories --json`. */
export const FactoryEntry = Schema.Struct({
  type: Schema.String,
  aliases: Schema.Array(Schema.String),
  description: Schema.String,
  commands: Schema.Array(Schema.Struct({ name: Schema.String, description: Schema.String }))
})

/** Tells which factories there are. */
export const list = Effect.gen(function* () {
  const { all } = yield* Factories
  const entries = all.map(({ aliases, commands, description, type }) => ({
    type,
    aliases,
    description,
    commands: Object.entries(commands).map(([name, command]) => ({ name, description: command.description }))
  }))
  yield* presentAll(FactoryEntry, Stream.fromIterable(entries), (page) =>
    page.flatMap(({ commands, description, type }) => [
      `${type}: ${description}`,
      ...commands.map((command) => `  ${type} ${command.name}: ${command.description}`)
    ])
  )
}).pipe(Effect.provide(factoriesLayer))
