/**
 * Where commands of factories run: the pond, its places, and whoever asks.
 */
import { Context } from "effect"
import type { Places } from "../tlogfs/places.ts"
import type { PondInterface } from "../tlogfs/pond.ts"
import type { Environment } from "./config.ts"

/** Where commands of factories run. */
export class Workplace extends Context.Service<
  Workplace,
  {
    /** A pond whose transactions start no further runs. */
    readonly pond: PondInterface
    readonly places: Pick<Places, "cacheDirectory" | "control" | "data" | "local" | "reach">
    readonly isDryRun: boolean
    /** Who runs them, as the history shall name them. */
    readonly author: string
    readonly environment: Environment
  }
>()("pond/factories/Workplace") {}
