/**
 * The public API of Pond as a library: the pond itself, and its floors, one namespace each.
 *
 * Each floor is also a subpath of its own, which loads nothing of those above it: `import { hash } from "pondfs/bao"`.
 */
export * as bao from "./bao/index.ts"
export * as delta from "./delta/index.ts"
export { defineCommand, defineFactory, Factories, openPond, Pond } from "./factories/index.ts"
export * as factories from "./factories/index.ts"
export * as query from "./query/index.ts"
export * as store from "./store/index.ts"
export * as tinyfs from "./tinyfs/index.ts"
export { Transaction } from "./tinyfs/index.ts"
export * as tlogfs from "./tlogfs/index.ts"
