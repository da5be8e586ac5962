/**
 * Making a copy of a pond its primary.
 */
import { Effect, Schema } from "effect"
import { roleIn, setRole } from "../../tlogfs/role.ts"
import { present } from "../present.ts"
import { Session } from "../session.ts"

const Role = Schema.Literals(["primary", "replica"])

/** What `pond promote --json` prints. */
export const PromoteReport = Schema.Struct({
  url: Schema.String,
  before: Role.annotate({ description: "the role until now" }),
  role: Role
})

/** Makes this copy the primary, from now on. */
export const promote = Effect.gen(function* () {
  const { places, pond, url } = yield* Session
  // Only ponds have roles.
  yield* pond
  const { local } = yield* places
  const before = yield* roleIn(local)
  if (before === "replica") yield* setRole(local, "primary")
  yield* present(PromoteReport, { url, before, role: "primary" as const }, () => [
    before === "primary" ? `${url} is a primary already` : `${url} is a primary now`
  ])
})
