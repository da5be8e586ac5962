/**
 * The root of a view, made from everything in it at once: what the root that is carried from transaction to transaction
 * must be.
 */
import { Effect, Option } from "effect"
import { toHex } from "../../../src/bao/index.ts"
import { entryHash } from "../../../src/tinyfs/digest.ts"
import { type Node, ROOT_ID } from "../../../src/tinyfs/node.ts"
import type { ReadError, View } from "../../../src/tinyfs/persistence.ts"
import { buildTrie, nameHash } from "../../../src/tinyfs/trie.ts"

const entryOf = (view: View, node: Node): Effect.Effect<Uint8Array, ReadError> =>
  Effect.gen(function* () {
    if (node.type !== "dir") return entryHash(node)
    const entries = yield* Effect.forEach(yield* view.children(node.id), (child) =>
      Effect.map(entryOf(view, child), (hash) => ({ nameHash: nameHash(child.name), entryHash: hash }))
    )
    const sorted = entries.toSorted((left, right) => Buffer.compare(left.nameHash, right.nameHash))
    return entryHash(node, buildTrie(sorted).hash)
  })

/** Computes the root of a view, hex. */
export const fullRoot = (view: View): Effect.Effect<string, ReadError> =>
  Effect.flatMap(view.node(ROOT_ID), (root) => Effect.map(entryOf(view, Option.getOrThrow(root)), toHex))
