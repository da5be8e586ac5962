/**
 * Factories, and ponds that run them: what programs need to use factories and to write their own.
 */
export { Cache } from "./cache.ts"
export * from "./contract.ts"
export * from "./errors.ts"
export { HostFiles } from "./host/files.ts"
export { AfterRun, type RunReport } from "./outcome.ts"
export * from "./pond.ts"
export * from "./promises.ts"
export { Factories } from "./registry.ts"
