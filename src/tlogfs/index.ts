/**
 * Ponds in a store: the public API of `pondfs/tlogfs`.
 */
export { createPond } from "./create.ts"
export * from "./errors.ts"
export * from "./fsck/check.ts"
export { Finding, FINDING_KINDS, FsckReport } from "./fsck/finding.ts"
export { Holder, LockFailed, PondLocked } from "./lock.ts"
export { maintain, type MaintenanceReport } from "./maintain.ts"
export { openPersistence } from "./persistence.ts"
export * from "./pond.ts"
export * from "./promises.ts"
export { GRACE_MS, vacuum, type VacuumReport } from "./vacuum.ts"
export { ObjectDamaged } from "./verified.ts"
export * from "./replicate/errors.ts"
export * from "./replicate/relation.ts"
export { type Replicated, replicate } from "./replicate/replicate.ts"
