/**
 * Bringing an import up to the pond that it shows: fast-forward only, and checked before anything of it is shown (R4, R11).
 */
import { Effect, Option, Result } from "effect"
import { AlreadyExists, isMount, MOUNT_FACTORY, Transaction } from "../../tinyfs/index.ts"
import { bringNames, bringSound, bringWhole } from "../../tlogfs/imports/copies.ts"
import { namesCopy, wholeCopy } from "../../tlogfs/imports/places.ts"
import { encodePin, type Pin, pinOf } from "../../tlogfs/imports/pin.ts"
import { chainIn, type Copy, openCopy, openTip, tipOf } from "../../tlogfs/replicate/relation.ts"
import { RemoteChanged } from "../../tlogfs/replicate/remembered.ts"
import { type Tip, UnexpectedRoot } from "../../tlogfs/replicate/errors.ts"
import type { CarriedBlobs } from "../../tlogfs/replicate/blobs.ts"
import type { DamagedFile } from "../../tlogfs/replicate/damaged.ts"
import { optionsOf } from "../reach.ts"
import { Stores } from "../stores.ts"
import { type ImportConfig, mountPath, problemAmong } from "./config.ts"
import { ImportOfItself, MountInvalid, OtherPond } from "./errors.ts"
import type { ImportReport } from "./report.ts"

/** What is said when an import is brought up. */
export interface BringOptions {
  readonly isWhole?: boolean | undefined
  /** Everything in a whole copy is read, and what is damaged brought again. */
  readonly isHealing?: boolean | undefined
  /** The root that must be there. */
  readonly expected?: string | undefined
}

const NOTHING = { blobs: 0, bytes: 0 }

const pinned = ({ chain, root, txn }: Pin): Tip => ({ chain, root, txn })

/** What a mount at a path pins now; nothing where nothing is. Fails where something else is. */
const pinAt = Effect.fnUntraced(function* (path: string) {
  const open = yield* Transaction
  const there = Option.getOrUndefined(yield* open.find(path))
  if (there === undefined) return undefined
  const pin = isMount(there) ? pinOf(there) : Option.none()
  return Option.isSome(pin) ? pin.value : yield* new AlreadyExists({ path })
})

/** Fails when the imported pond lacks what is shown of it. */
const requireAsPinned = Effect.fnUntraced(function* (there: Copy, path: string, pin: Pin) {
  const { pondId } = there.state
  const { url } = there.store
  if (pin.pond !== pondId) return yield* new OtherPond({ url, path, imported: pin.pond, found: pondId })
  const chain = yield* chainIn(there, pin.txn)
  if (chain !== pin.chain)
    return yield* new RemoteChanged({ remote: url, seen: pinned(pin), found: tipOf(there.state) })
})

/** The pond that an import names, its newest transaction, and what is shown of it now. */
const look = Effect.fnUntraced(function* (config: ImportConfig) {
  const path = mountPath(config.path)
  if (Result.isFailure(path)) return yield* new MountInvalid({ path: config.path, why: path.failure })
  const problem = problemAmong(config, [])
  if (problem !== undefined) return yield* new MountInvalid({ path: config.path, why: problem })
  const stores = yield* Stores
  const origin = yield* stores.at(config.url, optionsOf(config))
  const there = yield* openCopy(origin)
  const pond = there.state.pondId
  const own = yield* openTip(stores.own)
  if (own.pondId === pond) return yield* new ImportOfItself({ url: origin.url, pond })
  const pin = yield* pinAt(path.success)
  if (pin !== undefined) yield* requireAsPinned(there, path.success, pin)
  return { path: path.success, stores, there, origin, pond, tip: tipOf(there.state), pin }
})

/** How an import stands to the pond that it shows. */
export const compare = Effect.fn("import.compare")(function* (config: ImportConfig) {
  const { origin, path, pin, pond, tip } = yield* look(config)
  const by = tip.txn - (pin?.txn ?? 0)
  return {
    url: origin.url,
    path,
    pond,
    mode: pin?.mode ?? (config.whole === true ? "whole" : "lazy"),
    state: pin === undefined ? "not mounted" : by === 0 ? "equal" : "behind",
    by,
    before: pin === undefined ? null : pinned(pin),
    after: tip,
    carried: NOTHING
  } satisfies ImportReport
})

/** What came. */
interface Brought {
  readonly carried: CarriedBlobs
  readonly source: Tip
  readonly damaged?: ReadonlyArray<DamagedFile>
  readonly healed?: CarriedBlobs
}

/** Shows the newest of the imported pond at its path, from the commit of the open transaction on. */
export const bring = Effect.fn("import.bring")(function* (config: ImportConfig, options: BringOptions = {}) {
  const { origin, path, pin, pond, stores, there, tip: found } = yield* look(config)
  if (options.expected !== undefined && found.root !== options.expected) {
    return yield* new UnexpectedRoot({ source: origin.url, expected: options.expected, found })
  }
  const isWhole = (options.isWhole ?? config.whole) === true || pin?.mode === "whole"
  const places = { data: stores.own, control: stores.control }
  const isHealing = isWhole && options.isHealing === true
  const brought: Brought = yield* isHealing
    ? bringSound(there, wholeCopy(places, pond))
    : isWhole
      ? bringWhole(there, wholeCopy(places, pond), true)
      : bringNames(there, namesCopy(places, pond))
  const { carried, damaged = [], source: tip } = brought
  const healed = brought.healed !== undefined ? { healed: brought.healed } : {}
  const mode = isWhole ? "whole" : "lazy"
  const { allow_http, endpoint, path_style, region, transitive, url } = config
  const reach = { allow_http, endpoint, path_style, region }
  const known = Object.fromEntries(Object.entries(reach).filter(([, value]) => value !== undefined))
  const { chain, timeMicros } = there.state.head
  const time = chain === tip.chain ? { time: timeMicros } : {}
  const next: Pin = { url, pond, ...tip, ...time, mode, transitive: transitive === true, ...known }
  const open = yield* Transaction
  const parent = path.slice(0, path.lastIndexOf("/"))
  if (parent !== "") yield* open.mkdir(parent, { parents: true })
  yield* open.configure(path, MOUNT_FACTORY, encodePin(next))
  const by = tip.txn - (pin?.txn ?? 0)
  return {
    url: origin.url,
    path,
    pond,
    mode,
    state: pin === undefined ? "mounted" : by === 0 ? "equal" : "moved on",
    by,
    before: pin === undefined ? null : pinned(pin),
    after: tip,
    carried,
    ...(damaged.length === 0 ? {} : { damaged }),
    ...healed
  } satisfies ImportReport
})
