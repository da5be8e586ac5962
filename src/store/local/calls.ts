/**
 * The file system calls a local store makes, as one narrow seam.
 *
 * The store itself never imports `node:fs`: tests put a fault, or a model of a file system that loses what was not synced,
 * under it, call by call. Synchronous calls serve small objects (a small file costs 5 µs that way, 60 µs through the thread
 * pool); the three asynchronous ones keep large transfers off the main thread.
 */
import * as fs from "node:fs"

/** What lies under a name; `link` is a symbolic link. */
export type FileKind = "file" | "directory" | "link" | "other"

/** The status of a file that the store uses. */
export interface FileStatus {
  readonly kind: FileKind
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** One name in a directory. */
export interface DirectoryEntry {
  readonly name: string
  readonly kind: FileKind
}

/** The calls. They throw what Node throws: an `Error` with a `code` such as `ENOSPC`. */
export interface FileCalls {
  readonly open: (path: string, flags: number, mode: number) => number
  readonly close: (fd: number) => void
  readonly fstat: (fd: number) => FileStatus
  /** Looks at the name itself, not through a link; `undefined`: nothing is there. */
  readonly lstat: (path: string) => FileStatus | undefined
  readonly read: (fd: number, into: Uint8Array, position: number) => number
  readonly write: (fd: number, bytes: Uint8Array) => number
  readonly fsync: (fd: number) => void
  readonly link: (existing: string, created: string) => void
  readonly rename: (from: string, to: string) => void
  readonly unlink: (path: string) => void
  readonly mkdir: (path: string, mode: number) => void
  readonly readdir: (path: string) => ReadonlyArray<DirectoryEntry>
  readonly readAsync: (fd: number, into: Uint8Array, position: number) => Promise<number>
  readonly writeAsync: (fd: number, bytes: Uint8Array) => Promise<number>
  readonly fsyncAsync: (fd: number) => Promise<void>
}

interface Typed {
  readonly isFile: () => boolean
  readonly isDirectory: () => boolean
  readonly isSymbolicLink: () => boolean
}

const kindOf = (typed: Typed): FileKind =>
  typed.isFile() ? "file" : typed.isDirectory() ? "directory" : typed.isSymbolicLink() ? "link" : "other"

const statusOf = (stats: fs.Stats): FileStatus => ({
  kind: kindOf(stats),
  sizeBytes: stats.size,
  modifiedMs: Math.floor(stats.mtimeMs)
})

type Done<A> = (error: NodeJS.ErrnoException | null, value: A) => void

const promised = <A>(call: (done: Done<A>) => void): Promise<A> =>
  new Promise((resolve, reject) => call((error, value) => (error === null ? resolve(value) : reject(error))))

/** The calls of the machine's own file systems. */
export const nodeFileCalls: FileCalls = {
  open: (path, flags, mode) => fs.openSync(path, flags, mode),
  close: (fd) => fs.closeSync(fd),
  fstat: (fd) => statusOf(fs.fstatSync(fd)),
  lstat: (path) => {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : statusOf(stats)
  },
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: (fd, bytes) => fs.writeSync(fd, bytes),
  fsync: (fd) => fs.fsyncSync(fd),
  link: (existing, created) => fs.linkSync(existing, created),
  rename: (from, to) => fs.renameSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  mkdir: (path, mode) => {
    fs.mkdirSync(path, { mode })
  },
  readdir: (path) =>
    fs.readdirSync(path, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  readAsync: (fd, into, position) => promised((done) => fs.read(fd, into, 0, into.length, position, done)),
  writeAsync: (fd, bytes) => promised((done) => fs.write(fd, bytes, done)),
  fsyncAsync: (fd) => promised<void>((done) => fs.fsync(fd, (error) => done(error, undefined)))
}
