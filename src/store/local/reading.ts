/**
 * The reading operations of a local store. None of them writes, creates or locks anything: they work on a read-only mount.
 */
import { constants } from "node:fs"
import { Effect, Option, Stream } from "effect"
import { ObjectMissing, ObjectRangeOutside } from "../errors.ts"
import type { Operation, StoreError } from "../errors.ts"
import { invalidPrefix } from "../key.ts"
import type { ListedObject, Store } from "../ObjectStore.ts"
import { STREAM_CHUNK_BYTES, resolveRange } from "../range.ts"
import type { ByteRange, Span } from "../range.ts"
import { FileFault, codeOf, isAbsent } from "./failure.ts"
import { SYNCHRONOUS_BYTES_MAX } from "./files.ts"
import type { Files } from "./files.ts"
import { readSpan, readStepAsync } from "./transfer.ts"
import { walk } from "./walk.ts"

/** Never through a link; never waiting for the writer of a pipe. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Objects that a list looks at in one step. */
const LIST_STEP = 256

interface OpenObject {
  readonly fd: number
  readonly sizeBytes: number
}

const notAFile = (path: string): FileFault => new FileFault("EINVAL", `${path} is neither a file nor a directory`)
const isLink = (path: string): FileFault =>
  new FileFault("ELOOP", `${path} is a symbolic link; links inside a store are not followed`)

const openPath = ({ calls }: Files, path: string): number | undefined => {
  // Many keys are asked for to learn that they are absent: an error of the system with its stack costs ten times this look.
  if (calls.lstat(path) === undefined) return undefined
  try {
    return calls.open(path, READ, 0)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw codeOf(error) === "ELOOP" ? isLink(path) : error
  }
}

/** Opens the object of a key; `undefined` when there is none. */
const openObject = (files: Files, key: string): OpenObject | undefined => {
  const path = files.directories.find(key)
  const fd = path === undefined ? undefined : openPath(files, path)
  if (path === undefined || fd === undefined) return undefined
  let isOpen = false
  try {
    const { kind, sizeBytes } = files.calls.fstat(fd)
    if (kind !== "file" && kind !== "directory") throw notAFile(path)
    isOpen = kind === "file"
    return isOpen ? { fd, sizeBytes } : undefined
  } finally {
    if (!isOpen) files.calls.close(fd)
  }
}

const readLong = Effect.fnUntraced(function* (files: Files, operation: Operation, key: string, fd: number, span: Span) {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(span.end - span.start).buffer)
  for (let at = 0; at < bytes.length;) {
    at += yield* files.attemptAsync(operation, key, () =>
      readStepAsync(files.calls, fd, bytes.subarray(at), span.start + at)
    )
  }
  return bytes
})

const read = (files: Files, operation: "get" | "getRange", key: string, range: ByteRange | undefined) =>
  Effect.uninterruptibleMask((restore) =>
    files.attemptKey(operation, key, (): Effect.Effect<Uint8Array, ObjectMissing | ObjectRangeOutside | StoreError> => {
      const object = openObject(files, key)
      if (object === undefined) return Effect.fail(new ObjectMissing({ url: files.root, key }))
      const { fd, sizeBytes } = object
      const close = (): void => files.calls.close(fd)
      const span = resolveRange(range, { url: files.root, key, sizeBytes })
      if (!(span instanceof ObjectRangeOutside) && span.end - span.start > SYNCHRONOUS_BYTES_MAX) {
        return Effect.acquireUseRelease(
          Effect.void,
          () => restore(readLong(files, operation, key, fd, span)),
          () => files.attempt(operation, key, () => Effect.succeed(close()))
        )
      }
      try {
        return span instanceof ObjectRangeOutside ? Effect.fail(span) : Effect.succeed(readSpan(files.calls, fd, span))
      } finally {
        close()
      }
    })
  )

const stream = (files: Files, key: string, range: ByteRange | undefined) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const object = yield* Effect.acquireRelease(
        files.attemptKey("stream", key, () => {
          const opened = openObject(files, key)
          return opened === undefined
            ? Effect.fail(new ObjectMissing({ url: files.root, key }))
            : Effect.succeed(opened)
        }),
        ({ fd }) => Effect.ignore(files.attempt("stream", key, () => Effect.succeed(files.calls.close(fd))))
      )
      const span = resolveRange(range, { url: files.root, key, sizeBytes: object.sizeBytes })
      if (span instanceof ObjectRangeOutside) return yield* span
      return Stream.paginate(span.start, (at) =>
        Effect.map(readChunk(files, key, object.fd, { start: at, end: span.end }), (chunk) => {
          const next = at + chunk.length
          return [chunk.length === 0 ? [] : [chunk], next < span.end ? Option.some(next) : Option.none()] as const
        })
      )
    })
  )

const readChunk = (files: Files, key: string, fd: number, { start, end }: Span) => {
  if (end - start <= SYNCHRONOUS_BYTES_MAX) {
    return files.attempt("stream", key, () => Effect.succeed(readSpan(files.calls, fd, { start, end })))
  }
  return Effect.suspend(() => {
    const chunk = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(STREAM_CHUNK_BYTES, end - start)).buffer)
    return Effect.map(
      files.attemptAsync("stream", key, () => readStepAsync(files.calls, fd, chunk, start)),
      (count) => chunk.subarray(0, count)
    )
  })
}

const list: (files: Files) => Store["list"] = (files) => (prefix, options) =>
  Stream.suspend(() => {
    const invalid = invalidPrefix(prefix)
    if (invalid !== undefined) return Stream.fail(invalid)
    const objects = walk(files.calls, files.directories, { prefix, startAfter: options?.startAfter })
    return Stream.paginate(undefined, () =>
      files.attempt("list", prefix, () => {
        const step: Array<ListedObject> = []
        while (step.length < LIST_STEP) {
          const next = objects.next()
          if (next.done === true) return Effect.succeed([step, Option.none()] as const)
          step.push(next.value)
        }
        return Effect.succeed([step, Option.some(undefined)] as const)
      })
    )
  })

/** Makes the reading operations over files. */
export const readingOf = (files: Files): Pick<Store, "get" | "getRange" | "stream" | "head" | "list"> => ({
  get: (key) =>
    // The whole object always lies inside itself: a range error here is a bug.
    Effect.catchTag(read(files, "get", key, undefined), "ObjectRangeOutside", Effect.die),
  getRange: (key, range) => read(files, "getRange", key, range),
  stream: (key, range) => stream(files, key, range),
  head: (key) =>
    files.attemptKey("head", key, () => {
      const path = files.directories.find(key)
      const status = path === undefined ? undefined : files.calls.lstat(path)
      if (path === undefined || status === undefined || status.kind === "directory") return Effect.succeedNone
      if (status.kind === "link") throw isLink(path)
      if (status.kind === "other") throw notAFile(path)
      return Effect.succeedSome({ sizeBytes: status.sizeBytes, modifiedMs: status.modifiedMs })
    }),
  list: list(files)
})
