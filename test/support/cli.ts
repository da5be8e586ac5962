/**
 * A pond in a folder of its own, used through the real command in fresh processes.
 */
import { Schema } from "effect"
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { Folder, type Place, pond, type Ran } from "./pond.ts"

/** Everything below a directory that a dry run must leave as it is: names, kinds, sizes, times, inodes, bytes of files. */
export const picture = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { ctimeNs, ino, mtimeNs, size } = lstatSync(path, { bigint: true })
      const bytes = entry.isFile() ? readFileSync(path).toString("base64") : ""
      return `${relative(directory, path)} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${bytes}`
    })
    .toSorted()

/** A folder with an empty pond in `.pond`: `using home = new PondFolder()`. */
export class PondFolder extends Folder {
  constructor() {
    super()
    this.text("init")
  }

  /** Runs `pond` in the folder. */
  run(args: ReadonlyArray<string>, place: Place = {}): Ran {
    return pond(args, { cwd: this.path, ...place, env: { POND_AUTHOR: "test", ...place.env } })
  }

  /** What a command that succeeds prints for people. */
  text(...args: ReadonlyArray<string>): string {
    const { code, stderr, stdout } = this.run(args)
    if (code !== 0) throw new Error(`pond ${args.join(" ")} ended with ${code}: ${stderr}${stdout.toString()}`)
    return stdout.toString()
  }

  /** The one JSON document of a command, which must be exactly what its Schema says. */
  json<A, I>(schema: Schema.Codec<A, I>, ...args: ReadonlyArray<string>): A {
    const all = this.lines(schema, ...args)
    if (all.length !== 1) throw new Error(`pond ${args.join(" ")} printed ${all.length} documents, not one`)
    return all[0]!
  }

  /** The JSON lines of a command; it may end with any code, but not with an error. */
  lines<A, I>(schema: Schema.Codec<A, I>, ...args: ReadonlyArray<string>): ReadonlyArray<A> {
    const { stderr, stdout } = this.run([...args, "--json"])
    if (stderr !== "") throw new Error(`pond ${args.join(" ")} says: ${stderr}`)
    const decode = Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })
    return stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => decode(JSON.parse(line)))
  }
}
