/**
 * The filesystem: the public API of `pondfs/tinyfs`.
 */
export * from "./attributes.ts"
export * from "./digest.ts"
export * from "./errors.ts"
export * from "./event.ts"
export * from "./node.ts"
export * from "./persistence.ts"
export * from "./trie.ts"
