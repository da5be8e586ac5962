/**
 * The role of a copy of a pond on this machine (R1): on a primary, instances of factories run by themselves after commits; a replica only
 * does what somebody tells it.
 */
import { Effect } from "effect"
import type { StoreError } from "../store/errors.ts"
import type { Store } from "../store/ObjectStore.ts"

/** What a copy is. */
export type Role = "primary" | "replica"

const KEY = "role"

/**
 * The role that the local store of a pond tells. One that tells nothing is of a pond that was made here, a primary; what cannot be
 * understood is a replica's, which does less.
 */
export const roleIn = (local: Store): Effect.Effect<Role, StoreError> =>
  local.get(KEY).pipe(
    Effect.map((bytes): Role => (new TextDecoder().decode(bytes).trim() === "primary" ? "primary" : "replica")),
    Effect.catchTag("ObjectMissing", () => Effect.succeed<Role>("primary"))
  )

/** Makes the copy a primary or a replica, from now on; durably where it had no role. */
export const setRole = Effect.fnUntraced(function* (local: Store, role: Role) {
  const bytes = new TextEncoder().encode(`${role}\n`)
  if (!(yield* local.putIfAbsent(KEY, bytes))) yield* local.put(KEY, bytes)
})
