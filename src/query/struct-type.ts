/**
 * Types of objects in the engine's words: `STRUCT(a BIGINT, "b c" VARCHAR[])`.
 */

/** A field as it is written: its name, quoted where that is needed, and its type. */
export type Field = readonly [name: string, type: string]

const PREFIX = "STRUCT("

/** A quoted name, or one character of anything else. */
const TOKEN = /"(?:[^"]|"")*"|[^]/gu

/** Where the name of a field ends. */
const NAME = /^(?:"(?:[^"]|"")*"|\S+) /u

/** The fields of an object's type; `undefined`: it is another type. */
export const fieldsOf = (type: string): ReadonlyArray<Field> | undefined => {
  if (!type.startsWith(PREFIX) || !type.endsWith(")")) return undefined
  const fields: Array<string> = [""]
  let depth = 0
  for (const [token] of type.slice(PREFIX.length, -1).matchAll(TOKEN)) {
    if (token === "(") depth += 1
    if (token === ")") depth -= 1
    if (token === "," && depth === 0) fields.push("")
    else fields.push(fields.pop()! + token)
  }
  return fields.map((field): Field => {
    const text = field.trimStart()
    const [name = ""] = NAME.exec(text) ?? []
    return [name.trimEnd(), text.slice(name.length)]
  })
}

/** The type of an object with some fields. */
export const structOf = (fields: ReadonlyArray<Field>): string =>
  `${PREFIX}${fields.map(([name, type]) => `${name} ${type}`).join(", ")})`

/** The type of what no row has a value of, in an object: it gives way to every other. */
export const NOTHING = '"NULL"'

/** A type as statements see it: what nothing is known of is JSON for the engine. */
export const shownType = (type: string): string => {
  const fields = fieldsOf(type)
  if (fields === undefined) return type === NOTHING ? "JSON" : type
  return structOf(fields.map(([name, own]): Field => [name, shownType(own)]))
}
