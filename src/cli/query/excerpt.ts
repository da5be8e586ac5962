/**
 * The line of a statement where something is wrong, with a mark below the place.
 */
import { escapeControls } from "../fileName.ts"
import { columnsOf } from "../text/width.ts"

/** Characters that are shown before and behind the place. */
const BEFORE = 50
const BEHIND = 25

/** Two lines: a part of the statement, and a caret; `position` is counted in characters from 0. */
export const excerptOf = (sql: string, position: number): readonly [line: string, mark: string] => {
  const start = sql.lastIndexOf("\n", position - 1) + 1
  const end = sql.indexOf("\n", position)
  const before = Array.from(sql.slice(start, position))
  const behind = Array.from(sql.slice(position, end < 0 ? undefined : end))
  const shown = (characters: ReadonlyArray<string>): string => escapeControls(characters.join(""))
  const left = `${before.length > BEFORE ? "…" : ""}${shown(before.slice(-BEFORE))}`
  const right = `${shown(behind.slice(0, BEHIND))}${behind.length > BEHIND ? "…" : ""}`
  return [`  ${left}${right}`, `  ${" ".repeat(columnsOf(left))}^`]
}
