/**
 * What there is to name: in the pond, on this machine, among factories. Reads only, and keeps nothing.
 */
import { Effect, Option } from "effect"
import { existsSync, readdirSync } from "node:fs"
import { allInstances } from "../../factories/instance.ts"
import type { Factories } from "../../factories/registry.ts"
import type { Reader } from "../../tinyfs/index.ts"
import { fieldsOf, flagName } from "../factories/fields.ts"

/** A word that can come next. */
export interface Candidate {
  readonly word: string
  readonly description: string
}

/** A directory and the beginning of a name in it. */
const split = (path: string): readonly [directory: string, name: string] => {
  const end = path.lastIndexOf("/") + 1
  return [path.slice(0, end), path.slice(end)]
}

const isShown = (name: string, typed: string): boolean =>
  name.startsWith(typed) && (!name.startsWith(".") || typed.startsWith("."))

/** Paths of the pond that begin with what is typed. */
export const pathsOf = Effect.fnUntraced(function* (reader: Reader, typed: string) {
  const [directory, name] = split(typed)
  const found = yield* reader.find(directory === "" ? "/" : directory)
  if (Option.isNone(found) || found.value.type !== "dir") return []
  const nodes = yield* reader.list(directory === "" ? "/" : directory)
  return nodes
    .filter(({ node }) => isShown(node.name, name))
    .map(({ node }): Candidate => {
      const end = node.type === "dir" ? "/" : ""
      // What people type is seen from the root.
      return { word: `${directory === "" && typed === "" ? "/" : directory}${node.name}${end}`, description: node.type }
    })
})

/** Files of this machine that begin with what is typed, each with a prefix before it. */
export const hostPathsOf = (prefix: string, typed: string): ReadonlyArray<Candidate> => {
  const [directory, name] = split(typed)
  const where = directory === "" ? "." : directory
  if (!existsSync(where)) return []
  return readdirSync(where, { withFileTypes: true })
    .filter((entry) => isShown(entry.name, name))
    .map((entry) => {
      const isDirectory = entry.isDirectory()
      const word = `${prefix}${directory}${entry.name}${isDirectory ? "/" : ""}`
      return { word, description: isDirectory ? "directory" : "file" }
    })
}

/** Instances of factories; with `type` those of one. */
export const instancesOf = Effect.fnUntraced(function* (reader: Reader, type?: string) {
  const all = yield* allInstances(reader)
  return all
    .filter(({ node }) => type === undefined || node.factory === type)
    .map(({ node }): Candidate => ({ word: node.name, description: node.factory }))
})

/** The types of factories. */
export const typesOf = ({ all }: Factories["Service"]): ReadonlyArray<Candidate> =>
  all.map(({ description, type }) => ({ word: type, description }))

const flagsOf = (fields: Parameters<typeof fieldsOf>[0]): ReadonlyArray<Candidate> =>
  fieldsOf(fields).map((field) => ({ word: `--${flagName(field)}`, description: field.description }))

/** What can follow `pond add TYPE`: the flags of its configuration. */
export const keysOf = Effect.fnUntraced(function* (factories: Factories["Service"], type: string) {
  const { config, suggest } = yield* factories.find(type)
  const suggesting = { word: "--suggest", description: "Look at a directory, and make nothing" }
  return [...flagsOf(config.fields), ...(suggest === undefined ? [] : [suggesting])]
})

/** What can follow `pond run NAME`: the factory's commands, and the flags of the one that is named. */
export const wordsOf = Effect.fnUntraced(function* (
  factories: Factories["Service"],
  reader: Reader,
  instance: string,
  command: string | undefined
) {
  const all = yield* allInstances(reader)
  const found = all.find(({ node, path }) => node.name === instance || path === instance)
  if (found === undefined) return { commands: [], flags: [] }
  const factory = yield* factories.find(found.node.factory)
  const commands = Object.entries(factory.commands).map(([word, { description }]) => ({ word, description }))
  const named = factory.commands[command ?? factory.bare]
  const following = [
    { word: "--follow", description: "Keep running" },
    { word: "--interval", description: "With --follow: how often" }
  ]
  const flags = named === undefined ? [] : [...flagsOf(named.flags), ...(named.watches === undefined ? [] : following)]
  return { commands, flags }
})
