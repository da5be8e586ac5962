/**
 * The path that somebody may have meant.
 */
import { Effect } from "effect"
import type { Snapshot } from "../tlogfs/pond.ts"
import { type Database, literal } from "./database.ts"

/** A larger directory is not searched. */
const NAMES_MAX = 10_000
/** Letters that may be wrong. */
const DISTANCE_MAX = 2

/** The path that is most like one, by the first of its names that is not there; null when nothing is like it, or that cannot be told. */
export const nearestPath = (database: Database, snapshot: Snapshot, path: string) =>
  Effect.gen(function* () {
    const names = path.split("/").filter((name) => name !== "")
    let there = ""
    for (const [at, name] of names.entries()) {
      if (yield* snapshot.exists(`${there}/${name}`)) {
        there = `${there}/${name}`
        continue
      }
      const siblings = yield* snapshot.list(there === "" ? "/" : there)
      if (siblings.length === 0 || siblings.length > NAMES_MAX) return null
      const distance = `damerau_levenshtein(name, ${literal(name)})`
      const values = siblings.map((one) => `(${literal(one.node.name)})`).join(", ")
      const [row] = yield* database.rows<{ readonly name: string }>(
        `SELECT name FROM (VALUES ${values}) AS t(name) WHERE ${distance} <= ${DISTANCE_MAX} ORDER BY ${distance} LIMIT 1`
      )
      return row === undefined ? null : [there, row.name, ...names.slice(at + 1)].join("/")
    }
    return null
  }).pipe(Effect.orElseSucceed(() => null))
