/**
 * Whole copies of imported ponds, beside the pond's own data: each is a pond, and checked as one.
 */
import { Effect, type Scope } from "effect"
import type { StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { copiesIn, IMPORTS_FOLDER, wholeCopy } from "../imports/places.ts"
import type { Findings, FsckReport } from "./finding.ts"

const COPY = new RegExp(`^${IMPORTS_FOLDER}([0-9a-f-]{36})/`, "u")

/** Whether an object belongs to a copy of an imported pond. */
export const isOfImport = (key: string): boolean => COPY.test(key)

/** Checks the copies of imported ponds by `check`; what it finds is told with where the copy lies. */
export const checkImports = Effect.fnUntraced(function* <E extends { readonly message: string }>(
  store: Store,
  check: (copy: Store) => Effect.Effect<FsckReport, E, Scope.Scope>,
  findings: Findings
): Effect.fn.Return<void, StoreError, Scope.Scope> {
  const ponds = yield* copiesIn(store, IMPORTS_FOLDER)
  for (const pond of ponds) {
    const where = `${IMPORTS_FOLDER}${pond}`
    yield* Effect.match(check(wholeCopy({ data: store }, pond)), {
      onFailure: ({ message }) => findings.add("log", where, message),
      onSuccess: (report) => {
        for (const { kind, what, where: inside } of report.findings) findings.add(kind, `${where}/${inside}`, what)
      }
    })
  }
})
