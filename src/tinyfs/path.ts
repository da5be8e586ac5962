/**
 * Paths: validated once, where they enter; only the validated form is stored (R11).
 *
 * A stored path is absolute: `/` or `/a/b`. What people type may be relative to the root and hold `.` and `..`, which
 * are resolved before anything else and never lead above the root. Names are any UTF-8 text: NFC and NFD stay distinct,
 * nothing is folded.
 */
import { Result } from "effect"
import { InvalidPath } from "./errors.ts"

/** Most bytes of one name in UTF-8. */
export const NAME_BYTES_MAX = 255

/** Most bytes of a path in UTF-8. */
export const PATH_BYTES_MAX = 16 * 1024

/** Why text cannot be the name of a node, or `undefined` when it can. */
export const nameProblem = (name: string): string | undefined => {
  if (name === "") return "a name is empty"
  if (name === "." || name === "..") return `${JSON.stringify(name)} is not a name`
  if (name.includes("/")) return `the name ${JSON.stringify(name)} holds a slash`
  if (name.includes("\0")) return "a name holds a NUL character"
  if (!name.isWellFormed()) return "a name is not Unicode text"
  const bytes = Buffer.byteLength(name)
  return bytes > NAME_BYTES_MAX ? `a name has ${bytes} bytes; at most ${NAME_BYTES_MAX} are allowed` : undefined
}

/** A path as it was typed: its names, and whether it ends in a slash and so must be a directory. */
export interface TypedPath {
  readonly names: ReadonlyArray<string>
  readonly isDirectory: boolean
}

/** Reads a path as people type it. Fails with `InvalidPath`. */
export const parsePath = (text: string): Result.Result<TypedPath, InvalidPath> => {
  if (Buffer.byteLength(text) > PATH_BYTES_MAX) {
    return Result.fail(new InvalidPath({ path: text, reason: `it has more than ${PATH_BYTES_MAX} bytes` }))
  }
  if (text === "") return Result.fail(new InvalidPath({ path: text, reason: "it is empty; the root is /" }))
  const names: Array<string> = []
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue
    if (part === "..") {
      if (names.pop() === undefined)
        return Result.fail(new InvalidPath({ path: text, reason: "it leads above the root" }))
      continue
    }
    const reason = nameProblem(part)
    if (reason !== undefined) return Result.fail(new InvalidPath({ path: text, reason }))
    names.push(part)
  }
  const isDirectory = names.length === 0 || /(?:^|\/)\.{0,2}$/.test(text)
  return Result.succeed({ names, isDirectory })
}

/** The stored form of names: `/a/b`; of none: `/`. */
export const formatPath = (names: ReadonlyArray<string>): string => `/${names.join("/")}`
