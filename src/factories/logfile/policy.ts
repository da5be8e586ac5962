/**
 * The mirror's policy: from what the mirror holds and what the host's files are to what is done, without touching either.
 *
 * - Identity is content alone: a file is an entry's when it starts with all of its tracked bytes. Nothing here knows times or inodes.
 * - Every listed file ends in exactly one outcome (R10); so does every entry whose file is absent, and every entry that loses its name.
 * - No bytes that the mirror holds are given up: what loses its name becomes an orphan, unless another file holds exactly the same.
 *
 * The numbers P7 to P15 are those of docs/mirror-policy.md.
 */
import { compareKeys } from "../../store/key.ts"
import type { Entry } from "./entry.ts"
import { orphanName, uncompressedName } from "./names.ts"
import {
  type Code,
  type FileRead,
  kindOfRole,
  type Layer,
  type ListedFile,
  type Outcome,
  type Plan,
  type Shape,
  type Situation,
  type Step
} from "./plan.ts"

/** A claim of an entry on a file, as P9 grants it. */
interface Claim {
  readonly entry: Entry
  readonly file: FileRead
  readonly layer: Layer
  readonly name: string
}

const byName = (left: { readonly name: string }, right: { readonly name: string }): number =>
  compareKeys(left.name, right.name)

const shapeIn = (file: FileRead, layer: Layer): Shape | undefined =>
  layer === "raw" ? file.raw : typeof file.decoded === "object" ? file.decoded : undefined

const isSameShape = (left: Shape | undefined, right: Shape | undefined): boolean =>
  left !== undefined && left.hash === right?.hash && left.sizeBytes === right.sizeBytes

/** The layer in which a file starts with an entry, every file with an empty one; `undefined` when it does not. */
const startOf = (file: FileRead, entry: Entry): Layer | undefined => {
  if (entry.sizeBytes > 0) return file.starts.get(entry.name)
  return file.name === entry.name || typeof file.decoded !== "object" ? "raw" : "decoded"
}

/**
 * Which host file each entry that is no orphan mirrors: the one of its own name; else the one that it was completed from; else one that
 * decompresses to it (P12a).
 */
const ownFiles = (entries: ReadonlyArray<Entry>, files: ReadonlyMap<string, ListedFile>): Map<string, ListedFile> => {
  const decoding = new Map<string, Array<FileRead>>()
  for (const file of files.values()) {
    const name = uncompressedName(file.name)
    if (name === undefined || file.status !== "read" || typeof file.decoded !== "object") continue
    decoding.set(name, [...(decoding.get(name) ?? []), file])
  }
  const isDecoded = (file: FileRead, entry: Entry): boolean =>
    (entry.sizeBytes > 0 || isSameShape(shapeIn(file, "decoded"), entry)) && startOf(file, entry) === "decoded"
  const own = new Map<string, ListedFile>()
  const owned = new Set<ListedFile>()
  for (const find of [
    ({ name }: Entry) => files.get(name),
    ({ host }: Entry) => files.get(host),
    (entry: Entry) => decoding.get(entry.name)?.find((file) => isDecoded(file, entry))
  ]) {
    for (const entry of entries) {
      const file = entry.kind === "orphan" || own.has(entry.name) ? undefined : find(entry)
      if (file === undefined || owned.has(file)) continue
      own.set(entry.name, file)
      owned.add(file)
    }
  }
  return own
}

/** One decision of the policy, in the making. */
class Decision {
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #files: ReadonlyMap<string, ListedFile>
  readonly #own: ReadonlyMap<string, ListedFile>
  /** The entry whose own file a file is. */
  readonly #owner = new Map<string, Entry>()
  readonly #foreign: ReadonlySet<string>
  readonly #claims = new Map<string, Claim>()
  readonly #claimed = new Map<string, Claim>()
  readonly #steps: Array<Step> = []
  readonly #outcomes: Array<Outcome> = []
  /** Names of the mirror after the sync, and what they will hold. */
  readonly #final = new Map<string, Shape>()
  /** What the host's files of this sync are mirrored with. */
  readonly #mirrored: Array<Shape> = []

  constructor({ entries, files, foreign }: Situation) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]))
    this.#files = new Map(withoutIncomplete(files, entries).map((file) => [file.name, file]))
    this.#own = ownFiles(entries, this.#files)
    for (const [name, file] of this.#own) this.#owner.set(file.name, this.#entries.get(name)!)
    this.#foreign = foreign
  }

  get plan(): Plan {
    this.#assign()
    const entries = [...this.#entries.values()].toSorted(byName)
    for (const claim of this.#claims.values()) this.#move(claim)
    for (const entry of entries) if (!this.#claims.has(entry.name)) this.#keepFound(entry)
    for (const file of [...this.#files.values()].toSorted(byName)) this.#settle(file)
    // What loses its name is looked at last: then it is known what else holds its bytes.
    for (const entry of entries) if (this.#hasLostName(entry)) this.#displace(entry)
    return { steps: this.#steps, outcomes: this.#outcomes.toSorted(byName) }
  }

  /** P7: whether an entry looks for its file elsewhere. */
  #isUnmatched(entry: Entry): boolean {
    if (entry.sizeBytes === 0) return false
    if (entry.kind === "orphan") return true
    const own = this.#own.get(entry.name)
    if (own === undefined) return entry.kind === "active"
    return own.status === "read" && startOf(own, entry) === undefined
  }

  /** P8: whether a file may be that of an unmatched entry. */
  #isCandidate(file: ListedFile): file is FileRead {
    if (file.status !== "read" || file.role !== "archived") return false
    const owner = this.#owner.get(file.name)
    return owner === undefined || this.#isUnmatched(owner)
  }

  /** Whether a decompressed candidate may have the name without the suffix: nothing else has it, or keeps it. */
  #isFree(name: string): boolean {
    if (this.#files.has(name) || this.#foreign.has(name)) return false
    const holder = this.#entries.get(name)
    return holder === undefined || (holder.kind !== "orphan" && this.#isUnmatched(holder))
  }

  /** P9: the largest unmatched entry takes the first free candidate under another name that starts with it. */
  #assign(): void {
    const candidates = [...this.#files.values()].filter((file) => this.#isCandidate(file)).toSorted(byName)
    const unmatched = [...this.#entries.values()]
      .filter((entry) => this.#isUnmatched(entry))
      .toSorted((left, right) => right.sizeBytes - left.sizeBytes || byName(left, right))
    const names = new Set<string>()
    for (const entry of unmatched) {
      for (const file of candidates as ReadonlyArray<FileRead>) {
        const layer = startOf(file, entry)
        if (layer === undefined || this.#claimed.has(file.name) || this.#own.get(entry.name) === file) continue
        const name = layer === "raw" ? file.name : uncompressedName(file.name)!
        if (names.has(name) || (layer === "decoded" && !this.#isFree(name))) continue
        const claim = { entry, file, layer, name }
        names.add(name)
        this.#claims.set(entry.name, claim)
        this.#claimed.set(file.name, claim)
        break
      }
    }
  }

  #move({ entry, file, layer, name }: Claim): void {
    const shape = shapeIn(file, layer)!
    const isWriting = entry.isEdited || shape.sizeBytes > entry.sizeBytes
    this.#enter({
      before: entry,
      after: { name, kind: "archive", host: file.name, ...shape },
      ...(isWriting ? { write: { how: entry.isEdited ? "rewrite" : "complete", file: file.name, layer } } : {})
    })
    const details = [layer === "decoded" ? "compressed" : "", entry.isEdited ? "edited in the pond" : ""].filter(
      Boolean
    )
    this.#tell(file.name, entry.isEdited ? "changed" : entry.kind === "archive" ? "renamed" : "rotated", {
      entry: name,
      addedBytes: entry.isEdited ? shape.sizeBytes : shape.sizeBytes - entry.sizeBytes,
      shape,
      detail: [`was ${entry.name}`, ...details].join(", ")
    })
  }

  /** Entries that keep their name: P10.1 to P10.3, P10.5, and P15. */
  #keepFound(entry: Entry): void {
    if (this.#hasLostName(entry)) return
    const own = this.#own.get(entry.name)
    if (own?.status === "read" && startOf(own, entry) !== undefined) return this.#follow(entry, own)
    this.#final.set(entry.name, entry)
    if (own === undefined) {
      if (entry.kind !== "orphan") this.#tell(entry.name, "preserved", { entry: entry.name, shape: entry })
    } else if (own.status === "read") {
      const isKept = entry.keptHash === own.raw.hash
      const detail = isKept
        ? "differs from the host's, as accepted"
        : "the host's file is another, and the mirror's is kept: accept it with --keep, or the host's with --take"
      this.#tell(own.name, isKept ? "unchanged" : "changed", { entry: entry.name, shape: entry, detail })
    }
  }

  /** An entry whose file starts with it. */
  #follow(entry: Entry, file: FileRead): void {
    const layer = startOf(file, entry)!
    const shape = shapeIn(file, layer)!
    const addedBytes = shape.sizeBytes - entry.sizeBytes
    const kind = kindOfRole(file.role)
    const host = addedBytes > 0 || entry.isEdited ? file.name : entry.host
    const { keptHash: _, isEdited: __, ...known } = entry
    if (addedBytes > 0 || entry.isEdited || kind !== entry.kind) {
      const how = entry.isEdited ? "rewrite" : "complete"
      const write = addedBytes > 0 || entry.isEdited ? { write: { how, file: file.name, layer } as const } : {}
      this.#enter({ before: entry, after: { ...known, kind, host, ...shape }, ...write })
    } else {
      this.#final.set(entry.name, entry)
      this.#mirrored.push(entry)
    }
    const code: Code = entry.isEdited
      ? "changed"
      : addedBytes === 0
        ? "unchanged"
        : kind === "active"
          ? "appended"
          : "late-append"
    const edited = "edited in the pond: the host's bytes are its newest version again"
    const detail = entry.isEdited ? edited : layer === "decoded" ? "compressed" : undefined
    this.#tell(file.name, code, {
      entry: entry.name,
      addedBytes: entry.isEdited ? shape.sizeBytes : addedBytes,
      shape,
      ...(detail === undefined ? {} : { detail })
    })
  }

  /** P10.1 and P10.4: another entry took its name or its file, or an active file starts anew. */
  #hasLostName(entry: Entry): boolean {
    if (this.#claims.has(entry.name) || entry.kind === "orphan") return false
    const own = this.#own.get(entry.name)
    for (const { file, name } of this.#claims.values()) if (name === entry.name || file === own) return true
    return entry.kind === "active" && own?.status === "read" && startOf(own, entry) === undefined
  }

  /** P10.4, P11, P12a.2: what becomes of a file that nothing was told of yet. */
  #settle(file: ListedFile): void {
    if (file.status === "out") {
      const { code, detail, name } = file
      return this.#tell(name, code, detail === undefined ? {} : { detail })
    }
    const owner = this.#owner.get(file.name)
    const isStaying = owner !== undefined && !this.#claims.has(owner.name) && !this.#hasLostName(owner)
    if (this.#claimed.has(file.name) || isStaying) return
    const twin = uncompressedName(file.name)
    const held = twin === undefined ? undefined : this.#final.get(twin)
    if (typeof file.decoded === "object" && isSameShape(file.decoded, held)) {
      return this.#tell(file.name, "unchanged", { entry: twin!, shape: held!, detail: "compressed" })
    }
    this.#enter({
      after: { name: file.name, kind: kindOfRole(file.role), host: file.name, ...file.raw },
      write: { how: "store", file: file.name, layer: "raw" }
    })
    const isAnew = owner !== undefined && this.#hasLostName(owner)
    this.#tell(file.name, isAnew && owner.kind === "active" && owner.name === file.name ? "truncated" : "new", {
      entry: file.name,
      addedBytes: file.raw.sizeBytes,
      shape: file.raw
    })
  }

  /** P12: what lost its name stays under another, unless its bytes are mirrored elsewhere as they are. */
  #displace(entry: Entry): void {
    const isAnew = entry.kind === "active" && ![...this.#claims.values()].some(({ name }) => name === entry.name)
    if (isAnew && !entry.isEdited && this.#mirrored.some((shape) => isSameShape(shape, entry))) {
      this.#steps.push({ before: entry })
      return
    }
    const name = orphanName(entry.name, entry.hash, (one) => this.#isTaken(one))
    const { isEdited: _, keptHash: __, ...known } = entry
    this.#enter({ before: entry, after: { ...known, name, kind: "orphan", host: entry.name } })
    this.#tell(name, "displaced", { entry: name, shape: entry, detail: `was ${entry.name}` })
  }

  #isTaken(name: string): boolean {
    return this.#final.has(name) || this.#entries.has(name) || this.#foreign.has(name) || this.#files.has(name)
  }

  #enter(step: Step & { readonly after: Omit<Entry, "isEdited"> }): void {
    const { hash, name, sizeBytes } = step.after
    this.#final.set(name, { hash, sizeBytes })
    if (step.after.kind !== "orphan") this.#mirrored.push({ hash, sizeBytes })
    this.#steps.push(step)
  }

  #tell(name: string, code: Code, about: Partial<Outcome>): void {
    this.#outcomes.push({ addedBytes: 0, ...about, name, code })
  }
}

/**
 * P12a.3: a compressed archive that is being made takes no part, unless it is known as it is: its stream ends early, or the file that it was made
 * of was listed and is gone. That one would have had its place; in the next sync it has.
 */
const withoutIncomplete = (
  files: ReadonlyArray<ListedFile>,
  entries: ReadonlyArray<Entry>
): ReadonlyArray<ListedFile> => {
  const names = new Set([...files.map(({ name }) => name), ...entries.map(({ name }) => name)])
  const gone = new Set(files.flatMap((file) => (file.status === "out" && file.code === "vanished" ? [file.name] : [])))
  return files.map((file): ListedFile => {
    if (file.status === "out" || file.decoded === undefined || file.starts.has(file.name)) return file
    const name = uncompressedName(file.name)
    if (name === undefined) return file
    const isCut = file.decoded === "incomplete" && names.has(name)
    if (!isCut && !gone.has(name)) return file
    const detail = isCut ? "its stream ends early" : `it was made of ${name} just now`
    return { status: "out", name: file.name, code: "skipped:incomplete", detail }
  })
}

/** Decides what one sync does. Pure: the same situation gives the same plan. */
export const planOf = (situation: Situation): Plan => new Decision(situation).plan
