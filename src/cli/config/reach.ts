/**
 * How this machine reaches ponds elsewhere, as it is configured.
 */
import { bytesOfRate } from "../../store/limit.ts"
import type { StoreOptions } from "../../store/options.ts"
import type { Settings } from "./settings.ts"

/** What the settings say about stores across a network. */
export const reachOf = (settings: Settings): StoreOptions => {
  const pathStyle = settings["s3.path_style"]
  return {
    region: settings["s3.region"] || undefined,
    endpoint: settings["s3.endpoint"] || undefined,
    pathStyle: pathStyle === "auto" ? undefined : pathStyle,
    allowHttp: settings["s3.allow_http"],
    bytesPerSecond: bytesOfRate(settings["limit.rate"]),
    requestsPerSecond: settings["limit.requests"] || undefined
  }
}
