/**
 * What a transaction was asked for: JSON in the history, words for people.
 */

const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** Words that could be taken for several, or for none, are quoted. */
const quoted = (word: string): string => (word === "" || /[\s"']/.test(word) ? JSON.stringify(word) : word)

/** Lists are bare words, everything else is a flag. */
const wordsOf = (key: string, value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value))
    return value.map((item: unknown) => (typeof item === "string" ? quoted(item) : JSON.stringify(item)))
  if (value === true) return [flagOf(key)]
  if (value === false || value === null) return []
  return [flagOf(key), typeof value === "string" ? quoted(value) : JSON.stringify(value)]
}

/** Returns a request as one would type it, `prune /logs/** --keep 3`; text that is not a request of a command as it is. */
export const requestText = (request: string): string => {
  const parsed = parse(request)
  if (typeof parsed !== "object" || parsed === null) return request
  const { command, ...rest } = parsed as Readonly<Record<string, unknown>>
  if (typeof command !== "string") return request
  const text = [command, ...Object.entries(rest).flatMap(([key, value]) => wordsOf(key, value))].join(" ")
  // What is run is known by its bare name.
  return text.replace(/^run \/system\/(?:etc|run)\//, "run ")
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
