/**
 * The filesystem: the public API of `pondfs/tinyfs`.
 */
export * from "./attributes.ts"
export * from "./digest.ts"
export * from "./errors.ts"
export * from "./event.ts"
export * from "./glob.ts"
export * from "./node.ts"
export * from "./overlay.ts"
export * from "./path.ts"
export * from "./persistence.ts"
export * from "./reader.ts"
export * from "./resolve.ts"
export * from "./transaction.ts"
export * from "./trie.ts"
export * from "./uuid.ts"
