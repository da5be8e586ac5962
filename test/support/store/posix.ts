/**
 * A model of a file system that forgets what was not synced.
 *
 * It keeps the promises of POSIX and no more: `fsync` of a file makes its bytes durable, not its name; `fsync` of a directory makes
 * the names in it durable, not what they lead to. A power cut takes, for every name by itself, its durable state or any later one, and
 * for every file its synced bytes, or what was written since in part or in whole. Real file systems are kinder.
 */
import { constants } from "node:fs"
import type { DirectoryEntry, FileCalls, FileKind, FileStatus } from "../../../src/store/local/calls.ts"
import type { Choose } from "../../../src/store/memory/disk.ts"

/** What the model's calls throw, as Node would. */
export class PosixError extends Error {
  readonly code: string
  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`)
    this.code = code
  }
}

/** The process was killed: the call that throws this, and every later one, did not happen. */
export class Killed extends Error {
  readonly code = "EKILLED"
}

type Entry = File | Directory

class File {
  readonly kind = "file"
  bytes: Uint8Array = new Uint8Array(0)
  synced: Uint8Array = new Uint8Array(0)
}

class Directory {
  readonly kind = "directory"
  readonly names = new Map<string, Entry>()
  durable = new Map<string, Entry>()
  /** For each name changed since the last sync, the states it went through. */
  readonly open = new Map<string, Array<Entry | undefined>>()

  set(name: string, entry: Entry | undefined): void {
    if (entry === undefined) this.names.delete(name)
    else this.names.set(name, entry)
    const states = this.open.get(name)
    if (states === undefined) this.open.set(name, [entry])
    else states.push(entry)
  }

  sync(): void {
    this.durable = new Map(this.names)
    this.open.clear()
  }
}

interface Descriptor {
  readonly entry: Entry
  syncFailed: boolean
}

/** One call of the model, before it happens. */
export interface Call {
  readonly number: number
  readonly name: keyof FileCalls
  readonly path: string
}

/** What may happen instead of a call: nothing, an error that is thrown, or fewer bytes than asked for. */
export type OnCall = (call: Call) => { readonly bytesMax: number } | undefined

const NORMAL: OnCall = () => undefined

/** The file system. `root` is an empty directory that is durable. */
export class PosixModel {
  readonly #top = new Directory()
  readonly #descriptors = new Map<number, Descriptor>()
  #nextDescriptor = 3
  #calls = 0
  onCall: OnCall = NORMAL
  /** Names of calls that the medium acknowledges and does not do: a broken disk, or a broken store. */
  readonly ignored = new Set<"fsync file" | "fsync directory">()
  hardLinks = true
  /** Every path that a call named. */
  readonly touched = new Set<string>()

  /** Calls so far. */
  get callCount(): number {
    return this.#calls
  }

  /** Descriptors that nobody closed. */
  get openDescriptors(): number {
    return this.#descriptors.size
  }

  /** Kills the process: its descriptors are gone, everything it did to files stays visible. */
  kill(): void {
    this.#descriptors.clear()
    this.onCall = NORMAL
  }

  /** Kills the process and cuts the power. */
  powerCut(choose: Choose): void {
    this.kill()
    this.#lose(this.#top, choose, new Set())
  }

  #lose(directory: Directory, choose: Choose, seen: Set<Entry>): void {
    for (const name of [...directory.open.keys()].toSorted()) {
      const states = [directory.durable.get(name), ...(directory.open.get(name) ?? [])]
      const survivor = states[choose(states.length)]
      if (survivor === undefined) directory.durable.delete(name)
      else directory.durable.set(name, survivor)
    }
    directory.names.clear()
    for (const [name, entry] of directory.durable) directory.names.set(name, entry)
    directory.open.clear()
    for (const entry of directory.names.values()) {
      if (seen.has(entry)) continue
      seen.add(entry)
      if (entry.kind === "directory") this.#lose(entry, choose, seen)
      else this.#loseBytes(entry, choose)
    }
  }

  #loseBytes(file: File, choose: Choose): void {
    if (Buffer.compare(file.bytes, file.synced) !== 0) {
      const { bytes } = file
      const half = bytes.slice(0, bytes.length >> 1)
      // Size reached the disk before the bytes did: zeros.
      const survivors = [file.synced, half, new Uint8Array(bytes.length), bytes]
      file.bytes = survivors[choose(survivors.length)] as Uint8Array
    }
    file.synced = file.bytes
  }

  /** The calls over this file system. */
  readonly calls: FileCalls = {
    open: (path, flags) => {
      this.#before("open", path)
      return this.#open(path, flags)
    },
    close: (fd) => {
      this.#descriptor(fd)
      try {
        this.#before("close", String(fd))
      } finally {
        // Also a close that reports an error has closed.
        this.#descriptors.delete(fd)
      }
    },
    fstat: (fd) => {
      this.#before("fstat", String(fd))
      return statusOf(this.#descriptor(fd).entry)
    },
    lstat: (path) => {
      this.#before("lstat", path)
      const entry = this.#find(path)
      return entry === undefined ? undefined : statusOf(entry)
    },
    read: (fd, into, position) => this.#read("read", fd, into, position),
    write: (fd, bytes) => this.#write("write", fd, bytes),
    fsync: (fd) => this.#fsync("fsync", fd),
    link: (existing, created) => {
      this.#before("link", created)
      const entry = this.#existing(existing)
      const { directory, name } = this.#parent(created)
      if (directory.names.has(name)) throw new PosixError("EEXIST", created)
      if (!this.hardLinks) throw new PosixError("EPERM", created)
      directory.set(name, entry)
    },
    rename: (from, to) => {
      this.#before("rename", to)
      const entry = this.#existing(from)
      const source = this.#parent(from)
      const target = this.#parent(to)
      if (target.directory.names.get(target.name)?.kind === "directory") throw new PosixError("EISDIR", to)
      target.directory.set(target.name, entry)
      source.directory.set(source.name, undefined)
    },
    unlink: (path) => {
      this.#before("unlink", path)
      if (this.#existing(path).kind === "directory") throw new PosixError("EISDIR", path)
      const { directory, name } = this.#parent(path)
      directory.set(name, undefined)
    },
    mkdir: (path) => {
      this.#before("mkdir", path)
      const { directory, name } = this.#parent(path)
      if (directory.names.has(name)) throw new PosixError("EEXIST", path)
      directory.set(name, new Directory())
    },
    readdir: (path) => {
      this.#before("readdir", path)
      const entry = this.#existing(path)
      if (entry.kind !== "directory") throw new PosixError("ENOTDIR", path)
      return [...entry.names].map(([name, { kind }]): DirectoryEntry => ({ name, kind: kind as FileKind }))
    },
    readAsync: async (fd, into, position) => this.#read("readAsync", fd, into, position),
    writeAsync: async (fd, bytes) => this.#write("writeAsync", fd, bytes),
    fsyncAsync: async (fd) => this.#fsync("fsyncAsync", fd)
  }

  #before(name: keyof FileCalls, path: string): { readonly bytesMax: number } | undefined {
    if (path.startsWith("/")) this.touched.add(path)
    return this.onCall({ number: this.#calls++, name, path })
  }

  #open(path: string, flags: number): number {
    const { directory, name } = this.#parent(path)
    let entry = directory.names.get(name)
    if ((flags & constants.O_CREAT) !== 0) {
      if (entry !== undefined) throw new PosixError("EEXIST", path)
      entry = new File()
      directory.set(name, entry)
    }
    if (entry === undefined) throw new PosixError("ENOENT", path)
    const fd = this.#nextDescriptor++
    this.#descriptors.set(fd, { entry, syncFailed: false })
    return fd
  }

  #read(call: "read" | "readAsync", fd: number, into: Uint8Array, position: number): number {
    const bytesMax = this.#before(call, String(fd))?.bytesMax ?? into.length
    const part = this.#file(fd).bytes.subarray(position, position + Math.min(bytesMax, into.length))
    into.set(part)
    return part.length
  }

  #write(call: "write" | "writeAsync", fd: number, bytes: Uint8Array): number {
    const bytesMax = this.#before(call, String(fd))?.bytesMax ?? bytes.length
    const file = this.#file(fd)
    file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, bytesMax)])
    return Math.min(bytesMax, bytes.length)
  }

  #fsync(call: "fsync" | "fsyncAsync", fd: number): void {
    const descriptor = this.#descriptor(fd)
    // The kernel drops the pages of a failed sync: doing it again would report success for bytes that are gone.
    if (descriptor.syncFailed) throw new Error("a failed fsync was repeated on the same descriptor")
    try {
      this.#before(call, String(fd))
    } catch (error) {
      descriptor.syncFailed = true
      throw error
    }
    const { entry } = descriptor
    if (entry.kind === "directory") {
      if (!this.ignored.has("fsync directory")) entry.sync()
    } else if (!this.ignored.has("fsync file")) entry.synced = entry.bytes
  }

  #descriptor(fd: number): Descriptor {
    const descriptor = this.#descriptors.get(fd)
    if (descriptor === undefined) throw new Error(`descriptor ${fd} was used after it was closed`)
    return descriptor
  }

  #file(fd: number): File {
    const { entry } = this.#descriptor(fd)
    if (entry.kind !== "file") throw new PosixError("EISDIR", String(fd))
    return entry
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#top
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (entry?.kind !== "directory") return undefined
      entry = entry.names.get(name)
    }
    return entry
  }

  #existing(path: string): Entry {
    const entry = this.#find(path)
    if (entry === undefined) throw new PosixError("ENOENT", path)
    return entry
  }

  #parent(path: string): { readonly directory: Directory; readonly name: string } {
    const trimmed = path.replace(/\/+$/, "")
    const slash = trimmed.lastIndexOf("/")
    if (trimmed === "") return { directory: rootHolder(this.#top), name: "" }
    const directory = this.#existing(trimmed.slice(0, slash))
    if (directory.kind !== "directory") throw new PosixError("ENOTDIR", path)
    return { directory, name: trimmed.slice(slash + 1) }
  }
}

const rootHolder = (top: Directory): Directory => {
  const holder = new Directory()
  holder.names.set("", top)
  return holder
}

const statusOf = (entry: Entry): FileStatus => ({
  kind: entry.kind,
  sizeBytes: entry.kind === "file" ? entry.bytes.length : 0,
  modifiedMs: 0
})
