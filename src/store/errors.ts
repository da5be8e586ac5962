/**
 * What can go wrong with a store of objects: one class per thing a caller can act on.
 *
 * Every message names the store and the key, says why, and says what to do. `url` never holds a secret.
 */
import { Schema } from "effect"

/** The operations of a store, as they appear in errors and in counters. */
export const Operation = Schema.Literals([
  "get",
  "getRange",
  "stream",
  "head",
  "putIfAbsent",
  "stage",
  "write",
  "publish",
  "put",
  "list",
  "delete",
  "sweep"
])
/** The name of one operation of a store; `write` and `publish` belong to a staged object. */
export type Operation = typeof Operation.Type

const quoted = (key: string): string => JSON.stringify(key)
const where = (error: { readonly url: string; readonly key: string; readonly operation: Operation }): string =>
  error.key === "" ? `${error.operation} in ${error.url}` : `${error.operation} ${quoted(error.key)} in ${error.url}`

/** There is no object under the key. */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>()("ObjectMissing", {
  url: Schema.String,
  key: Schema.String
}) {
  override get message(): string {
    return `${this.url} has no object ${quoted(this.key)}: it was never written, was removed, or the URL names another place`
  }
}

/** The asked bytes [start, end) do not all lie in the object; nothing was returned. */
export class ObjectRangeOutside extends Schema.TaggedError<ObjectRangeOutside>()("ObjectRangeOutside", {
  url: Schema.String,
  key: Schema.String,
  start: Schema.Finite,
  end: Schema.Finite,
  sizeBytes: Schema.Finite
}) {
  override get message(): string {
    return (
      `bytes ${this.start} to ${this.end} of ${quoted(this.key)} in ${this.url} do not exist: it has ${this.sizeBytes} ` +
      `bytes. If more were expected the object was cut short: check it against its hash`
    )
  }
}

/** The object did not come when its pond was copied: it was left out on purpose, or was damaged there. */
export class ObjectLeftOut extends Schema.TaggedError<ObjectLeftOut>()("ObjectLeftOut", {
  url: Schema.String,
  key: Schema.String,
  /** Where the pond was copied from. */
  from: Schema.String,
  isDamaged: Schema.Boolean
}) {
  override get message(): string {
    if (this.isDamaged) {
      return (
        `${quoted(this.key)} is not in this copy: it was damaged or missing in ${this.from} when it was to come from there. ` +
        `\`pond pull\` fetches it when it is whole there again`
      )
    }
    return (
      `${quoted(this.key)} was left out of this copy when it was made from ${this.from}, as was asked for: ` +
      `\`pond pull --all\` from there fetches what is left out`
    )
  }
}

/** Text that cannot be a key; nothing was read or written. */
export class InvalidObjectKey extends Schema.TaggedError<InvalidObjectKey>()("InvalidObjectKey", {
  key: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${quoted(this.key.slice(0, 200))} is not a key of a store: ${this.reason}`
  }
}

/** No room left: disk, quota, inodes or file size limit. Reading and deleting still work. */
export class StoreFull extends Schema.TaggedError<StoreFull>()("StoreFull", {
  url: Schema.String,
  key: Schema.String,
  operation: Operation,
  code: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${where(this)}: no room left (${this.code}). Free space, quota or inodes there, then repeat; reading still works`
  }
}

/** The store refuses writes: read-only medium, missing permission, or a file where a directory should be. */
export class StoreReadOnly extends Schema.TaggedError<StoreReadOnly>()("StoreReadOnly", {
  url: Schema.String,
  key: Schema.String,
  operation: Operation,
  code: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    if (this.code === "ENOTDIR") {
      return `${where(this)}: something on the way there is not a directory (${this.code}). Name another place, or move that file away`
    }
    return `${where(this)}: writing is not permitted (${this.code}). Check owner, permissions and mount; reading may still work`
  }
}

/**
 * The medium, the network or the system failed. `transient`: the same request may succeed when repeated.
 * A failed write may or may not have taken effect: whoever needs to know reads the key.
 */
export class StoreFailed extends Schema.TaggedError<StoreFailed>()("StoreFailed", {
  url: Schema.String,
  key: Schema.String,
  operation: Operation,
  code: Schema.String,
  transient: Schema.Boolean,
  cause: Schema.Defect()
}) {
  override get message(): string {
    // What a store cannot do says itself what to do instead.
    if (this.code === "ENOSYS" && this.cause instanceof Error) return `${where(this)}: ${this.cause.message}`
    const advice = this.transient
      ? "Repeat it in a moment"
      : "Check the medium and the system's log before repeating it"
    const detail = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `${where(this)} failed (${this.code}${detail}). ${advice}`
  }
}

/** The store overwrote an object although it was told not to: two writers would destroy each other's commits. */
export class ConditionalPutIgnored extends Schema.TaggedError<ConditionalPutIgnored>()("ConditionalPutIgnored", {
  url: Schema.String,
  key: Schema.String
}) {
  override get message(): string {
    return (
      `${this.url} ignores "create only if absent" (it created the probe ${quoted(this.key)} twice), so commits are not ` +
      `safe there. Use a server with conditional writes; nothing but the probe was written`
    )
  }
}

/** A dry run kept only size and hash of what it would have written, and nobody could produce the bytes again. */
export class BytesNotKept extends Schema.TaggedError<BytesNotKept>()("BytesNotKept", {
  url: Schema.String,
  key: Schema.String,
  sizeBytes: Schema.Finite,
  hash: Schema.String
}) {
  override get message(): string {
    return (
      `the ${this.sizeBytes} bytes of ${quoted(this.key)} (BLAKE3 ${this.hash}) exist only in the plan of this dry run ` +
      `over ${this.url}, and cannot be read back. Run it for real, or read the source`
    )
  }
}

/** Every failure of a store that is not about the presence or length of one object. */
export type StoreError =
  | InvalidObjectKey
  | StoreFull
  | StoreReadOnly
  | StoreFailed
  | ObjectLeftOut
  | ConditionalPutIgnored
  | BytesNotKept
