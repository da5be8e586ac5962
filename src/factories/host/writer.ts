/**
 * Writing the host: files appear under their names whole and durable, or not at all.
 *
 * A file is written under a temporary name beside its place, synced, and renamed; what was there is replaced in one step. Nothing is
 * followed below the destination, and nothing leaves it (R11). A dry run asks the same questions, reads the same bytes and writes none (R8).
 */
import { Context, Effect, Layer, Random, Schema, type Scope, Stream } from "effect"
import * as fs from "node:fs"
import { dirname } from "node:path"
import { Hasher } from "../../bao/hasher.ts"
import { toHex } from "../../bao/hex.ts"
import { nameProblem } from "../../tinyfs/index.ts"
import { giveBack } from "../../tlogfs/content/handed.ts"
import { OpenDirectory } from "./directory.ts"

/** The host's file system refused to be written to. */
export class HostWriteFailed extends Schema.TaggedError<HostWriteFailed>()("HostWriteFailed", {
  path: Schema.String,
  /** The name of the error, such as `ENOSPC`. */
  code: Schema.String
}) {
  override get message(): string {
    const why = WHY[this.code] ?? this.code
    return `${JSON.stringify(this.path)} cannot be written: ${why}`
  }
}

/** Something is where a file or directory should go that is never replaced. */
export class HostOccupied extends Schema.TaggedError<HostOccupied>()("HostOccupied", {
  path: Schema.String,
  by: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.path)} cannot be written: ${this.by} is there. Remove it, or choose another place`
  }
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: "permission denied (EACCES)",
  EPERM: "not permitted (EPERM)",
  ENOSPC: "no space is left (ENOSPC); make room and run the command again",
  EDQUOT: "the quota is used up (EDQUOT)",
  EROFS: "the file system is read-only (EROFS)",
  ENAMETOOLONG: "the name is too long for this file system (ENAMETOOLONG)",
  EILSEQ: "this file system does not take the name (EILSEQ)"
}

/** What a file is to hold. */
export interface HostContent<E, R> {
  readonly sizeBytes: number
  /** BLAKE3, hex. */
  readonly hash: string
  readonly bytes: Stream.Stream<Uint8Array, E, R>
}

/** What became of a name: `unchanged` held the same bytes already. */
export type HostWritten = "created" | "replaced" | "unchanged"

/** What writing below a destination can fail with. */
export type HostWriteError = HostWriteFailed | HostOccupied

/** A destination: a directory that things are written below. */
export interface HostTree {
  readonly path: string
  /** Makes a directory and those above it. */
  makeDirectory(names: ReadonlyArray<string>): Effect.Effect<HostWritten, HostWriteError>
  /** Writes a file, making the directories above it. */
  write<E, R>(
    names: ReadonlyArray<string>,
    content: HostContent<E, R>
  ): Effect.Effect<HostWritten, HostWriteError | E, R>
  /** Makes everything that was written survive a power cut. */
  readonly sync: Effect.Effect<void, HostWriteFailed>
}

const FILE_MODE = 0o600
const READ_BYTES = 1024 * 1024
/** Writes of up to so many bytes are made at once; larger ones on a thread, beside other work. */
const SYNCHRONOUS_BYTES = 64 * 1024
const CREATE_FLAGS = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "EIO"

const failedAt =
  (path: string) =>
  (cause: unknown): HostWriteError => {
    const code = codeOf(cause)
    // A symbolic link that must not be followed is one or the other, by system.
    if (code === "ENOTDIR" || code === "ELOOP") return new HostOccupied({ path, by: "something that is no directory" })
    return new HostWriteFailed({ path, code })
  }

/** What stands at a name: nothing, a regular file with its identity, or something that is in the way. */
const inspect = (directory: OpenDirectory, name: string): fs.BigIntStats | undefined => {
  const stats = fs.lstatSync(directory.at(name), { bigint: true, throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return stats
  const by = stats.isDirectory() ? "a directory" : stats.isSymbolicLink() ? "a symbolic link" : "a special file"
  throw new HostOccupied({ path: `${directory.path}/${name}`, by })
}

/** Hashes the regular file at a name; `undefined` when it cannot be read. */
const hashOf = async (path: string, sizeBytes: number): Promise<string | undefined> => {
  const handle = await fs.promises.open(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW).catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const hasher = new Hasher()
    const buffer = new Uint8Array(Math.min(READ_BYTES, sizeBytes + 1))
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return toHex(hasher.root())
      hasher.update(buffer.subarray(0, bytesRead))
    }
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}

const identityOf = ({ dev, ino }: fs.BigIntStats): string => `${dev}:${ino}`

/** What one destination keeps in mind. */
interface Underway {
  readonly root: string
  readonly isDry: boolean
  /** Files that were written already: a name that leads to one of them again is another one to the pond, and the same to the host. */
  readonly written: Map<string, string>
  /** Directories that a dry run would make. */
  readonly planned: Set<string>
  /** Directories whose names are not yet synced. */
  readonly unsynced: Set<string>
}

const invalidName = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name) => nameProblem(name) !== undefined)

/** Makes the destination and what is missing above it. Node's own recursion never ends where a file system takes no directory (`/proc`). */
const makeRoot = (root: string, unsynced: Set<string>): void => {
  const above = dirname(root)
  if (!fs.existsSync(above) && above !== root) makeRoot(above, unsynced)
  fs.mkdirSync(root, { mode: 0o700 })
  unsynced.add(above)
}

/** Goes from the destination down, making what is missing; `undefined` where a dry run would make it. Tells whether the last was made. */
const descend = (underway: Underway, names: ReadonlyArray<string>) => {
  const { isDry, planned, root, unsynced } = underway
  let isNew = false
  if (!fs.existsSync(root)) {
    isNew = !planned.has(root)
    if (isDry) planned.add(root)
    else makeRoot(root, unsynced)
  }
  let directory = isDry && planned.has(root) ? undefined : OpenDirectory.open(root)
  let path = root
  try {
    for (const name of names) {
      path = `${path}/${name}`
      const above = directory
      isNew = above?.has(name) !== true && (isDry || above!.make(name))
      if (isNew && !isDry) unsynced.add(above!.path)
      if (isNew && isDry) {
        isNew = !planned.has(path)
        planned.add(path)
        directory = undefined
      } else directory = above!.enter(name)
      above?.[Symbol.dispose]()
    }
    return { directory, isNew }
  } catch (cause) {
    directory?.[Symbol.dispose]()
    throw cause instanceof HostOccupied ? cause : failedAt(path)(cause)
  }
}

const opened = (underway: Underway, names: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => descend(underway, names),
      catch: (cause) =>
        cause instanceof HostOccupied || cause instanceof HostWriteFailed ? cause : failedAt(underway.root)(cause)
    }),
    ({ directory }) => Effect.sync(() => directory?.[Symbol.dispose]())
  )

/** Writes the bytes under a temporary name and puts them in place. */
const publish = Effect.fnUntraced(function* <E, R>(
  directory: OpenDirectory,
  name: string,
  bytes: Stream.Stream<Uint8Array, E, R>
) {
  const path = `${directory.path}/${name}`
  const catching = { catch: failedAt(path) }
  const temporary = directory.at(`.pond-${Math.abs(yield* Random.nextInt).toString(36)}.tmp`)
  const descriptor = yield* Effect.acquireRelease(
    Effect.try({ try: () => fs.openSync(temporary, CREATE_FLAGS, FILE_MODE), ...catching }),
    (open) =>
      Effect.sync(() => {
        fs.closeSync(open)
        // After the rename there is nothing under this name.
        fs.rmSync(temporary, { force: true })
      })
  )
  // A descriptor must not be closed, and perhaps given to another file, while a thread writes to it.
  const write = (chunk: Uint8Array) =>
    chunk.length <= SYNCHRONOUS_BYTES
      ? Effect.try({ try: () => writeAtOnce(descriptor, chunk), ...catching })
      : Effect.uninterruptible(Effect.tryPromise({ try: () => writeFully(descriptor, chunk), ...catching }))
  yield* Stream.runForEach(bytes, (chunk) => Effect.map(write(chunk), () => giveBack(chunk)))
  yield* Effect.uninterruptible(
    Effect.callback<void, HostWriteError>((resume) => {
      fs.fsync(descriptor, (cause) => resume(cause === null ? Effect.void : Effect.fail(failedAt(path)(cause))))
    })
  )
  return yield* Effect.try({
    try: () => {
      const stats = fs.fstatSync(descriptor, { bigint: true })
      inspect(directory, name)
      fs.renameSync(temporary, directory.at(name))
      return identityOf(stats)
    },
    catch: (cause) => (cause instanceof HostOccupied ? cause : failedAt(path)(cause))
  })
}, Effect.scoped)

const writeAtOnce = (descriptor: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at, bytes.length - at)
}

const writeFully = async (descriptor: number, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    at += await new Promise<number>((resolve, reject) => {
      fs.write(descriptor, bytes, at, bytes.length - at, null, (error, count) =>
        error === null ? resolve(count) : reject(error)
      )
    })
  }
}

const writeFile = Effect.fnUntraced(function* <E, R>(
  underway: Underway,
  names: ReadonlyArray<string>,
  { bytes, hash, sizeBytes }: HostContent<E, R>
): Effect.fn.Return<HostWritten, HostWriteError | E, R | Scope.Scope> {
  const name = names.at(-1)!
  const { directory } = yield* opened(underway, names.slice(0, -1))
  const path = [underway.root, ...names].join("/")
  if (directory === undefined) {
    yield* Stream.runDrain(bytes)
    return "created"
  }
  const there = yield* Effect.try({
    try: () => inspect(directory, name),
    catch: (cause) => (cause instanceof HostOccupied ? cause : failedAt(path)(cause))
  })
  const other = there === undefined ? undefined : underway.written.get(identityOf(there))
  if (other !== undefined) {
    return yield* new HostOccupied({
      path,
      by: `${JSON.stringify(other)}, which this file system takes to be the same name,`
    })
  }
  if (there !== undefined && there.size === BigInt(sizeBytes)) {
    if ((yield* Effect.promise(() => hashOf(directory.at(name), sizeBytes))) === hash) {
      underway.written.set(identityOf(there), path)
      return "unchanged"
    }
  }
  if (underway.isDry) yield* Stream.runDrain(bytes)
  else {
    underway.written.set(yield* publish(directory, name, bytes), path)
    underway.unsynced.add(directory.path)
  }
  return there === undefined ? "created" : "replaced"
}, Effect.scoped)

const treeAt = (root: string, isDry: boolean): HostTree => {
  const underway: Underway = { root, isDry, written: new Map(), planned: new Set(), unsynced: new Set() }
  const valid = (names: ReadonlyArray<string>): Effect.Effect<void, HostWriteFailed> =>
    invalidName(names) === undefined
      ? Effect.void
      : Effect.fail(new HostWriteFailed({ path: [root, ...names].join("/"), code: "EINVAL" }))
  return {
    path: root,
    makeDirectory: (names) =>
      Effect.andThen(
        valid(names),
        Effect.scoped(
          Effect.map(opened(underway, names), ({ isNew }): HostWritten => (isNew ? "created" : "unchanged"))
        )
      ),
    write: (names, content) => Effect.andThen(valid(names), writeFile(underway, names, content)),
    sync: Effect.forEach(
      underway.unsynced,
      (path) =>
        Effect.try({
          try: () => {
            using directory = OpenDirectory.open(path)
            directory.sync()
          },
          catch: (cause) => new HostWriteFailed({ path, code: codeOf(cause) })
        }),
      { discard: true }
    )
  }
}

/** Writes files of the host. */
export class HostWriter extends Context.Service<
  HostWriter,
  {
    /** A directory to write below, by its absolute path; it is made when the first thing is written. */
    tree(path: string): HostTree
  }
>()("pond/factories/HostWriter") {
  /** Writes to the machine's own files. */
  static readonly layer = Layer.succeed(HostWriter, { tree: (path) => treeAt(path, false) })
  /** Plans what would be written, and writes nothing. */
  static readonly layerDry = Layer.succeed(HostWriter, { tree: (path) => treeAt(path, true) })
}
