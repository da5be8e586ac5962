/**
 * The stores that factories work on beside transactions: the pond's own, and those of other places.
 */
import { Context, Effect } from "effect"
import { overlayStore } from "../store/overlay/store.ts"
import type { Store } from "../store/ObjectStore.ts"
import { storeAt } from "../store/stores.ts"
import type { UnknownStoreUrl } from "../store/url.ts"

/** The stores of ponds. In a dry run nothing that is written to them lasts, wherever they are (R8). */
export class Stores extends Context.Service<
  Stores,
  {
    /** The pond that the command runs in. */
    readonly own: Store
    /** The pond at a URL. Touches nothing yet. */
    readonly at: (url: string) => Effect.Effect<Store, UnknownStoreUrl>
  }
>()("pond/factories/Stores") {}

/** The URL of the store in which a pond at a URL has its table. */
export const tableUrl = (url: string): string => url.replace(/\/?(?=[?#]|$)/u, "/data")

/** The stores around a pond's own. */
export const storesAround = (own: Store, isDryRun: boolean): Stores["Service"] =>
  Stores.of({
    own,
    at: (url) => Effect.map(storeAt(tableUrl(url)), (store) => (isDryRun ? overlayStore(store) : store))
  })
