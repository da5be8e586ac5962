/**
 * The writing operations of a local store. The order of the steps is the header of `store.ts`; `place.ts` says how a name is given.
 */
import { Clock, Effect } from "effect"
import type { Operation, StoreError } from "../errors.ts"
import { STAGING, invalidKey } from "../key.ts"
import type { NewObject, StagedObject, Store } from "../ObjectStore.ts"
import { oneByOne } from "../order.ts"
import { syncDirectory, syncDirectoryAsync } from "./directories.ts"
import { codeOf, isAbsent } from "./failure.ts"
import { SYNCHRONOUS_BYTES_MAX } from "./files.ts"
import type { Files } from "./files.ts"
import type { Temporary } from "./temporary.ts"

/** Removes a temporary file that has done its duty; that it cannot be removed fails nothing, and is logged. */
const removed = (temporary: Temporary): Effect.Effect<void> => {
  const reason = temporary.remove()
  if (reason === undefined) return Effect.void
  return Effect.logWarning(`${temporary.path} could not be removed, and stays until the next sweep: ${String(reason)}`)
}

const putSmall = (files: Files, key: string, bytes: Uint8Array): Effect.Effect<boolean, StoreError> =>
  files.attemptKey("putIfAbsent", key, () => {
    const temporary = files.temporary()
    let after: Effect.Effect<void> = Effect.void
    let created = false
    try {
      temporary.write(bytes)
      temporary.seal()
      const target = files.directories.prepare(key)
      created = files.placement.place(temporary, target)
      syncDirectory(files.calls, target.directory)
    } finally {
      after = removed(temporary)
    }
    return Effect.as(after, created)
  })

/**
 * Names sealed files one after the other, and makes each name durable before the next is given. Those behind the first are synced by other threads
 * while this one syncs and names what is ahead of them. `reached` is told which object the work is for.
 */
const placeInOrder = async (
  files: Files,
  objects: ReadonlyArray<NewObject>,
  reached: (object: NewObject) => void
): Promise<boolean> => {
  const temporaries: Array<Temporary> = []
  let sealed: ReadonlyArray<Promise<void>> = []
  try {
    for (const object of objects) {
      reached(object)
      const temporary = files.temporary()
      temporaries.push(temporary)
      temporary.write(object.bytes)
    }
    const [first, ...later] = temporaries
    sealed = later.map((temporary) => temporary.sealAsync())
    // Whoever fails ahead of them leaves them to the end: then too their failures are met.
    for (const one of sealed) one.catch(() => undefined)
    let created = false
    for (const [at, temporary] of temporaries.entries()) {
      reached(objects[at]!)
      if (temporary === first) temporary.seal()
      else await sealed[at - 1]
      const target = files.directories.prepare(objects[at]!.key)
      created = files.placement.place(temporary, target)
      syncDirectory(files.calls, target.directory)
    }
    return created
  } finally {
    await Promise.allSettled(sealed)
    for (const temporary of temporaries) temporary.remove()
  }
}

const putInOrder = (files: Files, objects: ReadonlyArray<NewObject>): Effect.Effect<boolean, StoreError> =>
  Effect.suspend(() => {
    for (const { key } of objects) {
      const invalid = invalidKey(key)
      if (invalid !== undefined) return Effect.fail(invalid)
    }
    let key = ""
    const body = () => placeInOrder(files, objects, (object) => (key = object.key))
    return files.attemptAsync("putIfAbsent", () => key, body)
  })

const putLarge = (files: Files, key: string, bytes: Uint8Array): Effect.Effect<boolean, StoreError> =>
  Effect.suspend(() => {
    const invalid = invalidKey(key)
    if (invalid !== undefined) return Effect.fail(invalid)
    return Effect.scoped(
      Effect.flatMap(stage(files, "putIfAbsent", key), (staged) =>
        Effect.andThen(staged.write(bytes), staged.publish(key))
      )
    )
  })

const putIfAbsent = (files: Files, key: string, bytes: Uint8Array): Effect.Effect<boolean, StoreError> =>
  bytes.length <= SYNCHRONOUS_BYTES_MAX ? putSmall(files, key, bytes) : putLarge(files, key, bytes)

/** `operation` and `key` are for the errors of creating the file. */
const stage = (files: Files, operation: Operation, key: string) =>
  Effect.map(
    Effect.acquireRelease(
      files.attempt(operation, key, () => Effect.succeed(files.temporary())),
      (temporary) => Effect.suspend(() => removed(temporary))
    ),
    (temporary): StagedObject => ({
      write: (bytes) =>
        bytes.length <= SYNCHRONOUS_BYTES_MAX
          ? files.attempt("write", "", () => Effect.succeed(temporary.write(bytes)))
          : files.attemptAsync("write", "", () => temporary.writeAsync(bytes)),
      publish: (name) => publish(files, temporary, name)
    })
  )

const publish = (files: Files, temporary: Temporary, key: string): Effect.Effect<boolean, StoreError> =>
  files.attemptKey("publish", key, () =>
    files.attemptAsync("publish", key, async () => {
      await temporary.sealAsync()
      const target = files.directories.prepare(key)
      const created = files.placement.place(temporary, target)
      await syncDirectoryAsync(files.calls, target.directory)
      return created
    })
  )

/** Replaces a hint without syncing it: hints may be lost, never relied on (R6). */
const put = (files: Files, key: string, bytes: Uint8Array): Effect.Effect<void, StoreError> =>
  files.attemptKey("put", key, () => {
    const temporary = files.temporary()
    let after: Effect.Effect<void> = Effect.void
    try {
      temporary.write(bytes)
      temporary.close()
      files.calls.rename(temporary.path, files.directories.prepare(key).path)
    } finally {
      after = removed(temporary)
    }
    return after
  })

/** Unlinks a name; `false`: it was not there. */
const unlinked = ({ calls }: Files, path: string): boolean => {
  try {
    calls.unlink(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** Removes an object's name. A directory is no object: what systems answer when asked to unlink one is not an error. */
const deleteObject = (files: Files, key: string): void => {
  const path = files.directories.find(key)
  if (path === undefined) return
  try {
    unlinked(files, path)
  } catch (error) {
    if (codeOf(error) === undefined || files.calls.lstat(path)?.kind !== "directory") throw error
  }
}

const sweepOlderThan = (files: Files, limitMs: number, isDry: boolean): number => {
  const folder = files.directories.find(`${STAGING}/`)
  if (folder === undefined) return 0
  let count = 0
  for (const { name, kind } of files.calls.readdir(folder)) {
    const status = kind === "file" ? files.calls.lstat(folder + name) : undefined
    if (status === undefined || status.modifiedMs > limitMs) continue
    if (isDry || unlinked(files, folder + name)) count++
  }
  return count
}

/** Makes the writing operations over files. */
export const writingOf = (
  files: Files
): Pick<Store, "putIfAbsent" | "putInOrder" | "stage" | "put" | "delete" | "sweep"> => ({
  putIfAbsent: (key, bytes) => putIfAbsent(files, key, bytes),
  putInOrder: (objects) =>
    objects.every(({ bytes }) => bytes.length <= SYNCHRONOUS_BYTES_MAX)
      ? putInOrder(files, objects)
      : oneByOne((key, bytes) => putIfAbsent(files, key, bytes))(objects),
  stage: stage(files, "stage", ""),
  put: (key, bytes) => put(files, key, bytes),
  delete: (key) => files.attemptKey("delete", key, () => Effect.succeed(deleteObject(files, key))),
  sweep: (ageMs, isDry = false) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      files.attempt("sweep", "", () => Effect.succeed(sweepOlderThan(files, nowMs - ageMs, isDry)))
    )
})
