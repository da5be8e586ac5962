/**
 * Adding, listing and removing imports: other ponds under paths of this one.
 */
import { Effect, Layer, Option } from "effect"
import { resolve } from "node:path"
import { checkConfig } from "../../factories/config.ts"
import { bring } from "../../factories/imports/bring.ts"
import type { ImportConfig } from "../../factories/imports/config.ts"
import { importing } from "../../factories/imports/factory.ts"
import { ImportReport, linesOf } from "../../factories/imports/report.ts"
import { allInstances, instancePath, putNew } from "../../factories/instance.ts"
import { Stores, storesAround } from "../../factories/stores.ts"
import { isMount, Transaction } from "../../tinyfs/index.ts"
import { isPlace, pinOf } from "../../tlogfs/index.ts"
import { factoriesLayer } from "../factories/registry.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"
import { suggest } from "../suggest.ts"

/** An import by its name; the configuration only where it is valid. */
interface NamedImport {
  readonly name: string
  readonly path: string
  readonly config: ImportConfig | undefined
}

/** The imports of the pond. */
export const imports = Effect.fnUntraced(function* () {
  const pond = yield* (yield* Session).pond
  const all = yield* allInstances(yield* pond.head)
  return yield* Effect.forEach(
    all.filter(({ node }) => node.factory === importing.type),
    ({ node, path }) =>
      Effect.map(Effect.option(checkConfig(importing, path, node.config)), (config): NamedImport => ({
        path,
        name: node.name,
        config: Option.getOrUndefined(config) as ImportConfig | undefined
      }))
  )
})

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
    if (isDryRun) return
    yield* suggest({ [`pond ls ${value.path}`]: "look at it", [`pond pull ${given.name}`]: "bring what is new there" })
  }).pipe(Effect.provide(factoriesLayer))

/** What the mount of an import shows, if it is there. */
export const shownBy = Effect.fnUntraced(function* ({ config }: NamedImport) {
  const head = yield* (yield* (yield* Session).pond).head
  if (config === undefined) return null
  const node = Option.getOrUndefined(yield* Effect.orElseSucceed(head.find(config.path), Option.none))
  const pin = node === undefined || !isMount(node) ? undefined : Option.getOrUndefined(pinOf(node))
  return pin === undefined ? null : { txn: pin.txn, chain: pin.chain, root: pin.root }
})

/** Removes an import and its mount, in one transaction. */
export const removeImport = Effect.fnUntraced(function* ({ config, path }: NamedImport) {
  const { transaction } = yield* Session
  const mount = config?.path
  yield* transaction(
    { command: "remote remove", paths: [path, ...(mount === undefined ? [] : [mount])] },
    Effect.gen(function* () {
      const open = yield* Transaction
      yield* open.remove(path)
      if (mount === undefined) return
      const there = Option.getOrUndefined(yield* open.find(mount))
      if (there !== undefined && isMount(there)) yield* open.remove(mount)
    })
  )
})
