/**
 * Giving a sealed file its name, if and only if the name is free: the commit primitive of a local store (R2).
 *
 * `link(2)` does it in one step. Where the file system has no hard links, exclusive creation of the final name decides among
 * the writers, and the winner renames its file over its own empty one: nobody's bytes are ever replaced, but a reader may meet
 * the empty file, and a crash between the two steps leaves it (`capabilities.atomicCreate`).
 */
import type { FileCalls } from "./calls.ts"
import type { Located } from "./directories.ts"
import { FileFault, codeOf } from "./failure.ts"
import { createExclusively } from "./temporary.ts"
import type { Temporary } from "./temporary.ts"

/** What `link` answers where there are no hard links. `EPERM` may also mean an immutable directory: then the claim fails too. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])

/** Places sealed files, and remembers whether the file system has hard links. */
export class Placement {
  readonly #calls: FileCalls
  #hardLinks = true

  constructor(calls: FileCalls) {
    this.#calls = calls
  }

  /** `false` once a file system without hard links was met. */
  get hardLinks(): boolean {
    return this.#hardLinks
  }

  /**
   * Names a sealed file: `true`; or `false` when the name is taken. Either way the directory must be synced afterwards: the
   * other writer may not have done so yet.
   */
  place(temporary: Temporary, target: Located): boolean {
    const created = this.#hardLinks ? this.#link(temporary.path, target.path) : this.#claim(temporary.path, target.path)
    if (!created) this.#checkTaken(target.path, temporary)
    return created
  }

  /** Whoever is told that an object exists relies on it: what took the name must be an object, and no writer's empty claim. */
  #checkTaken(path: string, temporary: Temporary): void {
    const status = this.#calls.lstat(path)
    if (status?.kind === "directory") {
      throw new FileFault("EISDIR", `${path} is a directory: a key cannot also be the folder of other keys`)
    }
    if (status?.sizeBytes === 0 && temporary.sizeBytes > 0 && !this.#canLink(temporary.path)) {
      throw new FileFault("EBUSY", `${path} is empty: its writer is at work, or died; if it stays so, remove it`)
    }
  }

  /** Finds out whether there are hard links, by making one: a name that was taken did not tell. */
  #canLink(temporary: string): boolean {
    if (!this.#hardLinks) return false
    const second = `${temporary}-link`
    if (this.#link(temporary, second)) this.#calls.unlink(second)
    return this.#hardLinks
  }

  #link(temporary: string, path: string): boolean {
    try {
      this.#calls.link(temporary, path)
      return true
    } catch (error) {
      const code = codeOf(error) ?? ""
      if (code === "EEXIST") return false
      if (!NO_LINKS.has(code)) throw error
      const created = this.#claim(temporary, path)
      this.#hardLinks = false
      return created
    }
  }

  #claim(temporary: string, path: string): boolean {
    let fd: number
    try {
      fd = createExclusively(this.#calls, path)
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false
      throw error
    }
    try {
      this.#calls.close(fd)
      this.#calls.rename(temporary, path)
      return true
    } catch (error) {
      this.#abandon(path)
      throw error
    }
  }

  /** Frees a claimed name; where even that fails the name stays empty, as after a crash, and the first error is what matters. */
  #abandon(path: string): void {
    try {
      this.#calls.unlink(path)
    } catch (error) {
      if (codeOf(error) === undefined) throw error
    }
  }
}
