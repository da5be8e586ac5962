/**
 * The files of a pond, from a directory or an archive: path below it to bytes.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

/** Paths below the directory of a table, `data/`, and what lies there. */
export type Files = ReadonlyMap<string, Uint8Array>

/** Reads all files of a directory. */
export const readFolder = (folder: string): Files =>
  new Map(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path).replaceAll(sep, "/"), new Uint8Array(readFileSync(path))])
  )

/** A file that must be there. */
export const fileOf = (files: Files, path: string): Uint8Array => {
  const bytes = files.get(path)
  if (bytes === undefined) throw new Error(`${path} is missing`)
  return bytes
}
