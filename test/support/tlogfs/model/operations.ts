/**
 * Operations on a filesystem as data: what each does to the model, and what it does in a transaction of a pond.
 */
import { Effect, Stream } from "effect"
import type { OpenTransaction } from "../../../../src/tinyfs/index.ts"
import { existing, link, type ModelNode, newNode, pathOf, place, Refused, typedNames, type Value } from "./tree.ts"

/** One operation; `onModel` and `onPond` give the same answer, or are refused with the same tag. */
export interface Operation {
  readonly name: string
  readonly onModel: (root: ModelNode) => unknown
  readonly onPond: (open: OpenTransaction) => Effect.Effect<unknown, { readonly _tag: string }>
}

const text = JSON.stringify

/** Finds or makes the node that bytes go to. */
const target = (root: ModelNode, path: string, types: ReadonlyArray<string>, type: string): ModelNode => {
  const found = place(root, path)
  if ("free" in found) return link(found.parent, found.free, newNode(type))
  if (!types.includes(found.node.type)) throw new Refused("WrongType")
  return found.node
}

const same = (left: Uint8Array | undefined, right: Uint8Array): boolean =>
  left !== undefined && Buffer.compare(left, right) === 0

/** Gives a file, or a series that is written anew, its one new version of the transaction that runs; what it held before the transaction is none. */
const replace = (node: ModelNode, bytes: Uint8Array): void => {
  if (same(node.versions.at(-1), bytes)) return
  const before = node.versions.slice(0, node.committed)
  node.versions = same(before.at(-1), bytes) ? before : [...before, bytes]
}

/** Gives a series a further version, unless it holds these bytes already. */
const extend = (node: ModelNode, bytes: Uint8Array): void => {
  if (!same(node.versions.at(-1), bytes)) node.versions = [...node.versions, bytes]
}

/** Makes a directory with those above it. */
export const mkdir = (path: string, parents: boolean): Operation => ({
  name: `mkdir ${parents ? "-p " : ""}${text(path)}`,
  onModel: (root) => {
    const make = (at: string): void => {
      const found = place(root, at)
      if ("free" in found) link(found.parent, found.free, newNode("dir"))
      else if (found.node.type !== "dir") throw new Refused("NotADirectory")
      else if (!parents) throw new Refused("AlreadyExists")
    }
    const names = typedNames(path)
    if (parents) for (let count = 1; count < names.length; count++) make(`/${names.slice(0, count).join("/")}`)
    make(`/${names.join("/")}`)
  },
  onPond: (open) => Effect.asVoid(open.mkdir(path, { parents }))
})

/** Types of nodes that are written to: a series begins anew. */
const WRITABLE = ["file", "table", "series"]

/** Writes a file, or a series anew. */
export const write = (path: string, bytes: Uint8Array): Operation => ({
  name: `write ${text(path)} ${bytes.length}`,
  onModel: (root) => replace(target(root, path, WRITABLE, "file"), bytes),
  onPond: (open) => Effect.asVoid(open.write(path, bytes))
})

/** A writer whose source breaks off after some bytes: nothing remains of it. */
export const brokenWrite = (path: string, bytes: Uint8Array): Operation => ({
  name: `broken write ${text(path)}`,
  onModel: (root) => {
    const found = place(root, path)
    if ("node" in found && !WRITABLE.includes(found.node.type)) throw new Refused("WrongType")
    throw new Refused("Broken")
  },
  onPond: (open) => Effect.asVoid(open.write(path, Stream.concat(Stream.make(bytes), Stream.fail({ _tag: "Broken" }))))
})

/** Appends to a series. */
export const append = (path: string, bytes: Uint8Array): Operation => ({
  name: `append ${text(path)} ${bytes.length}`,
  onModel: (root) => {
    const node = target(root, path, ["series"], "series")
    extend(node, Buffer.concat([node.versions.at(-1) ?? new Uint8Array(), bytes]))
  },
  onPond: (open) => Effect.asVoid(open.append(path, bytes))
})

/** Adds a version to a table series. */
export const addVersion = (path: string, bytes: Uint8Array): Operation => ({
  name: `add version ${text(path)} ${bytes.length}`,
  onModel: (root) => {
    extend(target(root, path, ["table-series"], "table-series"), bytes)
  },
  onPond: (open) => Effect.asVoid(open.addVersion(path, bytes))
})

/** Makes a symlink. */
export const symlink = (to: string, path: string): Operation => ({
  name: `symlink ${text(to)} ${text(path)}`,
  onModel: (root) => {
    if (to === "" || to.includes("\0")) throw new Refused("InvalidPath")
    const found = place(root, path, false)
    if ("node" in found) throw new Refused("AlreadyExists")
    link(found.parent, found.free, newNode("symlink", { target: to }))
  },
  onPond: (open) => Effect.asVoid(open.symlink(to, path))
})

/** Makes or changes a dynamic node. */
export const configure = (path: string, factory: string, config: Uint8Array): Operation => ({
  name: `configure ${text(path)} ${factory}`,
  onModel: (root) => {
    const node = target(root, path, ["dynamic"], "dynamic")
    node.factory = factory
    node.config = config
  },
  onPond: (open) => Effect.asVoid(open.configure(path, factory, config))
})

/** Sets an attribute, or takes it away. */
export const attribute = (path: string, key: string, value: Value | null): Operation => ({
  name: `attribute ${text(path)} ${text(key)} ${text(value)}`,
  onModel: (root) => {
    const { attributes } = existing(root, path)
    if (attributes.get(key) === (value ?? undefined)) return
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Refused("InvalidAttributes")
    if (value === null) attributes.delete(key)
    else attributes.set(key, value)
  },
  onPond: (open) => Effect.asVoid(open.setAttributes(path, { [key]: value }))
})

/** Moves or renames a node. */
export const move = (from: string, to: string): Operation => ({
  name: `move ${text(from)} ${text(to)}`,
  onModel: (root) => {
    const node = existing(root, from, false)
    if (node.parent === undefined) throw new Refused("InvalidPath")
    const found = place(root, to)
    if ("node" in found && found.node.type !== "dir") throw new Refused("AlreadyExists")
    const [parent, name] = "node" in found ? [found.node, node.name] : [found.parent, found.free]
    if (parent.children.has(name)) throw new Refused("AlreadyExists")
    for (let above: ModelNode | undefined = parent; above !== undefined; above = above.parent) {
      if (above === node) throw new Refused("MoveIntoItself")
    }
    node.parent.children.delete(node.name)
    link(parent, name, node)
  },
  onPond: (open) => Effect.asVoid(open.move(from, to))
})

/** Removes a node and what is in it. */
export const remove = (path: string, recursive: boolean): Operation => ({
  name: `remove ${recursive ? "-r " : ""}${text(path)}`,
  onModel: (root) => {
    const node = existing(root, path, false)
    if (node.parent === undefined) throw new Refused("InvalidPath")
    if (node.children.size > 0 && !recursive) throw new Refused("DirectoryNotEmpty")
    node.parent.children.delete(node.name)
    const count = (one: ModelNode): number => [...one.children.values()].reduce((sum, child) => sum + count(child), 1)
    return count(node)
  },
  onPond: (open) => open.remove(path, { recursive })
})

const numbered = (first: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => `n${first + at}`)

/** Makes a directory with many names in it, where they are free. */
export const crowd = (path: string, first: number, count: number): Operation => ({
  name: `crowd ${text(path)} ${first}+${count}`,
  onModel: (root) => {
    mkdir(path, true).onModel(root)
    const directory = existing(root, path)
    for (const name of numbered(first, count)) {
      if (!directory.children.has(name)) link(directory, name, newNode("symlink", { target: name }))
    }
  },
  onPond: (open) =>
    Effect.andThen(
      open.mkdir(path, { parents: true }),
      Effect.forEach(numbered(first, count), (name) => Effect.ignore(open.symlink(name, `${path}/${name}`)), {
        discard: true
      })
    )
})

/** Takes such names away again. */
export const disperse = (path: string, first: number, count: number): Operation => ({
  name: `disperse ${text(path)} ${first}+${count}`,
  onModel: (root) => {
    const directory = existing(root, path)
    for (const name of numbered(first, count)) directory.children.delete(name)
  },
  onPond: (open) =>
    Effect.andThen(
      open.stat(path),
      Effect.forEach(numbered(first, count), (name) => Effect.ignore(open.remove(`${path}/${name}`)), { discard: true })
    )
})

/** Where a path leads, symlinks followed, and what it is. */
export const look = (path: string): Operation => ({
  name: `look ${text(path)}`,
  onModel: (root) => {
    const node = existing(root, path)
    return [pathOf(node), node.type, node.versions.at(-1)?.length]
  },
  onPond: (open) =>
    Effect.gen(function* () {
      const node = yield* open.stat(path)
      return [yield* open.pathOf(node.id), node.type, node.content?.sizeBytes]
    })
})

/** The names in a directory, in the order of their bytes. */
export const list = (path: string): Operation => ({
  name: `list ${text(path)}`,
  onModel: (root) => {
    const node = existing(root, path)
    if (node.type !== "dir") throw new Refused("NotADirectory")
    return [...node.children.values()]
      .toSorted((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)))
      .map(pathOf)
  },
  onPond: (open) => Effect.map(open.list(path), (nodes) => nodes.map((located) => located.path))
})

/** The newest bytes, read inside the transaction. */
export const read = (path: string): Operation => ({
  name: `read ${text(path)}`,
  onModel: (root) => {
    const node = existing(root, path)
    if (!["file", "series", "table", "table-series"].includes(node.type)) throw new Refused("WrongType")
    return [...(node.versions.at(-1) ?? [])]
  },
  onPond: (open) => Effect.map(open.readBytes(path), (bytes) => [...bytes])
})

/** What an operation answers on the model: its value, or the tag it was refused with. */
export const onModel = ({ onModel: apply }: Operation, root: ModelNode): unknown => {
  try {
    return apply(root) ?? "done"
  } catch (cause) {
    if (cause instanceof Refused) return cause.tag
    throw cause
  }
}

/** The same in a transaction of a pond; a refusal does not end the transaction. */
export const onPond = ({ onPond: apply }: Operation, open: OpenTransaction): Effect.Effect<unknown> =>
  Effect.match(apply(open), { onSuccess: (value) => value ?? "done", onFailure: ({ _tag }) => _tag })
