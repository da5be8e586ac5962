/**
 * The factories of this command: the built-in ones, and those of packages that the configuration of this machine names.
 */
import { Effect, Layer } from "effect"
import { Factories, factoriesOf } from "../../factories/registry.ts"
import type { Configured } from "../config/layers.ts"
import { Output } from "../output.ts"
import { Session } from "../session.ts"

/**
 * The factories under a configuration. Code of packages is loaded only where some are named; one that cannot be used is told, and keeps
 * nobody from using the others.
 */
export const configuredFactories = Effect.fnUntraced(function* (configured: ReadonlyArray<Configured>) {
  const named = configured.find(({ key }) => key === "factories")
  const specifiers = Array.isArray(named?.value) ? (named.value as ReadonlyArray<string>) : []
  if (named === undefined || specifiers.length === 0) return factoriesOf([])
  const { loadFactories } = yield* Effect.promise(() => import("../../factories/packages.ts"))
  const { message } = yield* Output
  const loaded = yield* Effect.forEach(specifiers, (specifier) =>
    Effect.catch(loadFactories(specifier, named.directory), (error) => Effect.as(message(`pond: ${error.message}`), []))
  )
  return factoriesOf(loaded.flat())
})

/** The factories of this command. */
export const factoriesLayer = Layer.effect(
  Factories,
  Effect.flatMap(Session, ({ configured }) => configuredFactories(configured))
)
