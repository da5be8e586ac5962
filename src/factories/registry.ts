/**
 * Which factories there are: the built-in ones, and those that programs and the configuration of this machine add. Never from a pond.
 */
import { Context, Effect, Layer } from "effect"
import type { Factory } from "./contract.ts"
import { FactoryUnknown } from "./errors.ts"
import { exporter } from "./export/factory.ts"
import { importing } from "./imports/factory.ts"
import { logfile } from "./logfile/factory.ts"
import { remote } from "./remote/factory.ts"
import { derived } from "./sql/factory.ts"

/** The factories that come with Pond. */
export const BUILT_IN: ReadonlyArray<Factory> = [derived, exporter, importing, logfile, remote]

/** The factories of a program. */
export class Factories extends Context.Service<
  Factories,
  {
    /** All of them, by type. */
    readonly all: ReadonlyArray<Factory>
    /** The factory of a type, or of another name that a type has. */
    readonly find: (type: string) => Effect.Effect<Factory, FactoryUnknown>
  }
>()("pond/factories/Factories") {
  /** The built-in factories, and further ones, which win where types are equal. */
  static readonly layer = (further: ReadonlyArray<Factory> = []): Layer.Layer<Factories> =>
    Layer.succeed(Factories, factoriesOf(further))
}

/** The built-in factories and further ones. */
export const factoriesOf = (further: ReadonlyArray<Factory>): Factories["Service"] => {
  const byType = new Map([...BUILT_IN, ...further].map((factory) => [factory.type, factory]))
  const all = [...byType.values()].toSorted((left, right) => (left.type < right.type ? -1 : 1))
  return Factories.of({
    all,
    find: (type) => {
      const found = byType.get(type) ?? all.find(({ aliases }) => aliases.includes(type))
      return found === undefined
        ? Effect.fail(new FactoryUnknown({ type, known: all.map((factory) => factory.type) }))
        : Effect.succeed(found)
    }
  })
}
