/**
 * The public API of Pond as a library: its floors, one namespace each.
 *
 * Each is also a subpath of its own, which loads nothing of the others: `import { hash } from "pondfs/bao"`.
 */
export * as bao from "./bao/index.ts"
export * as delta from "./delta/index.ts"
export * as store from "./store/index.ts"
