/**
 * BLAKE3 hash trees: the public API of `pondfs/bao`.
 */
export * from "./append.ts"
export * from "./derive.ts"
export * from "./errors.ts"
export * from "./hasher.ts"
export * from "./hex.ts"
export * from "./mode.ts"
export * from "./outboard.ts"
export * from "./output.ts"
export * from "./subtree.ts"
