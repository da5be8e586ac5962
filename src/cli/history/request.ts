/**
 * What a transaction was asked for: JSON in the history, words for people.
 */

const wordsOf = (key: string, value: unknown): ReadonlyArray<string> => {
  if (value === true) return [`--${key}`]
  if (value === false || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item: unknown) => wordsOf(key, item))
  return [typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value)]
}

/** Returns a request as one would type it, `copy host:a.log /logs`; text that is not a request of a command as it is. */
export const requestText = (request: string): string => {
  const parsed = parse(request)
  if (typeof parsed !== "object" || parsed === null) return request
  const { command, ...rest } = parsed as Readonly<Record<string, unknown>>
  if (typeof command !== "string") return request
  return [command, ...Object.entries(rest).flatMap(([key, value]) => wordsOf(key, value))].join(" ")
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
