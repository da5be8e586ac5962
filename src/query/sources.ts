/**
 * Where the files of a table may lie: in this pond, in what it imports, in other ponds that were attached, or in all of these.
 *
 * A statement knows a pond by its name alone: its URL and its credentials stay with whoever attached it (R11).
 */
import { Effect, Option, Stream } from "effect"
import { FORMATS, type Reference } from "../formats/reference.ts"
import { InvalidPath, isMount, ROOT_ID } from "../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../tlogfs/pond.ts"
import type { Content } from "./content.ts"
import { Unreadable } from "./errors.ts"
import { type Input, inputsOf } from "./inputs.ts"

/** A pond beside the one that is asked, and its state that is asked; the newest by default. */
export interface AttachedPond {
  readonly pond: PondInterface
  readonly snapshot?: Snapshot
}

/** Ponds by the names that statements have for them; each is opened when a statement names it. */
export type Attached = Readonly<Record<string, Effect.Effect<AttachedPond, { readonly message: string }>>>

/** The places that every statement knows beside those that are attached. */
const OWN_PLACES = ["local", "imports", "all"]

/** Names that mean something else already. */
const TAKEN: ReadonlySet<string> = new Set([
  ...OWN_PLACES,
  ...FORMATS,
  "host",
  "information_schema",
  "main",
  "memory",
  "pg_catalog",
  "pond",
  "system",
  "temp"
])

/** Why a name cannot stand for another pond; undefined when it can. */
export const attachProblem = (name: string): string | undefined => {
  if (!/^[a-z_][a-z0-9_-]{0,62}$/u.test(name)) {
    return `${JSON.stringify(name)} is no name for a pond: small letters, digits, _ and - make one`
  }
  return TAKEN.has(name) ? `${JSON.stringify(name)} has a meaning of its own: choose another name` : undefined
}

/** A pond, or a part of one, in which the files of a table are looked for. */
interface Source {
  /** What statements call it when it was attached. */
  readonly name: string | undefined
  readonly snapshot: Effect.Effect<Snapshot, Unreadable>
  /** The mount below which the files lie; empty for a whole pond. */
  readonly under: string
  /** Whether what the pond imports is left out. */
  readonly isOwnOnly: boolean
}

/** Text as a glob that means nothing but itself. */
const plainGlob = (text: string): string => text.replace(/[\\*?[\]{}]/gu, "\\$&")

/** The paths of the mounts of a pond, outside of imports. */
const mountsOf = Effect.fnUntraced(function* ({ source }: Snapshot) {
  const mounts: Array<string> = []
  const pending = [{ id: ROOT_ID, prefix: "" }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const node of yield* source.children(at.id)) {
      if (node.type !== "dir") continue
      const path = `${at.prefix}/${node.name}`
      if (isMount(node)) mounts.push(path)
      else pending.push({ id: node.id, prefix: path })
    }
  }
  return mounts.toSorted()
})

/** A file of a pond that was attached, as it is called in messages. */
const labelled = (input: Input, name: string): Input => {
  const label = (path: string): string => `${name}:${path}`
  const failed = ({ elsewhere, format, path, reason }: Unreadable) =>
    new Unreadable({ path: label(path), format, reason, ...(elsewhere === undefined ? {} : { elsewhere }) })
  const contentOf = (content: Content): Content => ({
    ...content,
    path: label(content.path),
    earlier: Effect.mapError(content.earlier, failed),
    bytes: (start) => Stream.mapError(content.bytes(start), failed)
  })
  const contents = Effect.map(input.contents, (all) => all.map(contentOf))
  return { ...input, label: label(input.path), contents: Effect.mapError(contents, failed) }
}

/** The files that a reference means in one place. */
const found = Effect.fnUntraced(function* (
  { isOwnOnly, name, snapshot, under }: Source,
  { format, path }: Pick<Reference, "format" | "path">,
  hasSource: boolean
) {
  const reader = yield* snapshot
  if (under !== "" && path.split("/").includes("..")) {
    return yield* new InvalidPath({ path, reason: "a path in an import may not hold .." })
  }
  const below = under === "" ? path : `${under}/${path.replace(/^\/+/u, "")}`
  const pattern = under === "" ? path : `${plainGlob(under)}/${path.replace(/^\/+/u, "")}`
  const sought = inputsOf(reader, { format, path: below, pattern, isOwnOnly })
  // Of several imports one may be out of reach.
  const inputs = under === "" ? yield* sought : Option.getOrElse(yield* reader.unlessLeftOut(under, sought), () => [])
  const named = name === undefined ? inputs : inputs.map((input) => labelled(input, name))
  return hasSource ? named.map((input): Input => ({ ...input, source: name ?? (under || "local") })) : named
})

/** The ponds of one statement. Each is asked in one state, however often it is named. */
export class Sources {
  readonly snapshot: Snapshot
  readonly attached: Attached
  readonly #opened = new Map<string, Required<AttachedPond>>()

  constructor(snapshot: Snapshot, attached: Attached = {}) {
    this.snapshot = snapshot
    this.attached = attached
  }

  /** What may stand before a path, as in `all:/logs`, and for a schema. */
  get places(): ReadonlySet<string> {
    return new Set([...OWN_PLACES, ...Object.keys(this.attached)])
  }

  /** A pond that was attached, in the state that is asked. */
  pond(name: string): Effect.Effect<Required<AttachedPond>, Unreadable> {
    return Effect.gen({ self: this }, function* () {
      const known = this.#opened.get(name)
      if (known !== undefined) return known
      const { pond, snapshot } = yield* this.attached[name]!
      const opened = { pond, snapshot: snapshot ?? (yield* pond.head) }
      this.#opened.set(name, opened)
      return opened
    }).pipe(Effect.mapError(({ message }) => new Unreadable({ path: `${name}:`, format: null, reason: message })))
  }

  /** The files that a reference means: a question for each place where they may lie. */
  lookups({ place, ...reference }: Reference) {
    return Effect.gen({ self: this }, function* () {
      const { snapshot } = this
      const own: Source = { name: undefined, snapshot: Effect.succeed(snapshot), under: "", isOwnOnly: false }
      const attached = (isOwnOnly: boolean) => (name: string) =>
        ({ name, snapshot: Effect.map(this.pond(name), (one) => one.snapshot), under: "", isOwnOnly }) satisfies Source
      const imports = () => Effect.map(mountsOf(snapshot), (all) => all.map((under): Source => ({ ...own, under })))
      const local: Source = { ...own, isOwnOnly: true }
      const sources: ReadonlyArray<Source> =
        place === undefined
          ? [own]
          : place === "local"
            ? [local]
            : place === "imports"
              ? yield* imports()
              : place === "all"
                ? [local, ...(yield* imports()), ...Object.keys(this.attached).map(attached(true))]
                : [attached(false)(place)]
      return sources.map((source) => found(source, reference, place !== undefined))
    })
  }
}
