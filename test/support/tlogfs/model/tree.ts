/**
 * The model of a filesystem: a plain tree in memory that says what a pond must answer. It shares no code with the real one.
 */

/** The value of an attribute. */
export type Value = string | number | boolean

/** A node of the model. Whoever makes one links it into its parent. */
export interface ModelNode {
  readonly type: string
  name: string
  parent: ModelNode | undefined
  readonly children: Map<string, ModelNode>
  /** The bytes of every version; of a series all bytes up to it. */
  versions: Array<Uint8Array>
  /** Versions that were there before the transaction that runs. */
  committed: number
  readonly attributes: Map<string, Value>
  factory?: string
  config?: Uint8Array
  readonly target?: string
}

/** What a path leads to: a node, or a free name in a directory. */
export type ModelPlace = { readonly node: ModelNode } | { readonly parent: ModelNode; readonly free: string }

/** Why something is refused: the tag of the error that the real filesystem gives. */
export class Refused extends Error {
  readonly tag: string
  constructor(tag: string) {
    super(tag)
    this.tag = tag
  }
}

/** Makes a node that nothing holds yet. */
export const newNode = (type: string, fields: Partial<ModelNode> = {}): ModelNode => ({
  type,
  name: "",
  parent: undefined,
  children: new Map(),
  versions: [],
  committed: 0,
  attributes: new Map(),
  ...fields
})

/** Puts a node into a directory under a name. */
export const link = (parent: ModelNode, name: string, node: ModelNode): ModelNode => {
  node.name = name
  node.parent = parent
  parent.children.set(name, node)
  return node
}

/** Copies a tree, for a transaction that may fail. */
export const copyTree = (node: ModelNode): ModelNode => {
  const copy = newNode(node.type, {
    ...node,
    parent: undefined,
    children: new Map(),
    versions: [...node.versions],
    committed: node.versions.length,
    attributes: new Map(node.attributes)
  })
  for (const [name, child] of node.children) link(copy, name, copyTree(child))
  return copy
}

const LINKS_MAX = 40

/** The names of a path as typed, `.` and `..` resolved. Throws `Refused`. */
export const typedNames = (path: string): ReadonlyArray<string> => {
  const names: Array<string> = []
  if (path === "") throw new Refused("InvalidPath")
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    if (part === "..") {
      if (names.pop() === undefined) throw new Refused("InvalidPath")
    } else {
      if (Buffer.byteLength(part) > 255 || part.includes("\0")) throw new Refused("InvalidPath")
      names.push(part)
    }
  }
  return names
}

/** Whether a path as typed must lead to a directory. */
const endsInDirectory = (path: string): boolean => ["", ".", ".."].includes(path.split("/").at(-1)!)

/** Resolves a path as typed. Throws `Refused`. */
export const place = (root: ModelNode, path: string, isFollowing = true): ModelPlace => {
  let todo = [...typedNames(path)]
  const isDirectory = endsInDirectory(path)
  let here = root
  for (let links = 0; todo.length > 0;) {
    const [name, ...rest] = todo as [string, ...Array<string>]
    todo = rest
    if (here.type !== "dir") throw new Refused("NotADirectory")
    if (name === "..") {
      if (here.parent === undefined) throw new Refused("SymlinkEscape")
      here = here.parent
      continue
    }
    const next = here.children.get(name)
    if (next === undefined) {
      if (rest.length > 0 || isDirectory) throw new Refused("NotFound")
      return { parent: here, free: name }
    }
    if (next.type === "symlink" && (isFollowing || rest.length > 0 || isDirectory)) {
      if (++links > LINKS_MAX) throw new Refused("SymlinkLoop")
      const parts = next.target!.split("/").filter((part) => part !== "" && part !== ".")
      if (next.target!.startsWith("/")) here = root
      todo = [...parts, ...rest]
      continue
    }
    here = next
  }
  if (isDirectory && here.type !== "dir") throw new Refused("NotADirectory")
  return { node: here }
}

/** As `place`, for what must exist. */
export const existing = (root: ModelNode, path: string, isFollowing = true): ModelNode => {
  const found = place(root, path, isFollowing)
  if ("node" in found) return found.node
  throw new Refused("NotFound")
}

/** The stored path of a node. */
export const pathOf = (node: ModelNode): string =>
  node.parent === undefined ? "/" : `${node.parent.parent === undefined ? "" : pathOf(node.parent)}/${node.name}`

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1")

/** What is told of one node when trees are compared. */
export interface Told {
  readonly path: string
  readonly type: string
  readonly versions: ReadonlyArray<string | undefined>
  readonly attributes: ReadonlyArray<readonly [string, Value]>
  readonly factory: string | undefined
  readonly config: string | undefined
  readonly target: string | undefined
}

/** Tells one node, given its state. */
export const tell = (
  path: string,
  node: Pick<Told, "type"> & {
    readonly versions: ReadonlyArray<Uint8Array>
    readonly attributes: Iterable<readonly [string, Value]>
    readonly factory?: string | undefined
    readonly config?: Uint8Array | undefined
    readonly target?: string | undefined
  }
): Told => ({
  path,
  type: node.type,
  versions: node.versions.map(hex),
  attributes: [...node.attributes].toSorted(([left], [right]) => (left < right ? -1 : 1)),
  factory: node.factory,
  config: hex(node.config),
  target: node.target
})

/** Everything there is, each directory before what is in it, names in the order of their bytes. */
export const tellTree = (node: ModelNode): ReadonlyArray<Told> => [
  tell(pathOf(node), node),
  ...[...node.children.values()]
    .toSorted((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)))
    .flatMap(tellTree)
]
