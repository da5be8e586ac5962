/**
 * The directories below a store's root: found without following symbolic links, created durably.
 *
 * Every component between the root and an object is looked at on each use: a link there is an error, so a pond that was unpacked
 * from somewhere else cannot lead reads or writes out of itself (S02). The root may be a link: that is its owner's choice.
 * Somebody who swaps directories for links while Pond runs has write access to the pond itself, and is not defended against.
 */
import { constants } from "node:fs"
import * as Path from "node:path"
import type { FileCalls, FileStatus } from "./calls.ts"
import { FileFault, codeOf } from "./failure.ts"

const DIRECTORY_MODE = 0o700

/** Where the object of a key lies, and the directory that holds its name. */
export interface Located {
  readonly path: string
  readonly directory: string
}

const refuseUnlessDirectory = (path: string, status: FileStatus): void => {
  if (status.kind === "directory") return
  throw status.kind === "link"
    ? new FileFault("ELOOP", `${path} is a symbolic link; links inside a store are not followed`)
    : new FileFault("ENOTDIR", `${path} is not a directory`)
}

/** Makes the names in a directory durable. */
export const syncDirectory = (calls: FileCalls, path: string): void => {
  const fd = calls.open(path, constants.O_RDONLY | constants.O_DIRECTORY, 0)
  try {
    calls.fsync(fd)
  } finally {
    calls.close(fd)
  }
}

/** As `syncDirectory`, off the main thread: after large writes the file system may take its time. */
export const syncDirectoryAsync = async (calls: FileCalls, path: string): Promise<void> => {
  const fd = calls.open(path, constants.O_RDONLY | constants.O_DIRECTORY, 0)
  try {
    await calls.fsyncAsync(fd)
  } finally {
    calls.close(fd)
  }
}

/** Finds and makes the directories below one root. */
export class Directories {
  readonly root: string
  readonly #calls: FileCalls
  /** Directories whose own names are known to be durable. */
  readonly #durable = new Set<string>()

  constructor(calls: FileCalls, root: string) {
    this.#calls = calls
    this.root = root
  }

  /** Gives the path of a key whose directories exist, or `undefined` when one is missing. */
  find(key: string): string | undefined {
    for (let slash = key.indexOf("/"); slash !== -1; slash = key.indexOf("/", slash + 1)) {
      const path = `${this.root}/${key.slice(0, slash)}`
      const status = this.#calls.lstat(path)
      if (status === undefined || status.kind === "file") return undefined
      refuseUnlessDirectory(path, status)
    }
    return `${this.root}/${key}`
  }

  /**
   * Gives the path of a key, and makes its directories, mode 0700. The name of each is durable afterwards, also of those that
   * another process made a moment ago and may not have synced.
   */
  prepare(key: string): Located {
    this.#prepareRoot()
    let directory = this.root
    for (let slash = key.indexOf("/"); slash !== -1; slash = key.indexOf("/", slash + 1)) {
      const path = `${this.root}/${key.slice(0, slash)}`
      this.#makeDirectory(path)
      this.#makeDurable(path, directory)
      directory = path
    }
    return { path: `${this.root}/${key}`, directory }
  }

  #makeDirectory(path: string): void {
    let status = this.#calls.lstat(path)
    if (status === undefined) {
      try {
        this.#calls.mkdir(path, DIRECTORY_MODE)
        return
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error
        status = this.#calls.lstat(path)
      }
    }
    if (status !== undefined) refuseUnlessDirectory(path, status)
  }

  #makeDurable(path: string, parent: string): void {
    if (this.#durable.has(path)) return
    syncDirectory(this.#calls, parent)
    this.#durable.add(path)
  }

  /**
   * Makes the root once; a root that vanishes later is an error, not a new and empty store. Nothing is made in a directory whose own
   * name is not durable: so it is enough to sync above the deepest one that is there already, which another process may have made a
   * moment ago.
   */
  #prepareRoot(): void {
    if (this.#durable.has(this.root)) return
    const missing: Array<string> = []
    let deepest = this.root
    while (this.#calls.lstat(deepest) === undefined && Path.dirname(deepest) !== deepest) {
      missing.push(deepest)
      deepest = Path.dirname(deepest)
    }
    this.#syncAbove(deepest)
    for (const directory of missing.toReversed()) {
      this.#makeDirectory(directory)
      syncDirectory(this.#calls, Path.dirname(directory))
    }
    this.#durable.add(this.root)
  }

  /** Syncs the parent of a directory that exists. A parent that may not be read was not written by this user's Pond. */
  #syncAbove(directory: string): void {
    try {
      syncDirectory(this.#calls, Path.dirname(directory))
    } catch (error) {
      if (codeOf(error) !== "EACCES") throw error
    }
  }
}
