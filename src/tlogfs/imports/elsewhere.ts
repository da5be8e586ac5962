/**
 * What a pond on another machine may name: its mounts are read with this machine's network and this machine's credentials, and whoever
 * wrote them has neither (R11).
 */
import { Result } from "effect"
import { isInnerHost } from "../../store/http/request.ts"
import { mergedOptions, type StoreOptions } from "../../store/options.ts"
import { parseS3Url } from "../../store/s3/location.ts"
import { isLocalPlace, type Reach, reachOfPin } from "./pin.ts"

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined)

/** The server that a bucket is asked for, as far as it is said; nothing for Amazon's, and for what is no bucket. */
const serverOf = (reach: StoreOptions, pin: Reach): string | undefined => {
  const location = Result.getOrUndefined(parseS3Url(pin.url, mergedOptions(reach, reachOfPin(pin))))
  return location?.endpoint === undefined ? undefined : new URL(location.endpoint).origin
}

/**
 * Why a mount in a pond is not read that is itself read from another machine: nothing when it may be. `reach` is what this machine itself says
 * of servers, `through` the mount that the pond is seen through.
 */
export const problemElsewhere = (reach: StoreOptions, through: Reach, pin: Reach): string | undefined => {
  if (isLocalPlace(through.url)) return undefined
  if (isLocalPlace(pin.url)) return "it names a directory of another machine"
  if (/^s3:/iu.test(pin.url)) {
    const own = reach.endpoint === undefined ? undefined : new URL(reach.endpoint).origin
    const server = serverOf(reach, pin)
    return server === undefined || server === own || server === serverOf(reach, through)
      ? undefined
      : `it names the server ${server}, which would be sent what only this machine's own may see`
  }
  const host = hostOf(pin.url)
  return host !== undefined && isInnerHost(host) && host !== hostOf(through.url)
    ? `it names ${host}, which only this machine can mean`
    : undefined
}
