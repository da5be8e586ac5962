/**
 * Keys of JSON lines as they were spelled first: names of columns are the same whatever their case, and so are those of fields within values.
 */

/** The names of the fields of one object, by what they are in lower case. */
class Names {
  readonly #first = new Map<string, { readonly spelling: string; readonly names: Names }>()

  /** The first spelling of a name, and the names within it. */
  of(name: string): { readonly spelling: string; readonly names: Names } {
    const key = name.toLowerCase()
    let found = this.#first.get(key)
    if (found === undefined) this.#first.set(key, (found = { spelling: name, names: new Names() }))
    return found
  }
}

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125]

/** Where the text that begins at a quote ends: the place of its other quote. */
const endOfText = (line: string, start: number): number => {
  let at = start + 1
  while (line.charCodeAt(at) !== QUOTE) at += line.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

/** The spellings of the lines of one file. */
export class Spellings {
  readonly #root = new Names()

  /** A line with its keys as they were spelled first, in this line or an earlier one. It must be JSON. */
  respelled(line: string): string {
    const parts: Array<string> = []
    let copied = 0
    let next = this.#root
    let isKey = false
    const around: Array<{ readonly names: Names; readonly isObject: boolean }> = []
    for (let at = 0; at < line.length; at += 1) {
      const code = line.charCodeAt(at)
      if (code === QUOTE) {
        const end = endOfText(line, at)
        if (isKey) {
          const written = line.slice(at, end + 1)
          const name = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1)
          const { names, spelling } = around.at(-1)!.names.of(name)
          if (spelling !== name) {
            parts.push(line.slice(copied, at), JSON.stringify(spelling))
            copied = end + 1
          }
          next = names
          isKey = false
        }
        at = end
      } else if (code === OPEN || code === OPEN_LIST) {
        isKey = code === OPEN
        around.push({ names: next, isObject: isKey })
      } else if (code === CLOSE || code === CLOSE_LIST) {
        around.pop()
        isKey = false
      } else if (code === COMMA) {
        const { isObject, names } = around.at(-1)!
        isKey = isObject
        if (!isObject) next = names
      }
    }
    return copied === 0 ? line : parts.join("") + line.slice(copied)
  }
}
