/**
 * The stores that factories work on beside transactions: the pond's own, and those of other places.
 */
import { Context, Effect } from "effect"
import { memoryStore } from "../store/memory/store.ts"
import { overlayStore } from "../store/overlay/store.ts"
import type { Store } from "../store/ObjectStore.ts"
import { mergedOptions, type StoreOptions } from "../store/options.ts"
import { storeAt } from "../store/stores.ts"
import type { UnknownStoreUrl } from "../store/url.ts"
import { tableUrl } from "../tlogfs/names.ts"

/** The stores of ponds. In a dry run nothing that is written to them lasts, wherever they are (R8). */
export class Stores extends Context.Service<
  Stores,
  {
    /** The pond that the command runs in. */
    readonly own: Store
    /** Its caches. */
    readonly control: Store
    /** The pond at a URL, with what its configuration says beyond what holds for this machine. Touches nothing yet. */
    readonly at: (url: string, options?: StoreOptions) => Effect.Effect<Store, UnknownStoreUrl>
    /** Any place at a URL, for what is no pond. */
    readonly place: (url: string, options?: StoreOptions) => Effect.Effect<Store, UnknownStoreUrl>
  }
>()("pond/factories/Stores") {}

/** The stores around a pond's own; `reach` holds for all of them. Without `control` its caches are kept in memory. */
export const storesAround = (
  own: Store,
  isDryRun: boolean,
  reach: StoreOptions = {},
  control: Store = memoryStore()
): Stores["Service"] => {
  const place: Stores["Service"]["place"] = (url, options = {}) =>
    Effect.map(storeAt(url, mergedOptions(reach, options)), (store) => (isDryRun ? overlayStore(store) : store))
  return Stores.of({ own, control, place, at: (url, options) => place(tableUrl(url), options) })
}
