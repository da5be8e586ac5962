/**
 * The kinds of stores that keep the contract: base stores, and decorators over them.
 */
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import type { Scope } from "effect"
import { cachedStore } from "../../../src/store/cache.ts"
import { countingStore } from "../../../src/store/counting.ts"
import { faultyStore } from "../../../src/store/faults.ts"
import { nodeFileCalls } from "../../../src/store/local/calls.ts"
import { FileFault } from "../../../src/store/local/failure.ts"
import { localStore } from "../../../src/store/local/store.ts"
import { memoryStore } from "../../../src/store/memory/store.ts"
import type { Store } from "../../../src/store/ObjectStore.ts"
import { keepingStore } from "../../../src/store/overlay/keeping.ts"
import { overlayStore } from "../../../src/store/overlay/store.ts"
import { PROBE_KEY, probedStore } from "../../../src/store/probe.ts"
import { retryingStore } from "../../../src/store/retry.ts"
import type { Subject } from "./contract/subject.ts"

const directoryIn = (parent: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(parent, "pond-store-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )

/** A new directory, removed with the scope. */
export const temporaryDirectory: Effect.Effect<string, never, Scope.Scope> = directoryIn(tmpdir())

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** A new directory where syncing costs nothing, if this machine has such a place. */
const fastDirectory = directoryIn(isWritable("/dev/shm") ? "/dev/shm" : tmpdir())

/** The calls of a file system without hard links. */
export const callsWithoutLinks = {
  ...nodeFileCalls,
  link: (_existing: string, created: string): never => {
    throw new FileFault("EPERM", `no hard links here: ${created}`)
  }
}

/** The store in memory. */
export const memory: Subject = { name: "memory", make: Effect.sync(() => memoryStore()) }

/** The store in a directory that does not exist yet. */
export const local: Subject = {
  name: "local",
  make: Effect.map(temporaryDirectory, (directory) => localStore(join(directory, "made", "by", "the store")))
}

/** The store in a directory of a file system without hard links. */
export const localWithoutLinks: Subject = {
  name: "local without hard links",
  make: Effect.map(temporaryDirectory, (directory) => localStore(join(directory, "pond"), callsWithoutLinks))
}

const localInMemory: Subject = {
  name: "local",
  make: Effect.map(fastDirectory, (directory) => localStore(join(directory, "pond")))
}

const over = (name: string, base: Subject, wrap: (store: Store) => Store): Subject => ({
  name: `${name} over ${base.name}`,
  make: Effect.map(base.make, wrap)
})

/** Every decorator, over memory and over a directory. */
export const decorated: ReadonlyArray<Subject> = [memory, localInMemory].flatMap((base) => [
  over("retry", base, (store) => retryingStore(store)),
  over("counting", base, (store) => countingStore(store).store),
  over("faults without a plan", base, (store) => faultyStore(store, () => undefined).store),
  over("overlay", base, (store) => overlayStore(store)),
  { name: `keeping over ${base.name}`, make: Effect.flatMap(base.make, (store) => keepingStore(overlayStore(store))) },
  over("cache", base, (store) => cachedStore(store, memoryStore(), { isImmutable: isObject, bytesMax: 10_000_000 })),
  { ...over("probe", base, probedStore), ownKeys: [PROBE_KEY] }
])

/** Which keys of the suite are objects and not hints. */
const isObject = (key: string): boolean => !/(^|\/)(hint|_last)$/.test(key) && !key.startsWith("x/")
