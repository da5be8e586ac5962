/**
 * A disk in memory that can lose power: what is *visible* now, and what is *durable*.
 *
 * It keeps the promises of the contract and no more. A created object becomes durable only when it is synced; hints and removals
 * stay open. A crash takes for every key the durable state or any later one that was visible; a hint, whose bytes are never
 * synced, may also come back cut short. What stays open for two keys is decided for each by itself, as disks reorder writes.
 */
import { compareKeys } from "../key.ts"

/** What lies under a key. */
export interface Stored {
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

/** Decides in a crash: gets the number of possible states (oldest first) and returns the index of the surviving one. */
export type Choose = (alternatives: number) => number

/** Everything that was not synced is lost. */
export const loseAll: Choose = () => 0

/** Everything that was visible survives, as after kill -9. */
export const keepAll: Choose = (alternatives) => alternatives - 1

const cut = (stored: Stored, sizeBytes: number): Stored => ({ ...stored, bytes: stored.bytes.subarray(0, sizeBytes) })

/** The state of one disk, shared by every store that is open on it. */
export class MemoryDisk {
  #visible = new Map<string, Stored>()
  #durable = new Map<string, Stored>()
  /** States a key went through since it was last synced, oldest first; `undefined` is absence. */
  readonly #open = new Map<string, Array<Stored | undefined>>()
  #boots = 0

  /** How often the disk crashed. A store opened before a crash is dead after it. */
  get boots(): number {
    return this.#boots
  }

  /** Reads what is visible under a key. */
  read(key: string): Stored | undefined {
    return this.#visible.get(key)
  }

  /** Gives the visible keys, sorted by UTF-8 bytes. */
  keys(): Array<string> {
    return [...this.#visible.keys()].toSorted(compareKeys)
  }

  /** Makes an object visible whose bytes are synced, if its key is free. It is durable after `sync`. */
  create(key: string, stored: Stored): boolean {
    if (this.#visible.has(key)) return false
    this.#visible.set(key, stored)
    this.#stay(key, [stored])
    return true
  }

  /** Makes a hint visible, whose bytes nobody syncs. */
  replace(key: string, stored: Stored): void {
    this.#visible.set(key, stored)
    this.#stay(key, [cut(stored, 0), cut(stored, stored.bytes.length >> 1), stored])
  }

  /** Removes a key. */
  remove(key: string): void {
    if (this.#visible.delete(key)) this.#stay(key, [undefined])
  }

  /** Makes the visible state of a key durable. */
  sync(key: string): void {
    this.#settle(this.#durable, key, this.#visible.get(key))
    this.#open.delete(key)
  }

  /** Cuts the power and starts again: every key has one of its possible states, and all of it is durable. */
  crash(choose: Choose = loseAll): void {
    for (const key of [...this.#open.keys()].toSorted(compareKeys)) {
      const states = [this.#durable.get(key), ...(this.#open.get(key) ?? [])]
      this.#settle(this.#durable, key, states[choose(states.length)])
    }
    this.#open.clear()
    this.#visible = new Map(this.#durable)
    this.#boots++
  }

  #stay(key: string, states: ReadonlyArray<Stored | undefined>): void {
    const open = this.#open.get(key)
    if (open === undefined) this.#open.set(key, [...states])
    else open.push(...states)
  }

  #settle(view: Map<string, Stored>, key: string, state: Stored | undefined): void {
    if (state === undefined) view.delete(key)
    else view.set(key, state)
  }
}
