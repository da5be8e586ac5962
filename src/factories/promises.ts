/**
 * Ponds with their factories, for programs that are not written with Effect, or with another version of it.
 */
import { Layer, ManagedRuntime } from "effect"
import { promise, type PromisePond, promisesOf } from "../tlogfs/promises.ts"
import type { Factory } from "./contract.ts"
import type { RunReport } from "./outcome.ts"
import { Pond, type RunOptions } from "./pond.ts"
import { Factories } from "./registry.ts"

/** An open pond, with promises. `close` it when done, or declare it with `await using`. */
export interface OpenPond extends PromisePond {
  /** Makes an instance of a factory from YAML, or from keys and values; gives its path. A bare name lies in `/system/etc`. */
  add(type: string, name: string, config: string | Readonly<Record<string, unknown>>): Promise<string>
  /** Runs an instance by its path or bare name, and gives the report; without a command what its factory does when none is named. */
  run(instance: string, command?: string, options?: RunOptions): Promise<RunReport>
}

/** Opens the pond in a directory, making it if there is none, or a new one in memory for `memory:`; `factories` are further ones. */
export const openPond = async (
  url: string,
  options: { readonly factories?: ReadonlyArray<Factory> } = {}
): Promise<OpenPond> => {
  const layer = url === "memory:" ? Pond.layerMemory : Pond.layer({ url, create: true })
  const runtime = ManagedRuntime.make(Layer.provide(layer, Factories.layer(options.factories)))
  const pond = await runtime.runPromise(Pond)
  return {
    ...promisesOf(pond, () => runtime.dispose()),
    add: (type, name, config) => promise(pond.add(type, name, config)),
    run: (instance, command, runOptions) => promise(pond.run(instance, command, runOptions))
  }
}
