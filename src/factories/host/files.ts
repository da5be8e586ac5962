/**
 * Reading the host: directories by the exact bytes of their names, files by one descriptor each.
 *
 * Nothing is followed unless it is asked for, nothing blocks on a FIFO, and what is read belongs to the descriptor that was opened: names
 * may change meanwhile. The service has little to it, so that tests can put faults and other processes' deeds between its steps.
 */
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import * as fs from "node:fs"

/** What lies under a name. */
export type HostKind = "file" | "directory" | "symlink" | "other"

/** A name in a directory. */
export interface HostEntry {
  /** The bytes of the name; they need not be UTF-8. */
  readonly name: Uint8Array
  readonly kind: HostKind
}

/** What a file system tells about an open file. */
export interface HostStat {
  readonly isRegular: boolean
  readonly dev: bigint
  readonly ino: bigint
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** The host's file system refused something. */
export class HostFailed extends Schema.TaggedError<HostFailed>()("HostFailed", {
  operation: Schema.Literals(["list", "open", "stat", "read"]),
  path: Schema.String,
  /** The name of the error, such as `EACCES`. */
  code: Schema.String
}) {
  override get message(): string {
    const why = {
      ENOENT: "it does not exist",
      EACCES: "it may not be read by this user",
      ENOTDIR: "it is no directory"
    }[this.code]
    const what = `the host's ${JSON.stringify(this.path)}`
    return why === undefined
      ? `${what} cannot be read: ${this.operation} failed with ${this.code}`
      : `${what} cannot be read: ${why} (${this.code})`
  }
}

/** An open file. */
export interface HostFile {
  readonly stat: Effect.Effect<HostStat, HostFailed>
  /** Reads bytes at a position into a buffer; tells how many, less than asked for only where the file ends. */
  read(into: Uint8Array, position: number): Effect.Effect<number, HostFailed>
}

/** How a file is opened. */
export interface HostOpenOptions {
  /** Whether a symbolic link leads to what it points to; otherwise it is refused with `ELOOP`. */
  readonly isFollowing?: boolean
}

/** Reads of up to so many bytes are made at once; larger ones on a thread, beside other work. */
const SYNCHRONOUS_BYTES = 64 * 1024

/** Opens for reading alone; without waiting for a writer of a FIFO; what is opened is never inherited. */
const OPEN_FLAGS = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK

const failed =
  (operation: HostFailed["operation"], path: Buffer) =>
  (cause: unknown): HostFailed =>
    new HostFailed({
      operation,
      path: path.toString("utf8"),
      code: typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "EIO"
    })

const kindOf = (entry: fs.Dirent<Buffer>): HostKind =>
  entry.isFile() ? "file" : entry.isDirectory() ? "directory" : entry.isSymbolicLink() ? "symlink" : "other"

/** Some file systems do not tell kinds with the names. */
const isKindKnown = (entry: fs.Dirent<Buffer>): boolean =>
  kindOf(entry) !== "other" || entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()

const listDirectory = (directory: Buffer): ReadonlyArray<HostEntry> =>
  fs.readdirSync(directory, { withFileTypes: true, encoding: "buffer" }).map((entry) => {
    if (isKindKnown(entry)) return { name: entry.name, kind: kindOf(entry) }
    const stats = fs.lstatSync(joined(directory, entry.name), { throwIfNoEntry: false })
    const isOther = stats === undefined || (!stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink())
    const kind = isOther ? "other" : stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "symlink"
    return { name: entry.name, kind }
  })

const statOf = (descriptor: number): HostStat => {
  const stats = fs.fstatSync(descriptor, { bigint: true })
  return {
    isRegular: stats.isFile(),
    dev: stats.dev,
    ino: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs
  }
}

const readSome = (descriptor: number, into: Uint8Array, at: number, position: number): number | Promise<number> => {
  const length = into.length - at
  if (length <= SYNCHRONOUS_BYTES) return fs.readSync(descriptor, into, at, length, position)
  return new Promise((resolve, reject) => {
    fs.read(descriptor, into, at, length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
  })
}

const readFully = async (descriptor: number, into: Uint8Array, position: number): Promise<number> => {
  let done = 0
  while (done < into.length) {
    const count = await readSome(descriptor, into, done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}

/** A path below another. */
const joined = (directory: Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat(directory.at(-1) === 0x2f ? [directory, name] : [directory, Buffer.from("/"), name])

const nodeHostFiles: HostFiles["Service"] = {
  list: (directory) => {
    const path = Buffer.from(directory)
    return Effect.try({ try: () => listDirectory(path), catch: failed("list", path) })
  },
  open: (directory, name, { isFollowing = false } = {}) => {
    const path = joined(directory, name)
    const flags = isFollowing ? OPEN_FLAGS : OPEN_FLAGS | fs.constants.O_NOFOLLOW
    return Effect.map(
      Effect.acquireRelease(
        Effect.try({ try: () => fs.openSync(path, flags), catch: failed("open", path) }),
        (descriptor) => Effect.sync(() => fs.closeSync(descriptor))
      ),
      (descriptor): HostFile => ({
        stat: Effect.try({ try: () => statOf(descriptor), catch: failed("stat", path) }),
        // A descriptor must not be closed, and perhaps given to another file, while a thread reads from it.
        read: (into, position) =>
          Effect.uninterruptible(
            Effect.tryPromise({ try: () => readFully(descriptor, into, position), catch: failed("read", path) })
          )
      })
    )
  }
}

/** The host's files, for reading. */
export class HostFiles extends Context.Service<
  HostFiles,
  {
    /** The names in a directory, in no order. The path is bytes, or text in UTF-8. */
    list(directory: Uint8Array | string): Effect.Effect<ReadonlyArray<HostEntry>, HostFailed>
    /** Opens what lies under a name, until the scope closes. */
    open(
      directory: Uint8Array,
      name: Uint8Array,
      options?: HostOpenOptions
    ): Effect.Effect<HostFile, HostFailed, Scope.Scope>
  }
>()("pond/factories/HostFiles") {
  /** The machine's own files. */
  static readonly layer = Layer.succeed(HostFiles, nodeHostFiles)
}
