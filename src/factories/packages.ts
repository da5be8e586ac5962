/**
 * Further factories, from packages and modules that the configuration of this machine names. Never from what a pond says: their code is run.
 */
import { Effect, Schema } from "effect"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { CONTRACT, type Factory } from "./contract.ts"

/** A package or module of factories cannot be used. */
export class FactoriesUnusable extends Schema.TaggedError<FactoriesUnusable>()("FactoriesUnusable", {
  specifier: Schema.String,
  directory: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return (
      `the factories of ${JSON.stringify(this.specifier)} cannot be used: ${this.problem}. It is named in the configuration, under ` +
      `\`factories\`, and looked for from ${this.directory}; \`pond config show --origin\` tells where`
    )
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message.split("\n")[0]! : String(cause))

/** The file that a specifier means: a path from the directory, or a package that is installed there or above. */
const fileOf = (specifier: string, directory: string): string =>
  specifier.startsWith(".") || specifier.startsWith("/")
    ? resolve(directory, specifier)
    : createRequire(join(directory, "config.yaml")).resolve(specifier)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** What is wrong with what a module gives as a factory; nothing when it is one that this Pond can run. */
const problemOf = (value: unknown): string | undefined => {
  if (!isObject(value) || typeof value["type"] !== "string" || !isObject(value["commands"])) {
    return "its `factories` are not made with defineFactory"
  }
  if (value["contract"] !== CONTRACT) {
    return `${value["type"]} was made for another version of Pond (contract ${String(value["contract"])}, here ${CONTRACT})`
  }
  return undefined
}

/** The factories that a package or module exports as the list `factories`; `directory` is where the configuration that names it lies. */
export const loadFactories = Effect.fnUntraced(function* (specifier: string, directory: string) {
  const unusable = (problem: string) => new FactoriesUnusable({ specifier, directory, problem })
  const module: unknown = yield* Effect.tryPromise({
    try: async () => import(pathToFileURL(fileOf(specifier, directory)).href) as Promise<unknown>,
    catch: (cause) => unusable(messageOf(cause))
  })
  const factories: unknown = isObject(module) ? module["factories"] : undefined
  if (!Array.isArray(factories)) return yield* unusable("it exports no list called `factories`")
  const problem = factories.map(problemOf).find((found) => found !== undefined)
  if (problem !== undefined) return yield* unusable(problem)
  return factories as ReadonlyArray<Factory>
})
