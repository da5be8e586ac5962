/**
 * Directories of the host that are held open while something is written below them.
 *
 * Names below a destination come from a pond and are never trusted (R11). Each is entered from the descriptor of the directory above it, and a
 * symbolic link is refused, so that nothing is written outside the destination, whoever changes names meanwhile. Where the system has no
 * `/proc/self/fd`, paths stand in for descriptors: then a link that somebody puts there at the same moment could be followed.
 */
import * as fs from "node:fs"

const DIRECTORY_FLAGS = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY
const DIRECTORY_MODE = 0o700

/** Whether descriptors can be used as paths; looked up once. */
let hasDescriptorPaths: boolean | undefined

/** An open directory. */
export class OpenDirectory implements Disposable {
  readonly path: string
  readonly #descriptor: number

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
  }

  /** Opens the directory that a person named; links on the way to it are theirs and followed. */
  static open(path: string): OpenDirectory {
    return new OpenDirectory(path, fs.openSync(path, DIRECTORY_FLAGS))
  }

  /** Where a name in this directory is, as a path for system calls. */
  at(name: string): string {
    hasDescriptorPaths ??= fs.existsSync("/proc/self/fd")
    return hasDescriptorPaths ? `/proc/self/fd/${this.#descriptor}/${name}` : `${this.path}/${name}`
  }

  /** Opens a directory in this one. Throws `ENOENT` when nothing is there, `ENOTDIR` or `ELOOP` when it is something else. */
  enter(name: string): OpenDirectory {
    const descriptor = fs.openSync(this.at(name), DIRECTORY_FLAGS | fs.constants.O_NOFOLLOW)
    return new OpenDirectory(`${this.path === "/" ? "" : this.path}/${name}`, descriptor)
  }

  /** Whether there is anything under a name in this directory. */
  has(name: string): boolean {
    return fs.lstatSync(this.at(name), { throwIfNoEntry: false }) !== undefined
  }

  /** Makes a directory in this one; tells whether it was not there. */
  make(name: string): boolean {
    try {
      fs.mkdirSync(this.at(name), { mode: DIRECTORY_MODE })
      return true
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
      return false
    }
  }

  /** Makes the names in it survive a power cut. */
  sync(): void {
    fs.fsyncSync(this.#descriptor)
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor)
  }
}
