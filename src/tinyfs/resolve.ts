/**
 * From a path to the node it leads to, through directories and symlinks.
 *
 * Symlinks are followed 40 times at most; a target is resolved from the link's directory, or from the root when it is
 * absolute, and never leads above the root. For a symlink of an imported pond the root is the mount: it never leads out of the import (R11).
 */
import { Effect, Option } from "effect"
import { InsideImport, InvalidPath, NotADirectory, NotFound, SymlinkEscape, SymlinkLoop } from "./errors.ts"
import { isImported, isMount, mountOf } from "./mount.ts"
import { type Node, type NodeId, ROOT, ROOT_ID } from "./node.ts"
import { formatPath, nameProblem, parsePath, PATH_BYTES_MAX } from "./path.ts"
import type { ReadError } from "./persistence.ts"

/** Most symlinks on the way to one node. */
export const SYMLINKS_MAX = 40

/** What resolving asks for. */
export interface Names {
  node(id: NodeId): Effect.Effect<Option.Option<Node>, ReadError>
  child(parentId: NodeId, name: string): Effect.Effect<Option.Option<Node>, ReadError>
}

/** What resolving a path can fail with. */
export type PathError = InvalidPath | InsideImport | NotADirectory | NotFound | SymlinkLoop | SymlinkEscape | ReadError

/** Where a path leads: the directories on the way and, last, the node; or the free slot where it would be. */
export interface Place {
  /** From the root to the node, or to the directory of the free slot. */
  readonly nodes: ReadonlyArray<Node>
  /** The name in the last of `nodes` that is free. */
  readonly missing?: string
}

/** The stored path of a place. */
export const placePath = ({ missing, nodes }: Place): string =>
  formatPath([...nodes.slice(1).map(({ name }) => name), ...(missing === undefined ? [] : [missing])])

const targetNames = (target: string): ReadonlyArray<string> =>
  target.split("/").filter((part) => part !== "" && part !== ".")

/** Why nothing can be looked up in a node: a mount leads on, to where only readers look. */
export const notADirectory = (node: Node, path: string, place: string): InsideImport | NotADirectory =>
  isMount(node) && !isImported(node) ? new InsideImport({ path, mount: place }) : new NotADirectory({ path: place })

/**
 * Resolves a path. A last symlink is followed unless `isFollowing` is false. A missing last name is a place too, unless
 * the path says that it is a directory; a missing directory on the way is `NotFound`.
 */
export const resolve = Effect.fnUntraced(function* (
  names: Names,
  path: string,
  isFollowing = true
): Effect.fn.Return<Place, PathError> {
  const typed = yield* Effect.fromResult(parsePath(path))
  // `floor` is where the root of the name's pond stands in `nodes`.
  const queue: Array<{ readonly name: string; readonly floor: number }> = typed.names.map((name) => ({
    name,
    floor: 0
  }))
  const nodes: Array<Node> = [ROOT]
  let links = 0
  let target = ""
  while (queue.length > 0) {
    const { floor, name } = queue.shift()!
    const here = nodes[nodes.length - 1]!
    if (here.type !== "dir") return yield* notADirectory(here, path, placePath({ nodes }))
    if (name === "..") {
      // Only a symlink's target can hold it: what was typed is resolved already.
      if (nodes.length === floor + 1) return yield* new SymlinkEscape({ path, target })
      nodes.pop()
      continue
    }
    const reason = nameProblem(name)
    if (reason !== undefined) return yield* new InvalidPath({ path, reason })
    const found = yield* names.child(here.id, name)
    if (Option.isNone(found)) {
      if (queue.length > 0 || typed.isDirectory)
        return yield* new NotFound({ path: placePath({ nodes, missing: name }) })
      return { nodes, missing: name }
    }
    const node = found.value
    if (node.type === "symlink" && (isFollowing || queue.length > 0 || typed.isDirectory)) {
      links += 1
      if (links > SYMLINKS_MAX) return yield* new SymlinkLoop({ path })
      target = node.target!
      const home = mountOf(node)
      const root = home === undefined ? 0 : nodes.findLastIndex(({ id }) => id === home)
      if (target.startsWith("/")) nodes.splice(root + 1)
      queue.unshift(...targetNames(target).map((part) => ({ name: part, floor: root })))
      continue
    }
    nodes.push(node)
  }
  // The way leads through the root whatever its state, which is looked up only where it is what was asked for.
  if (nodes.length === 1) nodes[0] = Option.getOrThrow(yield* names.node(ROOT_ID))
  const last = nodes[nodes.length - 1]!
  if (typed.isDirectory && last.type !== "dir") return yield* notADirectory(last, path, placePath({ nodes }))
  return { nodes }
})

/** As `resolve`, for what must exist: gives the node and its stored path. */
export const resolveExisting = Effect.fnUntraced(function* (
  names: Names,
  path: string,
  isFollowing = true
): Effect.fn.Return<{ readonly node: Node; readonly path: string; readonly nodes: ReadonlyArray<Node> }, PathError> {
  const place = yield* resolve(names, path, isFollowing)
  if (place.missing !== undefined) return yield* new NotFound({ path: placePath(place) })
  return { node: place.nodes[place.nodes.length - 1]!, path: placePath(place), nodes: place.nodes }
})

/** Why a symlink may not have this target, or `undefined` when it may. */
export const targetProblem = (target: string): string | undefined => {
  if (target === "") return "a symlink needs a target"
  for (const part of targetNames(target)) {
    const reason = part === ".." ? undefined : nameProblem(part)
    if (reason !== undefined) return reason
  }
  return Buffer.byteLength(target) > PATH_BYTES_MAX ? `it has more than ${PATH_BYTES_MAX} bytes` : undefined
}
