/**
 * Adding and removing imports: other ponds under paths of this one.
 */
import { Effect, Layer, Option } from "effect"
import { resolve } from "node:path"
import { bring } from "../../factories/imports/bring.ts"
import { importing } from "../../factories/imports/factory.ts"
import { ImportReport, isUnsettled, linesOf } from "../../factories/imports/report.ts"
import { instancePath, putNew } from "../../factories/instance.ts"
import { Stores, storesAround } from "../../factories/stores.ts"
import { isMount, Transaction } from "../../tinyfs/index.ts"
import { isPlace, purgeCopies } from "../../tlogfs/index.ts"
import { NeedsAttention } from "../failure.ts"
import { factoriesLayer } from "../factories/registry.ts"
import { Output } from "../output.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"
import { suggest } from "../suggest.ts"
import { importStates, mountOf, type NamedImport } from "./shown.ts"

/** Makes an import and shows it, in one transaction. */
export const addImport = (given: {
  readonly name: string
  readonly url: string
  readonly mount: string
  readonly isWhole: boolean
  readonly isTransitive: boolean
  readonly reach: Readonly<Record<string, unknown>>
}) =>
  Effect.gen(function* () {
    const { isDryRun, places, transaction } = yield* Session
    const { control, data, reach } = yield* places
    const config = {
      url: isPlace(given.url) ? given.url : resolve(given.url),
      path: given.mount,
      ...(given.isWhole ? { whole: true } : {}),
      ...(given.isTransitive ? { transitive: true } : {}),
      ...given.reach
    }
    const yaml = Object.entries(config)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
      .join("")
    const made = Effect.gen(function* () {
      const { name } = given
      yield* putNew({ type: importing.type, name, config: new TextEncoder().encode(yaml) })
      return yield* bring(config)
    })
    const request = { command: "remote add", paths: [importing.type, instancePath(given.name), given.mount] }
    const stores = Layer.succeed(Stores, storesAround(data, isDryRun, reach, control))
    const { value } = yield* transaction(request, Effect.provide(made, stores))
    yield* present(ImportReport, value, linesOf)
    if (isUnsettled(value)) return yield* new NeedsAttention({ what: value.path })
    if (isDryRun) return
    yield* suggest({ [`pond ls ${value.path}`]: "look at it", [`pond pull ${given.name}`]: "bring what is new there" })
  }).pipe(Effect.provide(factoriesLayer))

/** Removes an import and its mount, in one transaction; with `isPurging` then also the copies of its pond, unless another import shows it. */
export const removeImport = Effect.fnUntraced(function* (one: NamedImport, isPurging: boolean) {
  const { places, transaction } = yield* Session
  const { config, name, path } = one
  const mount = config?.path
  const pin = (yield* mountOf(one))?.pin
  const states = yield* importStates()
  yield* transaction(
    {
      command: "remote remove",
      paths: [path, ...(mount === undefined ? [] : [mount])],
      ...(isPurging ? { purge: true } : {})
    },
    Effect.gen(function* () {
      const open = yield* Transaction
      yield* open.remove(path)
      if (mount === undefined) return
      const there = Option.getOrUndefined(yield* open.find(mount))
      if (there !== undefined && isMount(there)) yield* open.remove(mount)
    })
  )
  if (!isPurging || pin === undefined) return undefined
  const other = states.find((state) => state.pond === pin.pond && state.name !== name)
  if (other === undefined) return yield* purgeCopies(yield* places, pin.pond)
  yield* (yield* Output).message(`pond: ${other.name} shows the same pond: the copies of it stay`)
  return undefined
})
