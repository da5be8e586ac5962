/**
 * Instances of factories: nodes that hold a type and a configuration, at `/system/run/<name>` (also run after commits) or
 * `/system/etc/<name>` (run when somebody says so).
 */
import { Effect, Option } from "effect"
import {
  AlreadyExists,
  isImported,
  type Node,
  type OpenTransaction,
  type Reader,
  Transaction
} from "../tinyfs/index.ts"
import { checkConfig } from "./config.ts"
import type { Factory } from "./contract.ts"
import { ConfigInvalid, InstanceMissing, NotAnInstance } from "./errors.ts"
import { Factories } from "./registry.ts"

/** Where instances lie that run by themselves after each commit. */
export const RUN_DIRECTORY = "/system/run"
/** Where instances lie that run when somebody says so. */
export const ETC_DIRECTORY = "/system/etc"

/** A node that can be run. */
export interface FoundInstance {
  readonly path: string
  readonly node: Node & { readonly factory: string; readonly config: Uint8Array }
}

/** What lies in an import is of another pond: it is never run here. */
const isInstance = (node: Node): node is FoundInstance["node"] =>
  node.type === "dynamic" && !isImported(node) && node.factory !== undefined && node.config !== undefined

/** The instances of a directory, by name. */
export const instancesIn = Effect.fnUntraced(function* (reader: Reader, directory: string) {
  if (Option.isNone(yield* reader.find(directory))) return []
  const nodes = yield* reader.list(directory)
  return nodes.flatMap(({ node, path }): ReadonlyArray<FoundInstance> => (isInstance(node) ? [{ path, node }] : []))
})

/** All instances that a bare word can name. */
export const allInstances = Effect.fnUntraced(function* (reader: Reader) {
  return [...(yield* instancesIn(reader, RUN_DIRECTORY)), ...(yield* instancesIn(reader, ETC_DIRECTORY))]
})

/** Finds what a person means by a word: a path, or a name in `/system/run`, then in `/system/etc`. */
export const findInstance = Effect.fnUntraced(function* (reader: Reader, word: string) {
  const places = word.includes("/") ? [word] : [`${RUN_DIRECTORY}/${word}`, `${ETC_DIRECTORY}/${word}`]
  for (const path of places) {
    const found = yield* reader.find(path)
    if (Option.isNone(found)) continue
    if (isInstance(found.value)) return { path, node: found.value } satisfies FoundInstance
    return yield* new NotAnInstance({ path, type: found.value.type })
  }
  const known = (yield* allInstances(reader)).map(({ node }) => node.name)
  return yield* new InstanceMissing({ word, known })
})

/** What is wrong with a configuration beside the other instances of its type, if anything. */
const problemAmongOthers = Effect.fnUntraced(function* (
  reader: Reader,
  factory: Factory,
  path: string,
  config: unknown
) {
  if (factory.problemAmong === undefined || config === undefined) return undefined
  const others: Array<{ readonly path: string; readonly config: unknown }> = []
  for (const { node, path: other } of yield* allInstances(reader)) {
    if (other === path || (node.factory !== factory.type && !factory.aliases.includes(node.factory))) continue
    const known = yield* Effect.option(checkConfig(factory, other, node.config))
    if (Option.isSome(known) && known.value !== undefined) others.push({ path: other, config: known.value })
  }
  return factory.problemAmong(config, others, path)
})

/** Makes an instance, or gives it another configuration; checks that first. Directories are made. */
export const putInstance = Effect.fnUntraced(function* (
  transaction: OpenTransaction,
  { config, path, type }: { readonly type: string; readonly path: string; readonly config: Uint8Array }
) {
  const factory = yield* (yield* Factories).find(type)
  const decoded = yield* checkConfig(factory, path, config)
  const problem = yield* problemAmongOthers(transaction, factory, path, decoded)
  if (problem !== undefined) return yield* new ConfigInvalid({ subject: path, problems: [{ at: "", problem }] })
  const parent = path.slice(0, path.lastIndexOf("/"))
  if (parent !== "") yield* transaction.mkdir(parent, { parents: true })
  return yield* transaction.configure(path, factory.type, config)
})

/** Where an instance lies that somebody gave a name or a path. */
export const instancePath = (name: string): string => (name.includes("/") ? name : `${ETC_DIRECTORY}/${name}`)

/** Makes an instance in the open transaction, where nothing lies yet; gives its path. */
export const putNew = Effect.fnUntraced(function* (given: {
  readonly type: string
  readonly name: string
  readonly config: Uint8Array
}) {
  const transaction = yield* Transaction
  const path = instancePath(given.name)
  if (Option.isSome(yield* transaction.find(path))) return yield* new AlreadyExists({ path })
  yield* putInstance(transaction, { ...given, path })
  return path
})
