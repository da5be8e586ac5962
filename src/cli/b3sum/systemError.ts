/**
 * What the system says about a file, in the words of the C library: b3sum prints them in its reports, so they are part
 * of the output that scripts read.
 */
import { getSystemErrorMap } from "node:util"

/** Where the words of the C library are others than libuv's. */
const WORDS: Readonly<Record<string, string>> = {
  EBUSY: "Device or resource busy",
  EFBIG: "File too large",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENOMEM: "Cannot allocate memory",
  ENOTSUP: "Operation not supported",
  ETIMEDOUT: "Connection timed out",
  ETXTBSY: "Text file busy"
}

/** Returns `No such file or directory (os error 2)` and the like for an error of `node:fs`; else the error's message. */
export const describeSystemError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (!("errno" in error) || typeof error.errno !== "number" || !("code" in error)) return error.message
  const known = getSystemErrorMap().get(error.errno)?.[1] ?? String(error.code)
  const words = WORDS[String(error.code)] ?? known.charAt(0).toUpperCase() + known.slice(1)
  return `${words} (os error ${-error.errno})`
}
