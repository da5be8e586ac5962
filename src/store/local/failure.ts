/**
 * From the system's error codes to the errors of a store.
 */
import { StoreFailed, StoreFull, StoreReadOnly } from "../errors.ts"
import type { Operation } from "../errors.ts"

/** Which request failed, and where. */
export interface Place {
  readonly url: string
  readonly key: string
  readonly operation: Operation
}

/** An error the way the system reports them: with a code. */
export class FileFault extends Error {
  readonly code: string
  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"])
// ENOTDIR: a file lies where a directory should be, and nothing was written.
const DENIED = new Set(["EROFS", "EACCES", "EPERM", "ENOTDIR"])
const TRANSIENT = new Set(["EMFILE", "ENFILE", "EAGAIN", "EINTR", "EBUSY", "ENOMEM", "ETIMEDOUT"])
const READS: ReadonlySet<Operation> = new Set(["get", "getRange", "stream", "head", "list"])

/** The system's code of an error (`ENOENT`), or `undefined` when it is not one of the system's. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/** Tells whether an error says that nothing lies under a name. */
export const isAbsent = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === "ENOENT" || code === "ENOTDIR"
}

/** Makes the typed error of what a file system call threw; anything that is not the system's is a bug and thrown again. */
export const storeFailure = (place: Place, cause: unknown): StoreFull | StoreReadOnly | StoreFailed => {
  const code = codeOf(cause)
  if (code === undefined) throw cause
  const { url, key, operation } = place
  const fields = { url, key, operation, code, cause }
  if (FULL.has(code)) return new StoreFull(fields)
  if (DENIED.has(code) && !READS.has(operation)) return new StoreReadOnly(fields)
  return new StoreFailed({ ...fields, transient: TRANSIENT.has(code) })
}
